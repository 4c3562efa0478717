import Foundation
import Testing

struct PageTests {
    private func pages() throws -> [String] {
        try Tree.files(extensions: ["md"])
    }

    @Test func `every link to a file leads to one`() throws {
        var faults: [String] = []
        var seen = 0
        for path in try pages() {
            let folder = (path as NSString).deletingLastPathComponent
            for link in Markdown(text: try Tree.text(path)).links {
                seen += 1
                let target = link.hasPrefix("/") ? String(link.dropFirst()) : "\(folder)/\(link)"
                let normal = (target as NSString).standardizingPath
                if !Tree.exists(normal.hasPrefix("/") ? String(normal.dropFirst()) : normal) {
                    faults.append("\(path): \(link)")
                }
            }
        }
        #expect(seen > 20)
        expectNone(faults, "nothing is there")
    }

    @Test func `every page begins with its only title`() throws {
        var faults: [String] = []
        for path in try pages() {
            let page = Markdown(text: try Tree.text(path))
            let titles = page.headings.filter { $0.hasPrefix("# ") }
            // The template shows two pages in one.
            let expected = path == "runbooks/TEMPLATE.md" ? 2 : 1
            if titles.count != expected || page.lines.first?.hasPrefix("# ") != true { faults.append(path) }
        }
        expectNone(faults, "a page has one title, in its first line")
    }

    @Test func `every path that the map names is there`() throws {
        let map = try Tree.text("DESIGN.md")
        let path = try Regex<Substring>("`(?:Sources|Tests|config|runbooks|compose)/[A-Za-z0-9_+./-]*`")
        var seen = 0
        var faults: [String] = []
        for match in map.matches(of: path) {
            seen += 1
            let name = match.output.dropFirst().dropLast()
            if !Tree.exists(String(name)) { faults.append(String(name)) }
        }
        #expect(seen > 20)
        expectNone(faults, "DESIGN.md names what is not there")
    }

    @Test func `the map knows every module`() throws {
        let map = try Tree.text("DESIGN.md")
        for target in try Tree.folders(in: "Sources") { #expect(map.contains("Sources/\(target)/"), "\(target)") }
    }
}
