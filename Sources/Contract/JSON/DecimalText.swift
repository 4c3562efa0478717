/// Integers as decimal digits, written where they belong.
enum DecimalText {
    /// Characters of the text, the sign included: 1 to 20.
    @inline(__always)
    static func length(_ value: Int64) -> Int {
        var length = value < 0 ? 2 : 1
        var rest = value.magnitude
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        return length
    }

    /// - Parameters:
    ///   - length: `length(value)`.
    ///   - buffer: room for that many bytes from `start` on.
    @inline(__always)
    static func write(_ value: Int64, length: Int, into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        var rest = value.magnitude
        for place in stride(from: start + length - 1, through: start + (value < 0 ? 1 : 0), by: -1) {
            buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        if value < 0 { buffer[start] = UInt8(ascii: "-") }
    }
}
