/// Why some bytes are not the JSON that was asked for. Says where, and never what stood there.
public struct JSONFault: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        case unexpectedEnd
        case unexpectedByte
        /// Something other than white space follows the value.
        case trailingBytes
        case tooDeep
        /// A byte below 0x20 inside a string.
        case controlCharacter
        case invalidUTF8
        case invalidEscape
        /// Half of a surrogate pair, which no character is.
        case loneSurrogate
        case invalidNumber
        case notAnInteger
        case integerOutOfRange
        /// Well-formed, but of another type than asked for.
        case expected(JSONKind)
    }

    public var reason: Reason
    /// Bytes from the beginning of the text.
    public var offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

/// The types of JSON values, told apart by their first byte.
public enum JSONKind: Hashable, Sendable {
    case object, array, string, number, boolean, null

    var article: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .boolean: "true or false"
        case .null: "null"
        }
    }
}

extension JSONFault: CustomStringConvertible {
    public var description: String { "\(reasonText) at byte \(offset)" }

    private var reasonText: String {
        switch reason {
        case .unexpectedEnd: "ends too early"
        case .unexpectedByte: "has an unexpected byte"
        case .trailingBytes: "goes on behind its end"
        case .tooDeep: "is nested too deeply"
        case .controlCharacter: "has a control character inside a string"
        case .invalidUTF8: "is not UTF-8"
        case .invalidEscape: "has an escape that JSON does not know"
        case .loneSurrogate: "has half of a surrogate pair"
        case .invalidNumber: "has a number that is not JSON's"
        case .notAnInteger: "has a fraction or an exponent where an integer is expected"
        case .integerOutOfRange: "has an integer that does not fit 64 bits"
        case .expected(let kind): "has something else where \(kind.article) is expected"
        }
    }
}
