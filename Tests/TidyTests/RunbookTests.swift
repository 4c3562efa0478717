import Foundation
import Testing

/// The alert rules, as far as these tests look into them.
private struct AlertRule {
    var name: String
    var lines: [String] = []

    func value(_ key: String) -> String? {
        let found = lines.first { $0.trimmingCharacters(in: .whitespaces).hasPrefix(key + ": ") }
        return found.map { $0.trimmingCharacters(in: .whitespaces).dropFirst(key.count + 2) }.map(String.init)
    }

    static func all() throws -> [AlertRule] {
        var rules: [AlertRule] = []
        for line in try Tree.lines("config/alerts.yaml") {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.hasPrefix("#") { continue }
            if text.hasPrefix("- alert: ") {
                rules.append(AlertRule(name: String(text.dropFirst("- alert: ".count))))
            } else if !rules.isEmpty {
                rules[rules.count - 1].lines.append(line)
            }
        }
        return rules
    }
}

struct RunbookTests {
    private static let alertHeadings = [
        "## Meaning", "## Impact", "## Severity", "## First look", "## Diagnosis", "## Mitigation", "## Verify",
        "## If that fails", "## Afterwards",
    ]
    private static let procedureHeadings = [
        "## When", "## Never", "## Before you start", "## Steps", "## Verify", "## Undo",
    ]

    private func pages(in folder: String) throws -> [(name: String, path: String, page: Markdown)] {
        try Tree.files(below: "runbooks/\(folder)", extensions: ["md"]).map { path in
            let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            return (name, path, Markdown(text: try Tree.text(path)))
        }
    }

    @Test func `every alert names its page, and every page of an alert has its alert`() throws {
        let rules = try AlertRule.all()
        let names = rules.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("SagaFailed"))
        #expect(Set(names) == Set(try pages(in: "alerts").map(\.name)))
        for rule in rules {
            #expect(rule.value("runbook_url") == "runbooks/alerts/\(rule.name).md", "\(rule.name)")
            #expect(["now", "today", "monday"].contains(rule.value("severity")), "\(rule.name)")
            #expect(rule.value("summary") != nil, "\(rule.name)")
        }
    }

    @Test func `the page of an alert bears its name and has every heading in order`() throws {
        for (name, path, page) in try pages(in: "alerts") {
            #expect(page.headings == ["# \(name)"] + Self.alertHeadings, "\(path)")
            try checkForm(of: page, path)
        }
    }

    @Test func `a procedure has every heading in order`() throws {
        let procedures = try pages(in: "procedures")
        #expect(Set(procedures.map(\.name)).isSuperset(of: ["Replay", "RequeueDeadLetter", "Drain", "Upgrade"]))
        for (name, path, page) in procedures {
            #expect(page.headings == ["# \(name)"] + Self.procedureHeadings, "\(path)")
            try checkForm(of: page, path)
        }
    }

    /// One screen, no empty section, and an honest last line.
    private func checkForm(of page: Markdown, _ path: String) throws {
        #expect(page.lineCount <= 60, "\(path) has \(page.lineCount) lines")
        for heading in page.headings.dropFirst() {
            #expect(page.section(heading).contains { !$0.allSatisfy(\.isWhitespace) }, "\(path): \(heading) is empty")
        }
        let exercised = try Regex("last exercised on [0-9]{4}-[0-9]{2}-[0-9]{2} by \\S.*")
        let isExercised = page.lastLine.wholeMatch(of: exercised) != nil
        #expect(isExercised || page.lastLine == "last exercised on … by …: not exercised yet", "\(path)")
    }

    @Test func `the page of an alert says the severity of its rule`() throws {
        for rule in try AlertRule.all() {
            let page = Markdown(text: try Tree.text("runbooks/alerts/\(rule.name).md"))
            let severity = page.section("## Severity").joined(separator: " ").lowercased()
            #expect(severity.hasPrefix(rule.value("severity") ?? "?"), "\(rule.name)")
        }
    }

    @Test func `the template of an alert has the headings that are asked for`() throws {
        let template = try Tree.text("runbooks/TEMPLATE.md")
        for heading in Self.alertHeadings + Self.procedureHeadings { #expect(template.contains(heading + "\n")) }
    }

    @Test func `every page is in the table of the runbooks`() throws {
        let index = Markdown(text: try Tree.text("runbooks/README.md"))
        for folder in ["alerts", "procedures"] {
            for (name, path, _) in try pages(in: folder) {
                #expect(index.links.contains("\(folder)/\(name).md"), "\(path) is not in runbooks/README.md")
            }
        }
    }

    @Test func `every metric that a rule or a page names is one that Habeas has`() throws {
        let sources = try Tree.swiftFiles(below: "Sources/Telemetry").map(Tree.text).joined()
        let name = try Regex<Substring>("(?:habeas|process)_[a-z_]*[a-z]")
        var seen = 0
        var faults: [String] = []
        let pages = try Tree.files(below: "runbooks", extensions: ["md"]) + ["config/alerts.yaml"]
        for path in pages {
            for match in try Tree.text(path).matches(of: name) {
                let metric = String(match.output)
                seen += 1
                let bases = ["", "_bucket", "_sum", "_count"].filter(metric.hasSuffix).map {
                    String(metric.dropLast($0.count))
                }
                if !bases.contains(where: { sources.contains("\"\($0)\"") }) { faults.append("\(path): \(metric)") }
            }
        }
        #expect(seen > 5)
        expectNone(faults, "no such metric")
    }
}
