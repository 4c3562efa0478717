import Foundation

/// The commands that a page shows: what stands in its fenced blocks that begin with ```` ```sh ````.
///
/// Understood is what pages need: continuation lines, comments, quotes, variables that the page itself sets, pipes and
/// lists of commands, substitutions. A page that needs more of a shell than that needs a command of ours instead.
struct ShellBlocks {
    struct Fault: Error, Equatable, CustomStringConvertible {
        var line: Int
        var description: String
    }

    /// One simple command: its words, without assignments before it.
    struct Command: Equatable {
        /// From 1.
        var line: Int
        var words: [String]
    }

    private(set) var commands: [Command] = []
    private(set) var faults: [Fault] = []
    private var variables: [String: String] = [:]

    init(page: String) {
        var logical = ""
        var start = 0
        var isShell = false
        var isFenced = false
        for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.hasPrefix("```") {
                isFenced.toggle()
                isShell = isFenced && text == "```sh"
            } else if isShell {
                if logical.isEmpty { start = index + 1 }
                if text.hasSuffix("\\") {
                    logical += text.dropLast() + " "
                } else {
                    take(logical + text, line: start)
                    logical = ""
                }
            }
        }
        if !logical.isEmpty { faults.append(Fault(line: start, description: "goes on behind the block's end")) }
    }

    private mutating func take(_ text: String, line: Int) {
        var words = ShellWords(text, variables: variables)
        words.read()
        faults += words.faults.map { Fault(line: line, description: $0) }
        for inner in words.substitutions { take(inner, line: line) }
        for simple in words.commands {
            let assigned = simple.prefix(while: \.isAssignment)
            for word in assigned {
                let parts = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                variables[String(parts[0])] = String(parts[1])
            }
            let rest = simple.dropFirst(assigned.count).map(\.text).drop { ["if", "then", "while", "!"].contains($0) }
            if !rest.isEmpty { commands.append(Command(line: line, words: Array(rest))) }
        }
    }
}

/// Takes one logical line apart.
private struct ShellWords {
    struct Word {
        var text = ""
        /// `NAME=value` with the name outside of quotes.
        var isAssignment = false
    }

    private(set) var commands: [[Word]] = [[]]
    private(set) var substitutions: [String] = []
    private(set) var faults: [String] = []
    private let variables: [String: String]
    private var rest: Substring
    private var word: Word?
    /// What a command of ours prints for another to take is the id of a request.
    private static let printedID = "a7551968-d5d6-44b2-9831-815ac9017798"
    /// The next word is the target of a redirection, not an argument.
    private var isTarget = false

    init(_ text: String, variables: [String: String]) {
        rest = text[...]
        self.variables = variables
    }

    mutating func read() {
        while let next = rest.popFirst() {
            switch next {
            case " ", "\t": end()
            case "#" where word == nil: rest = ""
            case "'": quoted(until: "'", expands: false)
            case "\"": quoted(until: "\"", expands: true)
            case "\\": append(rest.popFirst().map(String.init) ?? "")
            case "$": expand()
            case "|", ";", "&": endCommand()
            case "<", ">": redirect(next)
            default: take(next)
            }
        }
        endCommand()
        commands.removeAll(where: \.isEmpty)
    }

    private mutating func take(_ character: Character) {
        if character == "=", let word, !word.isAssignment, word.text.allSatisfy({ $0.isLetter || $0 == "_" }) {
            self.word?.isAssignment = true
        }
        append(String(character))
    }

    private mutating func append(_ text: String) {
        if word == nil { word = Word() }
        word?.text += text
    }

    private mutating func end() {
        if let word, !isTarget { commands[commands.count - 1].append(word) }
        if word != nil { isTarget = false }
        word = nil
    }

    private mutating func endCommand() {
        end()
        commands.append([])
    }

    private mutating func redirect(_ sign: Character) {
        // `2>` names a stream, which is no argument.
        if let word, word.text.allSatisfy(\.isNumber) { self.word = nil } else { end() }
        while rest.first == sign || rest.first == "&" { rest.removeFirst() }
        isTarget = true
    }

    private mutating func quoted(until quote: Character, expands: Bool) {
        append("")
        while let next = rest.popFirst() {
            if next == quote { return }
            if next == "$", expands { expand() } else { append(String(next)) }
        }
        faults.append("a quote is not closed")
    }

    private mutating func expand() {
        if rest.first == "(" {
            rest.removeFirst()
            var depth = 1
            let inner = rest.prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            }
            rest = rest.dropFirst(inner.count + 1)
            substitutions.append(String(inner))
            return append(Self.printedID)
        }
        let isBraced = rest.first == "{"
        if isBraced { rest.removeFirst() }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "?" }
        rest = rest.dropFirst(name.count + (isBraced ? 1 : 0))
        if name == "?" { return append("0") }
        if ["HOME", "PWD", "USER", "PATH"].contains(name) { return append("/\(name)") }
        guard let value = variables[String(name)] else {
            faults.append("$\(name) is not set by the page before it is used")
            return append("unset")
        }
        append(value)
    }
}
