import Testing

/// A text that must not stand in code, and what to write instead.
struct BannedText {
    var pattern: String
    var instead: String

    struct Fault {
        var line: Int
        var text: String
    }

    /// Whole words only: what continues a name on either side is another name.
    func faults(in path: String, _ source: SwiftText) -> [Fault] {
        source.lines.enumerated().compactMap { number, line in
            occurs(in: line)
                ? Fault(line: number + 1, text: "\(path):\(number + 1): \(pattern); \(instead)") : nil
        }
    }

    private func occurs(in line: String) -> Bool {
        var rest = line[...]
        while let range = rest.firstRange(of: pattern) {
            let before = range.lowerBound == line.startIndex ? nil : line[line.index(before: range.lowerBound)]
            if before.map({ !$0.isLetter && !$0.isNumber && $0 != "_" }) ?? true { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }
}

struct WordingTests {
    @Test func `the sources neither trap nor cast by force`() throws {
        let banned = [
            BannedText(pattern: "try!", instead: "handle the error"),
            BannedText(pattern: "as!", instead: "cast with as? and say what follows from nil"),
            BannedText(pattern: "fatalError(", instead: "throw, or precondition on what our own code alone can cause"),
        ]
        try check(banned, in: Tree.swiftFiles(below: "Sources"))
    }

    @Test func `no test sleeps`() throws {
        let banned = ["Task.sleep", "Thread.sleep", "usleep(", "nanosleep("].map {
            BannedText(pattern: $0, instead: "wait for the condition, with a deadline")
        }
        try check(banned, in: Tree.swiftFiles(below: "Tests") + Tree.swiftFiles(below: "Sources/TestKit"))
    }

    /// Comments are looked at as well: that is where such marks stand.
    @Test func `nothing is left to be done later`() throws {
        // Put together here, so that this file does not find itself.
        let marks = ["FIX", "TO", "XX"].map { $0 == "FIX" ? $0 + "ME" : $0 == "TO" ? $0 + "DO" : $0 + "X" }
        var faults: [String] = []
        for path in try Tree.swiftFiles(below: "Sources") + Tree.swiftFiles(below: "Tests") + ["Package.swift"] {
            for (number, line) in try Tree.lines(path).enumerated() {
                let words = line.split { !$0.isLetter }
                for mark in marks where words.contains(Substring(mark)) {
                    faults.append("\(path):\(number + 1): \(mark)")
                }
            }
        }
        expectNone(faults, "do it, or open an issue")
    }

    private func check(_ banned: [BannedText], in paths: [String]) throws {
        var faults: [String] = []
        for path in paths {
            let source = try Tree.swift(path)
            faults += banned.flatMap { $0.faults(in: path, source) }.map(\.text)
        }
        expectNone(faults, "not allowed")
    }
}
