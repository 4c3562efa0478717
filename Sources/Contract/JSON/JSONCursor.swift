/// Walks a JSON text and hands out what the caller asks for, in the order in which it is written.
///
/// Strict RFC 8259: UTF-8 is checked, numbers and escapes are JSON's, control characters and lone surrogates are
/// refused, nothing may follow the value. It builds no tree and allocates nothing but the strings that are taken.
/// Whoever walks an object must take or skip the value of each name before asking for the next:
///
///     try cursor.beginObject()
///     while let name = try cursor.nextName() {
///         switch name {
///         case "epoch": epoch = try cursor.int64()
///         default: try cursor.skipValue()
///         }
///     }
///     try cursor.end()
///
/// Any bytes at all are safe input. The cursor borrows them: it must not be used once they are gone.
public struct JSONCursor {
    /// Objects and arrays inside each other that are followed at most: one bit each while skipping.
    public static let depthMaximum = 64

    let bytes: UnsafeRawBufferPointer
    /// Where the next token is looked for, in bytes from the beginning.
    public private(set) var offset = 0
    private var depth = 0
    /// True until the first name or element of the object or array that was entered last.
    private var isFirst = true

    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The type of the next value, which stays where it is.
    public mutating func kind() throws(JSONFault) -> JSONKind {
        switch try peek() {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw JSONFault(.unexpectedByte, at: offset)
        }
    }

    public mutating func beginObject() throws(JSONFault) { try enter(UInt8(ascii: "{"), .object) }
    public mutating func beginArray() throws(JSONFault) { try enter(UInt8(ascii: "["), .array) }

    /// The next name of the object that was entered last; nil at its end, which is then behind the cursor.
    public mutating func nextName() throws(JSONFault) -> JSONText? {
        guard try advance(closing: UInt8(ascii: "}")) else { return nil }
        guard bytes[offset] == UInt8(ascii: "\"") else { throw JSONFault(.unexpectedByte, at: offset) }
        let name = try quoted()
        guard try peek() == UInt8(ascii: ":") else { throw JSONFault(.unexpectedByte, at: offset) }
        offset += 1
        return name
    }

    /// True where the array that was entered last has a further element; false at its end, which is then behind the
    /// cursor.
    public mutating func nextElement() throws(JSONFault) -> Bool {
        try advance(closing: UInt8(ascii: "]"))
    }

    /// The next value, in place.
    public mutating func text() throws(JSONFault) -> JSONText {
        guard try peek() == UInt8(ascii: "\"") else { throw try mismatch(.string) }
        return try quoted()
    }

    public mutating func string() throws(JSONFault) -> String { try text().string }

    public mutating func bool() throws(JSONFault) -> Bool {
        switch try peek() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw try mismatch(.boolean)
        }
    }

    /// True, and the cursor behind it, where the next value is `null`.
    public mutating func takeNull() throws(JSONFault) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// An integer that fits 64 bits. A fraction of zeros is read (JSON has one type of number, and `1.0` is an integer
    /// to JSON Schema); an exponent is not.
    public mutating func int64() throws(JSONFault) -> Int64 {
        let first = try peek()
        guard first == UInt8(ascii: "-") || (first >= 0x30 && first <= 0x39) else { throw try mismatch(.number) }
        let start = offset
        return try JSONNumber.integer(bytes, try number(), at: start)
    }

    /// Passes over the next value, whatever it is, checking it like all others.
    public mutating func skipValue() throws(JSONFault) {
        var opened = 0
        // One bit for each object or array entered here, the innermost lowest: set for objects.
        var objects: UInt64 = 0
        repeat {
            switch try kind() {
            case .object:
                try beginObject()
                (opened, objects) = (opened + 1, objects << 1 | 1)
            case .array:
                try beginArray()
                (opened, objects) = (opened + 1, objects << 1)
            case .string: _ = try quoted()
            case .number: _ = try number()
            case .boolean: _ = try bool()
            case .null: _ = try takeNull()
            }
            while opened > 0 {
                let hasMore = objects & 1 == 1 ? try nextName() != nil : try nextElement()
                if hasMore { break }
                (opened, objects) = (opened - 1, objects >> 1)
            }
        } while opened > 0
    }

    /// Passes over the next value and says where it lies, in bytes from the beginning.
    public mutating func rawValue() throws(JSONFault) -> Range<Int> {
        _ = try peek()
        let start = offset
        try skipValue()
        return start..<offset
    }

    /// Makes sure that nothing but white space follows.
    public mutating func end() throws(JSONFault) {
        skipWhiteSpace()
        guard offset == bytes.count else { throw JSONFault(.trailingBytes, at: offset) }
    }
}

