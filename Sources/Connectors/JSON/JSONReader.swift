import SagaKernel

/// Reads one JSON value.
///
/// The grammar is RFC 8259's, with two allowances that other people's records need: bytes inside a string are taken as
/// they are, be they valid UTF-8 or control characters, and half of a surrogate pair stands for itself. Neither can
/// make a string equal to an identifier that it is not.
struct JSONReader {
    /// Deeper nesting is refused, so that a hostile line cannot exhaust the stack.
    static let depthMax = 256

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The value, or nil where the bytes are not exactly one value (white space around it is allowed).
    static func read(_ bytes: UnsafeRawBufferPointer) -> JSONValue? {
        var reader = JSONReader(bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        return reader.position == bytes.count ? value : nil
    }

    static func read(_ bytes: [UInt8]) -> JSONValue? {
        bytes.withUnsafeBytes { read($0) }
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        let matches = literal.withUTF8Buffer { wanted in
            bytes[position..<position + count].elementsEqual(wanted)
        }
        if matches { position += count }
        return matches
    }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth <= Self.depthMax else { return nil }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return take(literal: "true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take(literal: "false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return take(literal: "null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        position += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\""), let name = string() else { return nil }
            skipSpace()
            guard take(UInt8(ascii: ":")), let member = value(depth: depth + 1) else { return nil }
            members.append(JSONValue.Member(name: name, value: member))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func array(depth: Int) -> JSONValue? {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func number() -> JSONValue? {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            guard digits() else { return nil }
        }
        if take(UInt8(ascii: ".")) {
            guard digits() else { return nil }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() else { return nil }
        }
        return .number(Array(bytes[start..<position]))
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func string() -> [UInt8]? {
        position += 1
        var text: [UInt8] = []
        var clean = position
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[clean..<position])
                position += 1
                return text
            case 0x5C:
                text.append(contentsOf: bytes[clean..<position])
                position += 1
                guard escape(into: &text) else { return nil }
                clean = position
            default:
                position += 1
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let byte = current else { return false }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), 0x5C, UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): return unicodeEscape(into: &text)
        default: return false
        }
        return true
    }

    private mutating func unicodeEscape(into text: inout [UInt8]) -> Bool {
        guard let first = fourDigits() else { return false }
        guard (0xD800...0xDBFF).contains(first), current == 0x5C else {
            CodePoint.append(first, to: &text)
            return true
        }
        let beforeSecond = position
        position += 1
        guard take(UInt8(ascii: "u")), let second = fourDigits(), (0xDC00...0xDFFF).contains(second) else {
            position = beforeSecond
            CodePoint.append(first, to: &text)
            return true
        }
        CodePoint.append(CodePoint.joined(first, second), to: &text)
        return true
    }

    private mutating func fourDigits() -> UInt32? {
        guard bytes.count - position >= 4 else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = Hexadecimal.value(bytes[position + offset]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}

/// UTF-8 of code points, of lone surrogates too.
enum CodePoint {
    static func joined(_ high: UInt32, _ low: UInt32) -> UInt32 {
        0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
    }

    static func append(_ value: UInt32, to text: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: value >> shift & 0x3F) }
        switch value {
        case ..<0x80: text.append(UInt8(value))
        case ..<0x800: text.append(contentsOf: [0xC0 | UInt8(value >> 6), tail(0)])
        case ..<0x10000: text.append(contentsOf: [0xE0 | UInt8(value >> 12), tail(6), tail(0)])
        default: text.append(contentsOf: [0xF0 | UInt8(value >> 18), tail(12), tail(6), tail(0)])
        }
    }
}
