/// Finds the functions of a source file and how many lines each takes, from its first line to its closing brace.
struct FunctionScan {
    struct Function: Equatable {
        /// From 1.
        var line: Int
        var lineCount: Int
    }

    private let tokens: [Token]

    private struct Token {
        enum Kind: Equatable {
            case word(String)
            case mark(UInt8)
        }

        var kind: Kind
        var line: Int
    }

    static func functions(in text: SwiftText) -> [Function] {
        let scan = FunctionScan(text.code)
        return scan.tokens.indices.compactMap { scan.function(at: $0) }
    }

    private init(_ code: [UInt8]) {
        var tokens: [Token] = []
        var line = 1
        var index = 0
        while index < code.count {
            let start = index
            while index < code.count, Self.continuesWord(code[index]) { index += 1 }
            if index > start {
                let word = String(decoding: code[start..<index], as: UTF8.self)
                // Other words decide nothing.
                if Self.introducers.contains(word) || Self.others.contains(word) {
                    tokens.append(Token(kind: .word(word), line: line))
                }
                continue
            }
            if code[index] == UInt8(ascii: "\n") { line += 1 }
            if Self.marks.contains(code[index]) { tokens.append(Token(kind: .mark(code[index]), line: line)) }
            index += 1
        }
        self.tokens = tokens
    }

    /// Every byte of a letter outside of ASCII belongs to a word.
    private static func continuesWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
            || byte >= 0x80
    }

    private static let marks = Set("()[]{}.".utf8)

    private func function(at start: Int) -> Function? {
        guard case .word(let word) = tokens[start].kind, Self.introducers.contains(word) else { return nil }
        // `.init(…)` is a call.
        if start > 0, tokens[start - 1].kind == .mark(UInt8(ascii: ".")) { return nil }
        guard let open = body(after: start), let close = end(of: open) else { return nil }
        return Function(line: tokens[start].line, lineCount: tokens[close].line - tokens[start].line + 1)
    }

    private static let introducers: Set<String> = ["func", "init", "deinit", "subscript"]
    /// Words that cannot stand in a signature: a requirement of a protocol has ended without a body.
    private static let others: Set<String> = ["func", "init", "var", "let", "subscript", "associatedtype", "case"]

    /// The brace that opens the body; nil for a requirement of a protocol.
    private func body(after start: Int) -> Int? {
        var depth = 0
        for index in tokens.indices.dropFirst(start + 1) {
            switch tokens[index].kind {
            case .mark(UInt8(ascii: "(")), .mark(UInt8(ascii: "[")): depth += 1
            case .mark(UInt8(ascii: ")")), .mark(UInt8(ascii: "]")): depth -= 1
            case .mark(UInt8(ascii: "{")) where depth == 0: return index
            case .mark(UInt8(ascii: "}")) where depth == 0: return nil
            case .word(let word) where depth == 0 && Self.others.contains(word): return nil
            case .word, .mark: continue
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    private func end(of open: Int) -> Int? {
        var depth = 0
        for index in tokens.indices.dropFirst(open) {
            switch tokens[index].kind {
            case .mark(UInt8(ascii: "{")): depth += 1
            case .mark(UInt8(ascii: "}")): depth -= 1
            case .word, .mark: continue
            }
            if depth == 0 { return index }
        }
        return nil
    }
}
