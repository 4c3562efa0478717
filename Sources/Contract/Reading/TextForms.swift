/// The form of endpoint ids (contract §8).
public enum EndpointName {
    /// True for 1 to 64 of `a-z`, `0-9`, `.` and `-`.
    public static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || (byte >= 0x30 && byte <= 0x39)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            }
    }
}

/// The outer form of web addresses: enough to tell one from something else, not whether anything answers there.
public enum WebAddress {
    /// True for `http://` or `https://`, a host, and neither white space nor control characters anywhere.
    public static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isValid(UnsafeRawBufferPointer($0)) }
    }

    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        let host: Int
        if HeaderNames.hasPrefix(text, "https://") {
            host = 8
        } else if HeaderNames.hasPrefix(text, "http://") {
            host = 7
        } else {
            return false
        }
        guard host < text.count else { return false }
        for byte in text where byte <= 0x20 || byte == 0x7F { return false }
        switch text[host] {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: ":"), UInt8(ascii: "@"): return false
        default: return true
        }
    }
}

extension RecordCursor {
    mutating func strings() throws(Refusal) -> [String] {
        var strings: [String] = []
        try beginArray()
        while try nextElement() { strings.append(try string()) }
        return strings
    }
}
