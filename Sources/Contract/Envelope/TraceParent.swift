/// The form of a W3C trace context header.
public enum TraceParent {
    /// True for `00-<32 digits>-<16 digits>-<2 digits>` in lower-case hexadecimal, neither id all zeros. A later
    /// version than 00 may have more behind it, 256 bytes in all: it goes into every task. Version ff is none.
    public static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        guard (55...256).contains(text.count), text[2] == 0x2D, text[35] == 0x2D, text[52] == 0x2D,
            isHexadecimal(text, 0..<2), isHexadecimal(text, 3..<35), isHexadecimal(text, 36..<52),
            isHexadecimal(text, 53..<55)
        else { return false }
        let version = (text[0], text[1])
        if version == (UInt8(ascii: "f"), UInt8(ascii: "f")) { return false }
        if version == (0x30, 0x30) {
            guard text.count == 55 else { return false }
        } else {
            // Versions to come may append fields; what cannot be read here is not carried on.
            guard text.count == 55 || text[55] == 0x2D, text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                return false
            }
        }
        return !isZero(text, 3..<35) && !isZero(text, 36..<52)
    }

    private static func isHexadecimal(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        for index in range {
            let byte = text[index]
            guard (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) else { return false }
        }
        return true
    }

    private static func isZero(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        for index in range where text[index] != 0x30 { return false }
        return true
    }
}
