/// The identity of a request: a UUID, kept as its 16 bytes.
///
/// Two requests are the same when their ids are the same whatever the case of the letters, so the text form is not
/// kept: what is written is always lower case (contract: "UUID, lower-cased on intake").
public struct RequestID: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the 36-character form `8-4-4-4-12`; nil for anything else.
    public init?(ascii text: some Sequence<UInt8>) {
        var words: (UInt64, UInt64) = (0, 0)
        var index = 0
        var digits = 0
        for byte in text {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Hexadecimal.value(byte), digits < 32 else { return nil }
                if digits < 16 {
                    words.0 = words.0 << 4 | UInt64(digit)
                } else {
                    words.1 = words.1 << 4 | UInt64(digit)
                }
                digits += 1
            }
            index += 1
        }
        guard index == 36, digits == 32 else { return nil }
        self.init(high: words.0, low: words.1)
    }

    public init?(_ text: some StringProtocol) {
        self.init(ascii: text.utf8)
    }

    /// Calls `body` with each of the 36 characters of the lower-case text form.
    @inlinable
    public func forEachASCII(_ body: (UInt8) -> Void) {
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { body(UInt8(ascii: "-")) }
            let word = nibble < 16 ? high : low
            body(Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (nibble & 15))) & 15))
        }
    }
}

extension RequestID: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var count = 0
            forEachASCII { byte in
                buffer[count] = byte
                count += 1
            }
            return count
        }
    }
}

extension RequestID: Comparable {
    public static func < (left: RequestID, right: RequestID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
