public import SagaKernel

extension RequestID {
    /// Writes the 36 characters of the lower-case text form.
    func write(into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        var index = start
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                buffer[index] = UInt8(ascii: "-")
                index += 1
            }
            let word = nibble < 16 ? high : low
            buffer[index] = Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (nibble & 15))) & 15)
            index += 1
        }
    }

    /// Reads the 36-character text form of either case; nil for anything else.
    init?(bytes text: UnsafeRawBufferPointer) {
        guard text.count == 36, text[8] == 0x2D, text[13] == 0x2D, text[18] == 0x2D, text[23] == 0x2D else {
            return nil
        }
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for index in 0..<36 where index != 8 && index != 13 && index != 18 && index != 23 {
            guard let digit = Hexadecimal.value(text[index]) else { return nil }
            if digits < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
            digits += 1
        }
        self.init(high: words.0, low: words.1)
    }
}

extension SubjectRef {
    /// Bytes of `hmac-sha256:` and 64 hexadecimal digits.
    static let textLength = 76
    private static let prefix: StaticString = "hmac-sha256:"

    /// `hmac-sha256:<64 lower-case hexadecimal digits>`: the form in which every record names a subject.
    public var text: String {
        String(unsafeUninitializedCapacity: SubjectRef.textLength) { buffer in
            write(into: UnsafeMutableRawBufferPointer(buffer))
            return SubjectRef.textLength
        }
    }

    /// Reads what `text` wrote; nil for anything else.
    public init?(text: some StringProtocol) {
        var words: [UInt64] = [0, 0, 0, 0]
        var index = 0
        for byte in text.utf8 {
            if index < 12 {
                guard byte == SubjectRef.prefix.utf8Start[index] else { return nil }
            } else {
                guard index < SubjectRef.textLength, let digit = Hexadecimal.value(byte) else { return nil }
                words[(index - 12) / 16] = words[(index - 12) / 16] << 4 | UInt64(digit)
            }
            index += 1
        }
        guard index == SubjectRef.textLength else { return nil }
        self.init(words[0], words[1], words[2], words[3])
    }

    /// - Parameter buffer: room for `textLength` bytes.
    func write(into buffer: UnsafeMutableRawBufferPointer) {
        for index in 0..<12 { buffer[index] = SubjectRef.prefix.utf8Start[index] }
        write(words.0, into: buffer, at: 12)
        write(words.1, into: buffer, at: 28)
        write(words.2, into: buffer, at: 44)
        write(words.3, into: buffer, at: 60)
    }

    private func write(_ word: UInt64, into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        for digit in 0..<16 {
            let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15
            buffer[start + digit] = Hexadecimal.digit(value)
        }
    }
}
