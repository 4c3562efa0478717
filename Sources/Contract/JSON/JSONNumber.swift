/// Where the parts of a number lie: JSON's grammar for numbers, and nothing else, is checked on the way.
struct JSONNumber {
    /// Behind the digits before the point.
    var integerEnd: Int
    /// Behind the digits after the point; `integerEnd` where there is no point.
    var fractionEnd: Int
    /// Behind everything.
    var end: Int

    /// - Parameter start: of a byte inside `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, at start: Int) throws(JSONFault) {
        var index = start
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let digits = index
        index = Self.behindDigits(bytes, from: index)
        // No digits, or a zero before other digits.
        guard index > digits, index == digits + 1 || bytes[digits] != 0x30 else {
            throw JSONFault(.invalidNumber, at: start)
        }
        integerEnd = index
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            let fraction = index + 1
            index = Self.behindDigits(bytes, from: fraction)
            guard index > fraction else { throw JSONFault(.invalidNumber, at: start) }
        }
        fractionEnd = index
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            let exponent = index
            index = Self.behindDigits(bytes, from: exponent)
            guard index > exponent else { throw JSONFault(.invalidNumber, at: start) }
        }
        end = index
    }

    /// The value of the number at `start`, as long as it is an integer of at most 64 bits.
    static func integer(
        _ bytes: UnsafeRawBufferPointer, _ number: JSONNumber, at start: Int
    ) throws(JSONFault) -> Int64 {
        guard number.fractionEnd == number.end else { throw JSONFault(.notAnInteger, at: start) }
        if number.fractionEnd > number.integerEnd {
            for index in number.integerEnd + 1..<number.fractionEnd where bytes[index] != 0x30 {
                throw JSONFault(.notAnInteger, at: start)
            }
        }
        let isNegative = bytes[start] == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for index in (isNegative ? start + 1 : start)..<number.integerEnd {
            let (tenfold, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(bytes[index] - 0x30))
            guard !overflow, !carry else { throw JSONFault(.integerOutOfRange, at: start) }
            magnitude = sum
        }
        if isNegative, magnitude == Int64.min.magnitude { return .min }
        guard let value = Int64(exactly: magnitude) else { throw JSONFault(.integerOutOfRange, at: start) }
        return isNegative ? -value : value
    }

    private static func behindDigits(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
        return index
    }
}
