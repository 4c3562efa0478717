import SagaKernel

/// Finding the bytes inside strings that need a closer look, eight at a time.
enum JSONScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The index of the first byte at or behind `start` that is a quote, a backslash, below 0x20 or above 0x7F;
    /// `bytes.count` where there is none.
    ///
    /// Each subtraction borrows only out of a byte that is itself a hit, so the lowest flagged byte is always a true
    /// one, and only that one is used.
    @inline(__always)
    static func firstSpecial(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            if let place = special(eight(bytes, at: index)) { return index + place }
            index += 8
        }
        guard index < bytes.count else { return index }
        // What is left is looked at together with some of what was found clean: one step instead of up to seven.
        if bytes.count - start >= 8 {
            let place = special(eight(bytes, at: bytes.count - 8))
            return place.map { bytes.count - 8 + $0 } ?? bytes.count
        }
        if bytes.count - index >= 4 {
            let low = special(UInt64(four(bytes, at: index)) | fill)
            if let low { return index + low }
            let high = special(UInt64(four(bytes, at: bytes.count - 4)) | fill)
            return high.map { bytes.count - 4 + $0 } ?? bytes.count
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte > 0x7F { return index }
            index += 1
        }
        return index
    }

    /// Four bytes that are not special, in the upper half.
    private static let fill: UInt64 = 0x4141_4141_0000_0000

    @inline(__always)
    private static func eight(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    @inline(__always)
    private static func four(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }

    /// Which of the eight bytes, the first in the lowest, is the first special one.
    @inline(__always)
    private static func special(_ word: UInt64) -> Int? {
        let control = word &- 0x20 &* ones
        let quote = (word ^ 0x22 &* ones) &- ones
        let backslash = (word ^ 0x5C &* ones) &- ones
        let hits = (control | quote | backslash | word) & highBits
        return hits == 0 ? nil : hits.trailingZeroBitCount >> 3
    }

    /// Length of the well-formed UTF-8 sequence of two to four bytes that begins at `index`; nil for anything else
    /// (overlong forms, surrogates, beyond U+10FFFF, cut off).
    static func multibyteLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let lead = bytes[index]
        let length: Int
        // The second byte's range depends on the first: that is where overlong forms and surrogates show.
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
        for next in 2..<max(length, 2) where bytes[index + next] & 0xC0 != 0x80 { return nil }
        return length
    }

    /// The value of four hexadecimal digits at `index`; nil where there are none.
    static func hexadecimal4(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = Hexadecimal.value(bytes[index + offset]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
