/// What a plain scalar means by YAML 1.2's core schema.
///
/// The older schema reads `on`, `12:30:45` and `2026-01-01` as something else than text, which surprises the people who
/// write settings; the library's own resolution is therefore not used.
enum YAMLScalar {
    enum Reading: Equatable {
        case value(JSONValue)
        /// The text looks like a number that JSON cannot carry; the message says what to write.
        case refused(String)
    }

    static func resolve(plain text: String) -> Reading {
        switch text {
        case "", "~", "null", "Null", "NULL": return .value(.null)
        case "true", "True", "TRUE": return .value(.bool(true))
        case "false", "False", "FALSE": return .value(.bool(false))
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
            return .refused("is a number that JSON cannot carry")
        default: break
        }
        if JSONNumber.isNumber(text) { return .value(.number(text)) }
        if looksLikeANumber(text) {
            return .refused(
                "looks like a number in a form that JSON does not have; put it in quotes or write it plainly")
        }
        return .value(.string(text))
    }

    /// Leading plus, leading zeros, a missing digit beside the point, and the prefixes of other bases: YAML reads them
    /// as numbers, their author may have meant a text, and a connector must not have to guess.
    private static func looksLikeANumber(_ text: String) -> Bool {
        var rest = text[...]
        if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
        if rest.hasPrefix("0x") { return !rest.dropFirst(2).isEmpty && rest.dropFirst(2).allSatisfy(\.isHexDigit) }
        if rest.hasPrefix("0o") { return !rest.dropFirst(2).isEmpty && rest.dropFirst(2).allSatisfy(isDigit) }
        var sawDigit = false
        while let character = rest.first, isDigit(character) {
            sawDigit = true
            rest = rest.dropFirst()
        }
        if rest.first == "." {
            rest = rest.dropFirst()
            while let character = rest.first, isDigit(character) {
                sawDigit = true
                rest = rest.dropFirst()
            }
        }
        guard sawDigit else { return false }
        if rest.isEmpty { return true }
        guard rest.first == "e" || rest.first == "E" else { return false }
        rest = rest.dropFirst()
        if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }
}
