import SagaKernel

/// Why a document is not JSON, and where.
struct JSONFault: Error, Hashable, Sendable {
    /// Counted from 1.
    var line: Int
    /// Counted from 1, in bytes.
    var column: Int
    var message: String
}

/// A strict reader of RFC 8259 documents. It never recurses deeper than `maximumDepth`, so that a hostile document
/// becomes a fault and not a stack overflow.
struct JSONParser {
    static let maximumDepth = 128

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads one document in UTF-8, with or without a byte order mark.
    static func parse(_ document: [UInt8]) throws(JSONFault) -> JSONValue {
        if document.starts(with: [0xFF, 0xFE]) || document.starts(with: [0xFE, 0xFF]) {
            throw JSONFault(line: 1, column: 1, message: "the file is UTF-16; save it as UTF-8")
        }
        let body = document.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(document.dropFirst(3)) : document
        guard String(validating: body, as: UTF8.self) != nil else {
            throw JSONFault(line: 1, column: 1, message: "the file is not UTF-8")
        }
        var parser = JSONParser(body)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.index == body.count else { throw parser.fault("there is more text behind the document") }
        return value
    }

    private func fault(_ message: String) -> JSONFault {
        let before = bytes[..<min(index, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONFault(line: line, column: before.count - lineStart + 1, message: message)
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        let matches = word.withUTF8Buffer { buffer in buffer.elementsEqual(bytes[index..<end]) }
        if matches { index = end }
        return matches
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        skipSpace()
        guard let byte = current else { throw fault("the document ends where a value is expected") }
        switch byte {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONFault) in try parser.members() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONFault) in try parser.elements() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t") where take(word: "true"): return .bool(true)
        case UInt8(ascii: "f") where take(word: "false"): return .bool(false)
        case UInt8(ascii: "n") where take(word: "null"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault("a value is expected here")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONFault) -> JSONValue
    ) throws(JSONFault) -> JSONValue {
        guard depth < JSONParser.maximumDepth else {
            throw fault("the document is nested deeper than \(JSONParser.maximumDepth) levels")
        }
        depth += 1
        index += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func members() throws(JSONFault) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fault("a member name in quotes is expected here") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw fault("a colon is expected behind a member name") }
            let member = try value()
            guard members.updateValue(member, forKey: name) == nil else {
                throw fault("a member name is given twice in one object")
            }
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw fault("a comma or a closing brace is expected here") }
        }
    }

    private mutating func elements() throws(JSONFault) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw fault("a comma or a closing bracket is expected here") }
        }
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        guard let end = JSONNumber.end(of: bytes[index...]) else { throw fault("this is not a number") }
        let lexeme = String(decoding: bytes[index..<end], as: UTF8.self)
        index = end
        return .number(lexeme)
    }

    private mutating func string() throws(JSONFault) -> String {
        index += 1
        var content: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &content)
            case 0..<0x20:
                throw fault("a text may not contain a bare control character")
            default:
                content.append(byte)
                index += 1
            }
        }
        throw fault("a text has no closing quote")
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONFault) {
        guard let byte = current else { throw fault("a text has no closing quote") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: String(Character(try unicodeEscape())).utf8)
        default: throw fault("this is not an escape that JSON knows")
        }
    }

    private mutating func unicodeEscape() throws(JSONFault) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else { throw fault("half of a surrogate pair stands alone") }
        let second = try codeUnit()
        guard second >= 0xDC00, second <= 0xDFFF,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw fault("half of a surrogate pair stands alone") }
        return scalar
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Hexadecimal.value(byte) else {
                throw fault("four hexadecimal digits are expected here")
            }
            unit = unit << 4 | UInt32(digit)
            index += 1
        }
        return unit
    }
}

/// JSON's grammar of numbers, shared by the reader of documents and the reader of YAML settings.
enum JSONNumber {
    /// The index behind the number at the start of `bytes`; nil when there is none.
    static func end(of bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        func byte() -> UInt8? { index < bytes.endIndex ? bytes[index] : nil }
        func digits() -> Bool {
            let start = index
            while let digit = byte(), digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") { index += 1 }
            return index > start
        }
        if byte() == UInt8(ascii: "-") { index += 1 }
        let whole = index
        guard digits() else { return nil }
        if bytes[whole] == UInt8(ascii: "0"), index > whole + 1 { return nil }
        if byte() == UInt8(ascii: ".") {
            index += 1
            guard digits() else { return nil }
        }
        if byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
            index += 1
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { index += 1 }
            guard digits() else { return nil }
        }
        return index
    }

    static func isNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return end(of: bytes[...]) == bytes.count
    }
}
