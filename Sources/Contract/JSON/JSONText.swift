/// A string of a JSON text, still in place: well-formed, borrowed from the bytes of the cursor that found it.
///
/// Valid as long as those bytes are.
public struct JSONText {
    /// Between the quotes, escapes included.
    let raw: UnsafeRawBufferPointer
    let hasEscapes: Bool

    /// True for an empty string.
    public var isEmpty: Bool { raw.isEmpty }

    /// An upper bound of the length in UTF-8; exact where nothing is escaped.
    public var utf8CountBound: Int { raw.count }

    /// A copy as a `String`.
    public var string: String {
        guard hasEscapes else { return String(decoding: raw, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: raw.count) { buffer in
            unescape(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Calls `body` with the string's UTF-8, without a copy where nothing is escaped.
    @inline(__always)
    public func withUTF8<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        guard hasEscapes else { return body(raw) }
        return withUnescapedUTF8(body)
    }

    private func withUnescapedUTF8<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        withUnsafeTemporaryAllocation(byteCount: raw.count, alignment: 1) { buffer in
            let count = unescape(into: buffer)
            return body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Compares without building a string.
    @inline(__always)
    public func equals(_ text: StaticString) -> Bool {
        guard !hasEscapes else { return withUnescapedUTF8 { JSONText(raw: $0, hasEscapes: false).equals(text) } }
        guard raw.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<raw.count where raw[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Lets a `switch` over a text name its cases as literals.
    @inline(__always)
    public static func ~= (pattern: StaticString, text: JSONText) -> Bool { text.equals(pattern) }

    /// Writes the string's UTF-8 and returns its length, which is never more than the escaped one's. The escapes were
    /// checked when the cursor passed them.
    private func unescape(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var read = 0
        var written = 0
        while read < raw.count {
            let byte = raw[read]
            guard byte == 0x5C, read + 1 < raw.count else {
                buffer[written] = byte
                read += 1
                written += 1
                continue
            }
            let escape = raw[read + 1]
            read += 2
            if escape == UInt8(ascii: "u") {
                written += Self.encode(scalar(at: &read), into: buffer, at: written)
            } else {
                buffer[written] = Self.plain(escape)
                written += 1
            }
        }
        return written
    }

    /// The scalar whose first four digits begin at `index`, which moves behind it.
    private func scalar(at index: inout Int) -> UInt32 {
        let unit = JSONScan.hexadecimal4(raw, at: index) ?? 0xFFFD
        index += 4
        guard unit >= 0xD800, unit <= 0xDBFF, let low = JSONScan.hexadecimal4(raw, at: index + 2) else { return unit }
        index += 6
        return 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00)
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        // A quote, a slash and a backslash stand for themselves.
        default: escape
        }
    }

    private static func encode(_ scalar: UInt32, into buffer: UnsafeMutableRawBufferPointer, at index: Int) -> Int {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift) & 0x3F }
        switch scalar {
        case 0..<0x80:
            buffer[index] = UInt8(truncatingIfNeeded: scalar)
            return 1
        case 0x80..<0x800:
            buffer[index] = 0xC0 | UInt8(truncatingIfNeeded: scalar >> 6)
            buffer[index + 1] = tail(0)
            return 2
        case 0x800..<0x1_0000:
            buffer[index] = 0xE0 | UInt8(truncatingIfNeeded: scalar >> 12)
            buffer[index + 1] = tail(6)
            buffer[index + 2] = tail(0)
            return 3
        default:
            buffer[index] = 0xF0 | UInt8(truncatingIfNeeded: scalar >> 18)
            buffer[index + 1] = tail(12)
            buffer[index + 2] = tail(6)
            buffer[index + 3] = tail(0)
            return 4
        }
    }
}