extension JSONCursor {
    @inline(__always)
    private mutating func skipWhiteSpace() {
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            offset += 1
        }
    }

    /// The next byte that is not white space, at `offset`.
    @inline(__always)
    private mutating func peek() throws(JSONFault) -> UInt8 {
        skipWhiteSpace()
        guard offset < bytes.count else { throw JSONFault(.unexpectedEnd, at: offset) }
        return bytes[offset]
    }

    private mutating func enter(_ opening: UInt8, _ kind: JSONKind) throws(JSONFault) {
        guard try peek() == opening else { throw try mismatch(kind) }
        guard depth < JSONCursor.depthMaximum else { throw JSONFault(.tooDeep, at: offset) }
        depth += 1
        offset += 1
        isFirst = true
    }

    /// Passes the comma before the next member or the bracket behind the last; false for the latter.
    @inline(__always)
    private mutating func advance(closing: UInt8) throws(JSONFault) -> Bool {
        let byte = try peek()
        if byte == closing {
            guard depth > 0 else { throw JSONFault(.unexpectedByte, at: offset) }
            depth -= 1
            offset += 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw JSONFault(.unexpectedByte, at: offset) }
        offset += 1
        // A closing bracket behind a comma is no member, and whoever reads one refuses it.
        _ = try peek()
        return true
    }

    /// The fault of finding another type, or no JSON at all, where `kind` was asked for.
    private mutating func mismatch(_ kind: JSONKind) throws(JSONFault) -> JSONFault {
        _ = try self.kind()
        return JSONFault(.expected(kind), at: offset)
    }

    private mutating func literal(_ text: StaticString) throws(JSONFault) {
        for index in 0..<text.utf8CodeUnitCount {
            guard offset + index < bytes.count else { throw JSONFault(.unexpectedEnd, at: bytes.count) }
            guard bytes[offset + index] == text.utf8Start[index] else {
                throw JSONFault(.unexpectedByte, at: offset + index)
            }
        }
        offset += text.utf8CodeUnitCount
    }

    private mutating func number() throws(JSONFault) -> JSONNumber {
        let number = try JSONNumber(bytes, at: offset)
        offset = number.end
        return number
    }

    /// The string whose opening quote is at `offset`.
    private mutating func quoted() throws(JSONFault) -> JSONText {
        let start = offset + 1
        var index = start
        var hasEscapes = false
        while true {
            index = JSONScan.firstSpecial(bytes, from: index)
            guard index < bytes.count else { throw JSONFault(.unexpectedEnd, at: bytes.count) }
            switch bytes[index] {
            case UInt8(ascii: "\""):
                offset = index + 1
                return JSONText(raw: UnsafeRawBufferPointer(rebasing: bytes[start..<index]), hasEscapes: hasEscapes)
            case 0x5C:
                hasEscapes = true
                index = try behindEscape(at: index)
            case 0x80...:
                guard let length = JSONScan.multibyteLength(bytes, at: index) else {
                    throw JSONFault(.invalidUTF8, at: index)
                }
                index += length
            default: throw JSONFault(.controlCharacter, at: index)
            }
        }
    }

    /// Where the text goes on behind the escape whose backslash is at `index`.
    private func behindEscape(at index: Int) throws(JSONFault) -> Int {
        guard index + 1 < bytes.count else { throw JSONFault(.unexpectedEnd, at: bytes.count) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), 0x5C, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"): break
        default: throw JSONFault(.invalidEscape, at: index)
        }
        guard let unit = JSONScan.hexadecimal4(bytes, at: index + 2) else { throw JSONFault(.invalidEscape, at: index) }
        guard unit >= 0xD800, unit <= 0xDFFF else { return index + 6 }
        guard unit <= 0xDBFF, index + 8 <= bytes.count, bytes[index + 6] == 0x5C,
            bytes[index + 7] == UInt8(ascii: "u"), let low = JSONScan.hexadecimal4(bytes, at: index + 8),
            low >= 0xDC00, low <= 0xDFFF
        else { throw JSONFault(.loneSurrogate, at: index) }
        return index + 12
    }
}
