import SagaKernel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks for bytes in bytes.
enum Needle {
    /// Position of the first occurrence at or behind `from`; nil when there is none, or nothing to look for.
    static func position(
        of needle: [UInt8], in text: UnsafeRawBufferPointer, from: Int = 0
    ) -> Int? {
        guard let base = text.baseAddress, let first = needle.first, needle.count <= text.count else { return nil }
        var start = from
        while start + needle.count <= text.count {
            let room = text.count - needle.count + 1 - start
            guard let found = memchr(base + start, Int32(first), room) else { return nil }
            let position = UnsafeRawPointer(found) - base
            let candidate = UnsafeRawBufferPointer(start: base + position, count: needle.count)
            if candidate.elementsEqual(needle) { return position }
            start = position + 1
        }
        return nil
    }

    /// Whether the text names the identifier: it occurs, and neither neighbour could be part of a longer identifier.
    ///
    /// So `dev1` is not found in `dev10`, and is found in `deviceId = 'dev1'`.
    static func isNamed(_ identifier: [UInt8], in text: UnsafeRawBufferPointer) -> Bool {
        var from = 0
        while let position = position(of: identifier, in: text, from: from) {
            let end = position + identifier.count
            let startsFree = position == 0 || !continuesIdentifier(text[position - 1])
            let endsFree = end == text.count || !continuesIdentifier(text[end])
            if startsFree && endsFree { return true }
            from = position + 1
        }
        return false
    }

    static func isNamed(_ identifier: [UInt8], in text: [UInt8]) -> Bool {
        text.withUnsafeBytes { isNamed(identifier, in: $0) }
    }

    /// IoT Hub's characters of device ids, without those that quote and list ids in a query: `'`, `(`, `)`, `,`, `=`.
    private static func continuesIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            punctuation.contains(byte)
        }
    }

    private static let punctuation = Array("-:.+%_#*?!@$".utf8)

    /// The text with every JSON escape undone, however many times it was escaped: for bytes that are no JSON any more,
    /// such as the half of a line.
    static func unescaped(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == 0x5C else {
                plain.append(text[index])
                index += 1
                continue
            }
            while index < text.count, text[index] == 0x5C { index += 1 }
            if index < text.count, text[index] == UInt8(ascii: "u"), let value = fourDigits(text, at: index + 1) {
                CodePoint.append(value, to: &plain)
                index += 5
            } else if index < text.count, whiteSpaceEscapes.contains(text[index]) {
                plain.append(0x20)
                index += 1
            }
        }
        return plain
    }

    private static let whiteSpaceEscapes = Array("bfnrt".utf8)

    private static func fourDigits(_ text: UnsafeRawBufferPointer, at start: Int) -> UInt32? {
        guard start + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for byte in text[start..<start + 4] {
            guard let digit = Hexadecimal.value(byte) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
