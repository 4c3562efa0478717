import RecordLog

/// Reading the names and values of headers as ASCII, without copies.
enum HeaderNames {
    static let forwarded: StaticString = "habeas.forwarded"

    /// Compares without regard to the case of ASCII letters: header names are conventionally written in lower case, and
    /// a client that does not is understood all the same.
    /// - Parameter lowercase: holds no upper-case letter.
    @inline(__always)
    static func equals(_ text: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        guard text.count == lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<text.count where folded(text[index]) != lowercase.utf8Start[index] { return false }
        return true
    }

    static func hasPrefix(_ text: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        guard text.count >= lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<lowercase.utf8CodeUnitCount where folded(text[index]) != lowercase.utf8Start[index] {
            return false
        }
        return true
    }

    /// The ASCII letter in lower case; any other byte as it is.
    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
