public import SagaKernel

/// Hexadecimal digits, eight at a time.
enum HexadecimalWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Writes the eight lower-case digits of 32 bits.
    @inline(__always)
    static func write(_ value: UInt32, into buffer: UnsafeMutableRawBufferPointer, at index: Int) {
        // One digit to a byte, the first in the highest.
        var digits = UInt64(value)
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = (digits | digits << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // Adding 6 carries into bit 4 for the digits from 10 on: those are letters, 39 further up in ASCII.
        let letters = (digits &+ 6 &* ones) >> 4 & ones
        let text = digits &+ 0x30 &* ones &+ letters &* 39
        buffer.storeBytes(of: text.bigEndian, toByteOffset: index, as: UInt64.self)
    }

    /// Reads eight digits of either case; nil where there is anything else.
    ///
    /// - Parameter text: the first digit in the highest byte.
    @inline(__always)
    static func read(_ text: UInt64) -> UInt32? {
        let lowercase = text | 0x20 &* ones
        // Each sum stays inside its byte, since no byte is above 0x7F where it counts.
        let isDigit = (text &+ (0x80 - 0x30) &* ones) & ~(text &+ (0x7F - 0x39) &* ones)
        let isLetter = (lowercase &+ (0x80 - 0x61) &* ones) & ~(lowercase &+ (0x7F - 0x66) &* ones)
        guard text & highBits == 0, (isDigit | isLetter) & highBits == highBits else { return nil }
        var digits = (text & (0x0F &* ones)) &+ ((isLetter & highBits) >> 7) &* 9
        digits = (digits | digits >> 4) & 0x00FF_00FF_00FF_00FF
        digits = (digits | digits >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: digits | digits >> 16)
    }
}

extension RequestID {
    /// Bytes of the text form.
    public static let textLength = 36

    /// Writes the 36 characters of the lower-case text form.
    ///
    /// - Parameter buffer: room for `textLength` bytes from `start` on.
    public func write(into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        HexadecimalWord.write(UInt32(truncatingIfNeeded: high >> 32), into: buffer, at: start)
        HexadecimalWord.write(UInt32(truncatingIfNeeded: high), into: buffer, at: start + 10)
        HexadecimalWord.write(UInt32(truncatingIfNeeded: low >> 32), into: buffer, at: start + 20)
        HexadecimalWord.write(UInt32(truncatingIfNeeded: low), into: buffer, at: start + 28)
        // Two pairs of groups were written as eight digits: their first four make room for the hyphen.
        for place in (start + 9)..<(start + 13) { buffer[place] = buffer[place + 1] }
        for place in (start + 19)..<(start + 23) { buffer[place] = buffer[place + 1] }
        buffer[start + 8] = UInt8(ascii: "-")
        buffer[start + 13] = UInt8(ascii: "-")
        buffer[start + 18] = UInt8(ascii: "-")
        buffer[start + 23] = UInt8(ascii: "-")
    }

    /// Reads the 36-character text form of either case; nil for anything else.
    public init?(bytes text: UnsafeRawBufferPointer) {
        func eight(_ index: Int) -> UInt64 {
            UInt64(bigEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        }
        func four(_ index: Int) -> UInt64 {
            UInt64(UInt32(bigEndian: text.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
        }
        guard text.count == 36, text[8] == 0x2D, text[13] == 0x2D, text[18] == 0x2D, text[23] == 0x2D,
            let first = HexadecimalWord.read(eight(0)), let second = HexadecimalWord.read(four(9) << 32 | four(14)),
            let third = HexadecimalWord.read(four(19) << 32 | four(24)), let fourth = HexadecimalWord.read(eight(28))
        else { return nil }
        self.init(high: UInt64(first) << 32 | UInt64(second), low: UInt64(third) << 32 | UInt64(fourth))
    }
}

extension SubjectRef {
    /// Bytes of `hmac-sha256:` and 64 hexadecimal digits.
    static let textLength = 76
    private static let prefix: StaticString = "hmac-sha256:"

    /// `hmac-sha256:<64 lower-case hexadecimal digits>`: the form in which every record names a subject.
    public var text: String {
        String(unsafeUninitializedCapacity: SubjectRef.textLength) { buffer in
            write(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            return SubjectRef.textLength
        }
    }

    /// Reads what `text` wrote; nil for anything else.
    public init?(text: some StringProtocol) {
        var text = String(text)
        guard let ref = text.withUTF8({ SubjectRef(bytes: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = ref
    }

    init?(bytes text: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64? {
            func eight(_ index: Int) -> UInt64 {
                UInt64(bigEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            }
            guard let high = HexadecimalWord.read(eight(index)), let low = HexadecimalWord.read(eight(index + 8)) else {
                return nil
            }
            return UInt64(high) << 32 | UInt64(low)
        }
        guard text.count == SubjectRef.textLength else { return nil }
        for index in 0..<12 where text[index] != SubjectRef.prefix.utf8Start[index] { return nil }
        guard let first = word(12), let second = word(28), let third = word(44), let fourth = word(60) else {
            return nil
        }
        self.init(first, second, third, fourth)
    }

    /// - Parameter buffer: room for `textLength` bytes from `start` on.
    func write(into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        for index in 0..<12 { buffer[start + index] = SubjectRef.prefix.utf8Start[index] }
        write(words.0, into: buffer, at: start + 12)
        write(words.1, into: buffer, at: start + 28)
        write(words.2, into: buffer, at: start + 44)
        write(words.3, into: buffer, at: start + 60)
    }

    private func write(_ word: UInt64, into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        HexadecimalWord.write(UInt32(truncatingIfNeeded: word >> 32), into: buffer, at: start)
        HexadecimalWord.write(UInt32(truncatingIfNeeded: word), into: buffer, at: start + 8)
    }
}
