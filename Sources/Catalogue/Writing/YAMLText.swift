/// Writes scalars so that any YAML reader, of the older or the newer schema, reads back the same text.
enum YAMLText {
    /// Plain where that is safe beyond doubt, else in double quotes.
    static func scalar(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "/"), text.utf8.count <= 1_000,
            text.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || "._/-".utf8.contains($0) })
        else { return false }
        return !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result += isPrintable(scalar) ? String(Character(scalar)) : escaped(scalar)
            }
        }
        return result + "\""
    }

    /// What may stand as itself in a YAML document, without the separators that some readers fold.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA1...0x1FFF, 0x2010...0x2027, 0x2030...0xD7FF, 0xE000...0xFDCF, 0xFDF0...0xFEFE,
            0xFF00...0xFFFD, 0x10000...0x1FFFD:
            true
        default: false
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let isShort = digits.count <= 4
        let width = isShort ? 4 : 8
        return (isShort ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.count) + digits
    }

    /// A comment of one or more lines, each at most about a hundred characters.
    static func comment(_ text: String, indent: String) -> [String] {
        var lines: [String] = []
        var line = ""
        let clean = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
        for word in clean.split(separator: " ") {
            if !line.isEmpty, indent.count + line.count + word.count + 3 > 110 {
                lines.append("\(indent)# \(line)")
                line = ""
            }
            line += line.isEmpty ? String(word.map(visible)) : " " + String(word.map(visible))
        }
        if !line.isEmpty { lines.append("\(indent)# \(line)") }
        return lines
    }

    private static func visible(_ character: Character) -> Character {
        character.unicodeScalars.allSatisfy(isPrintable) ? character : "?"
    }
}
