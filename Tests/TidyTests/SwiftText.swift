import Synchronization

/// Swift source with everything blanked out that is not code: comments, the insides of string literals and the names
/// between backticks. Lines stay where they were, and columns of ASCII text too.
struct SwiftText {
    /// Bytes, because these tests read every line of the project several times.
    private(set) var code: [UInt8] = []
    private(set) var lines: [String] = []
    private let source: [UInt8]
    private var index = 0

    init(_ text: String) {
        source = Array(text.utf8)
        code.reserveCapacity(source.count)
        while index < source.count { step() }
        lines = code.split(separator: Self.lineFeed, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let quote = UInt8(ascii: "\"")
    private static let hash = UInt8(ascii: "#")
    private static let slash = UInt8(ascii: "/")
    private static let star = UInt8(ascii: "*")
    private static let backtick = UInt8(ascii: "`")
    private static let escape = UInt8(ascii: "\\")

    private func byte(_ offset: Int = 0) -> UInt8? {
        index + offset < source.count ? source[index + offset] : nil
    }

    private func isNext(_ text: [UInt8]) -> Bool {
        guard index + text.count <= source.count else { return false }
        for offset in text.indices where source[index + offset] != text[offset] { return false }
        return true
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where index < source.count {
            code.append(source[index] == Self.lineFeed ? Self.lineFeed : UInt8(ascii: " "))
            index += 1
        }
    }

    /// Takes one comment, literal or name between backticks, or one byte.
    private mutating func step() {
        let next = source[index]
        if next == Self.slash, byte(1) == Self.slash {
            while let here = byte(), here != Self.lineFeed { blank() }
        } else if next == Self.slash, byte(1) == Self.star {
            blockComment()
        } else if next == Self.backtick {
            identifier()
        } else if next != Self.quote && next != Self.hash || !literal() {
            code.append(next)
            index += 1
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if byte() == Self.slash, byte(1) == Self.star {
                depth += 1
                blank(2)
            } else if byte() == Self.star, byte(1) == Self.slash {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && index < source.count
    }

    private mutating func identifier() {
        blank()
        while let here = byte(), here != Self.backtick, here != Self.lineFeed { blank() }
        if byte() == Self.backtick { blank() }
    }

    /// A string literal, raw and multi-line ones too; false where none begins here.
    private mutating func literal() -> Bool {
        var hashes = 0
        while byte(hashes) == Self.hash { hashes += 1 }
        guard byte(hashes) == Self.quote else { return false }
        let quotes = byte(hashes + 1) == Self.quote && byte(hashes + 2) == Self.quote ? 3 : 1
        let marks = [UInt8](repeating: Self.hash, count: hashes)
        let end = [UInt8](repeating: Self.quote, count: quotes) + marks
        let escape = [Self.escape] + marks
        blank(hashes + quotes)
        while index < source.count, !isNext(end) {
            // A literal of one line that does not end on it would swallow the rest of the file.
            if quotes == 1, source[index] == Self.lineFeed { return true }
            if isNext(escape + [UInt8(ascii: "(")]) {
                blank(escape.count)
                interpolation()
            } else if isNext(escape) {
                blank(escape.count + 1)
            } else {
                blank()
            }
        }
        blank(end.count)
        return true
    }

    /// What stands inside `\( )` is code.
    private mutating func interpolation() {
        var depth = 0
        repeat {
            if byte() == UInt8(ascii: "(") { depth += 1 }
            if byte() == UInt8(ascii: ")") { depth -= 1 }
            step()
        } while depth > 0 && index < source.count
    }
}

extension Tree {
    private static let scanned = Mutex<[String: SwiftText]>([:])

    /// A source file, scanned once for all tests.
    static func swift(_ path: String) throws -> SwiftText {
        if let known = scanned.withLock({ $0[path] }) { return known }
        let text = SwiftText(try text(path))
        scanned.withLock { $0[path] = text }
        return text
    }
}
