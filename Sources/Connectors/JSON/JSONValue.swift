/// A JSON value with its strings as bytes.
///
/// Identifiers are compared byte for byte, so nothing is normalised on the way: a `String` would call two different
/// spellings of a letter equal. Names may repeat in an object; all of them are kept, because a record that carries a
/// name twice must not hide the second value.
indirect enum JSONValue: Hashable, Sendable {
    struct Member: Hashable, Sendable {
        var name: [UInt8]
        var value: JSONValue
    }

    case object([Member])
    case array([JSONValue])
    case string([UInt8])
    /// The literal as it was written.
    case number([UInt8])
    case boolean(Bool)
    case null

    /// Every value that the object gives this name; none for other values.
    func members(_ name: StaticString) -> [JSONValue] {
        name.withUTF8Buffer { wanted in
            members { $0.elementsEqual(wanted) }
        }
    }

    func members(named name: [UInt8]) -> [JSONValue] {
        members { $0 == name }
    }

    private func members(where isWanted: ([UInt8]) -> Bool) -> [JSONValue] {
        guard case .object(let members) = self else { return [] }
        return members.filter { isWanted($0.name) }.map(\.value)
    }

    /// The bytes of a string; nil for other values.
    var stringBytes: [UInt8]? {
        guard case .string(let bytes) = self else { return nil }
        return bytes
    }

    /// The text of a string; nil for other values and for bytes that are not UTF-8.
    var text: String? {
        guard case .string(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A number without fraction and exponent; nil for other values and for what does not fit.
    var integer: Int64? {
        guard case .number(let literal) = self else { return nil }
        return Int64(String(decoding: literal, as: UTF8.self))
    }

    var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// The value as JSON text, numbers as they were written.
    var bytes: [UInt8] {
        var text: [UInt8] = []
        append(to: &text)
        return text
    }

    private func append(to text: inout [UInt8]) {
        switch self {
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                Self.quote(member.name, into: &text)
                text.append(UInt8(ascii: ":"))
                member.value.append(to: &text)
            }
            text.append(UInt8(ascii: "}"))
        case .array(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                element.append(to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .string(let bytes): Self.quote(bytes, into: &text)
        case .number(let literal): text += literal
        case .boolean(let value): text += Array((value ? "true" : "false").utf8)
        case .null: text += Array("null".utf8)
        }
    }

    private static func quote(_ bytes: [UInt8], into text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), 0x5C: text += [0x5C, byte]
            case ..<0x20: text += Array("\\u00\(Hex.text([byte]))".utf8)
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
