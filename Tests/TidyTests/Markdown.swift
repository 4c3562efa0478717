/// A page, as far as these tests look into it.
struct Markdown {
    /// Headings with their marks, in order.
    private(set) var headings: [String] = []
    /// Targets of links to other files, without what follows `#`.
    private(set) var links: [String] = []
    private(set) var lines: [Substring] = []
    private(set) var lastLine = ""

    init(text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var isFenced = false
        for line in lines {
            if !line.allSatisfy(\.isWhitespace) { lastLine = String(line) }
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                isFenced.toggle()
            } else if !isFenced {
                if line.hasPrefix("#") { headings.append(String(line)) }
                takeLinks(of: line)
            }
        }
    }

    /// Without the empty one behind the last line feed.
    var lineCount: Int { lines.last == "" ? lines.count - 1 : lines.count }

    /// The lines below a heading, up to the next one.
    func section(_ heading: String) -> [Substring] {
        guard let start = lines.firstIndex(of: Substring(heading)) else { return [] }
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("## ") })
    }

    private mutating func takeLinks(of line: Substring) {
        // What stands between backticks is an example of a link at most.
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        let prose = parts.enumerated().filter { $0.offset.isMultiple(of: 2) }.map { $0.element }.joined(separator: "x")
        var rest = prose[...]
        while let open = rest.firstRange(of: "](") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstIndex(of: ")") else { return }
            let target = rest[..<close]
            rest = rest[close...]
            guard !target.contains("://"), !target.hasPrefix("mailto:"), !target.hasPrefix("#") else { continue }
            links.append(String(target.prefix { $0 != "#" }))
        }
    }
}
