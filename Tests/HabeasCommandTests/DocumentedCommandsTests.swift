import ArgumentParser
import Foundation
import Testing

@testable import habeas

/// The project's own pages and examples.
enum DocumentedFiles {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Every page that shows commands.
    static func pages() throws -> [String] {
        var pages = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".md") }
        for folder in ["runbooks", "config", "compose", "Sources"] {
            let below = root.appendingPathComponent(folder).path
            guard FileManager.default.fileExists(atPath: below) else { continue }
            let paths = try FileManager.default.subpathsOfDirectory(atPath: below)
            pages += paths.filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
        }
        return pages.sorted()
    }
}

struct DocumentedCommandsTests {
    @Test func `every command that a page shows is understood`() throws {
        var seen = 0
        var faults: [String] = []
        for page in try DocumentedFiles.pages() {
            let blocks = ShellBlocks(page: try DocumentedFiles.text(page))
            faults += blocks.faults.map { "\(page):\($0.line): \($0.description)" }
            for command in blocks.commands {
                guard let arguments = Self.arguments(of: command.words) else { continue }
                seen += 1
                if let fault = Self.fault(of: arguments) {
                    faults.append("\(page):\(command.line): \(command.words.joined(separator: " ")): \(fault)")
                }
            }
        }
        #expect(seen > 30)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    /// What a reader fills in, and something that fits.
    private static let placeholders = [
        "ID": "a7551968-d5d6-44b2-9831-815ac9017798", "ENDPOINT": "telemetry", "DAY": "2027-01-31", "TEXT": "why",
        "HOST:PORT": "127.0.0.1:8080",
    ]

    @Test func `every command that a sentence names is there, and understood where it is complete`() throws {
        var seen = 0
        var faults: [String] = []
        for page in try DocumentedFiles.pages() {
            for match in try DocumentedFiles.text(page).matches(of: /`habeas ([^`]+)`/) {
                let words = match.output.1.split(separator: " ").map(String.init)
                seen += 1
                if let fault = Self.fault(ofNamed: words) { faults.append("\(page): \(match.output.1): \(fault)") }
            }
        }
        #expect(seen > 25)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    /// A command with something to be filled in is complete. Any other is a name, perhaps with an option that is meant.
    private static func fault(ofNamed words: [String]) -> String? {
        if words.contains(where: { placeholders[$0] != nil }) { return fault(of: words.map { placeholders[$0] ?? $0 }) }
        let path = (["habeas"] + words.filter { !$0.hasPrefix("-") }).joined(separator: " ")
        guard let command = HelpTests.commands.first(where: { $0.path == path }) else { return "no such command" }
        let help = HabeasCommand.helpMessage(for: command.type, columns: 200)
        let unknown = words.filter { $0.hasPrefix("-") && $0 != "--help" && !help.contains($0) }
        return unknown.isEmpty ? nil : "\(unknown.joined(separator: ", ")) is no option of it"
    }

    @Test func `a name in a sentence that is no command, or an option that it lacks, is found`() {
        #expect(Self.fault(ofNamed: ["no-such-command"]) != nil)
        #expect(Self.fault(ofNamed: ["attest", "ID", "--no-such", "TEXT"]) != nil)
        #expect(Self.fault(ofNamed: ["list", "--no-such"]) != nil)
        #expect(Self.fault(ofNamed: ["list", "--device"]) == nil)
    }

    @Test func `every target of make that a page shows is there`() throws {
        let makefile = try DocumentedFiles.text("Makefile").split(separator: "\n")
        var faults: [String] = []
        for page in try DocumentedFiles.pages() {
            for command in ShellBlocks(page: try DocumentedFiles.text(page)).commands
            where command.words.first == "make" {
                for target in command.words.dropFirst() where !target.contains("=") && !target.hasPrefix("-") {
                    let isThere = makefile.contains { $0.hasPrefix("\(target):") }
                    if !isThere { faults.append("\(page):\(command.line): make \(target)") }
                }
            }
        }
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    /// What `habeas` is given, directly or inside a container; nil for another command.
    private static func arguments(of words: [String]) -> [String]? {
        if words.first == "habeas" { return Array(words.dropFirst()) }
        guard words.first == "docker", let place = words.firstIndex(of: "habeas") else { return nil }
        return Array(words[(place + 1)...])
    }

    /// nil where the real parser takes it, or answers with a help text that was asked for.
    static func fault(of arguments: [String]) -> String? {
        do {
            _ = try HabeasCommand.parseAsRoot(arguments)
            return nil
        } catch {
            return HabeasCommand.exitCode(for: error).isSuccess ? nil : HabeasCommand.message(for: error)
        }
    }

    @Test func `a command that the parser does not know is found`() {
        #expect(Self.fault(of: ["status", "not-a-uuid"]) != nil)
        #expect(Self.fault(of: ["no-such-command"]) != nil)
        #expect(Self.fault(of: ["submit", "--type", "erasure"]) != nil)
        #expect(Self.fault(of: ["--help"]) == nil)
    }

    @Test func `commands are read from blocks as a shell would read them`() {
        let blocks = ShellBlocks(
            page: """
                habeas not in a block
                ```sh
                # a comment
                ID=a7551968-d5d6-44b2-9831-815ac9017798   # set once
                A=1 habeas status "$ID" --json | jq '.state, "x"' > out.txt
                habeas submit \\
                    --type erasure
                if ! habeas list --state failed 2>/dev/null; then echo no; fi
                NEW=$(habeas submit --type access --device h.example/d)
                habeas status ${UNSET}
                ```
                ```yaml
                habeas: other
                ```
                """)
        #expect(
            blocks.commands.map(\.words) == [
                ["habeas", "status", "a7551968-d5d6-44b2-9831-815ac9017798", "--json"],
                ["jq", ".state, \"x\""],
                ["habeas", "submit", "--type", "erasure"],
                ["habeas", "list", "--state", "failed"],
                ["echo", "no"],
                ["fi"],
                ["habeas", "submit", "--type", "access", "--device", "h.example/d"],
                ["habeas", "status", "unset"],
            ])
        #expect(blocks.faults.map(\.line) == [10])
    }
}
