/// What an unfriendly world puts where something harmless was expected.
package enum Hostile {
    /// A word that no message may repeat: it stands for what identifies a device or a person.
    package static let canary = "Canary-4711"

    /// True for a text that gives the canary away. A place in an input is no value of it, whatever number it has.
    package static func givesAway(_ text: String) -> Bool {
        guard text.utf8.count > 3, text.contains("Canary") || text.contains("4711") else { return false }
        return text.contains("Canary") || text.replacing(/at byte [0-9]+$/, with: "").contains("4711")
    }

    /// Device ids as nobody should choose them, all of which hold the canary.
    package static let identities: [String] = [
        canary, "\(canary)/\(canary)", "../\(canary)", "..\\\(canary)", "'\(canary)'", "''; DROP TABLE \(canary)",
        "\\\"\(canary)", "\(canary)\\u0000", "\\u202e\(canary)", "\u{202E}\(canary)\u{200F}", "\u{FEFF}\(canary)",
        "\(canary)\u{0301}", "%2e%2e%2f\(canary)", "\(canary)%00", " \(canary) ", "${\(canary)}", "\\ud800\(canary)",
        "{\(canary): *a}", "\(canary)\\n", String(repeating: "\(canary)-", count: 40),
    ]

    static let words: [String] = [
        "null", "true", "false", "0", "-0", "-1", "1.0", "1.5", "1e3", "1e400", "1e-9999", "1E+308", "4.9e-324",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "2147483647",
        "2147483648", "-2147483649", "4294967296", "18446744073709551616", "00", "0x10", "NaN", "Infinity", "+1", ".5",
        "\"\"", "[]", "{}", "[{}]", "{\"a\":1}", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud83d\\ude00\"", "\"\u{1F600}\"", "\"\\", "\"", "{", "}", "[", "]", ",", ":", "\"\u{FFFF}\"", "\"\u{0}\"",
        "\"2026-11-02T15:00:00Z\"", "\"0000-01-01T00:00:00Z\"", "\"9999-12-31T23:59:60Z\"",
        "\"2026-02-30T25:61:61+99:99\"", "\"PT0S\"", "\"P99999999999999999W\"", "\"P-1D\"", "\"P1Y\"", "\"P10675199D\"",
        "\"contoso.azure-devices.net/\(canary)\"", "\"contoso.azure-devices.net/\(canary)/m\"", "\"\(canary).net/d\"",
        "\"a7551968-d5d6-44b2-9831-815ac9017798\"", "\"A7551968-D5D6-44B2-9831-815AC9017798/\(canary)\"",
        "\"completed\"", "\"pending\"", "\"failed\"", "\"subject_request_id\"", "\"request_id\"", "\"task_id\"",
        "\"data\"", "\"data_base64\"", "\"identity_type\"", "\"state\"", "\"term\"", "\"url\"", "\"path\"",
    ]

    /// Bytes that are no UTF-8: overlong, a surrogate, beyond Unicode, a lone continuation, a cut character.
    static let brokenText: [[UInt8]] = [
        [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xFF], [0xC3],
        [0xF0, 0x9F, 0x98], [0xFE, 0xFF], [0xEF, 0xBB, 0xBF], [0x00],
    ]

    static let tokens: [[UInt8]] =
        (words + identities.map { "\"\($0)\"" }
        + [
            String(repeating: "[", count: 70), String(repeating: "{\"a\":", count: 66),
            "\"" + String(repeating: "x", count: 5_000) + "\"", "\"" + String(repeating: "\\u00e9", count: 900) + "\"",
        ]).map { Array($0.utf8) } + brokenText

    /// What is large takes a reader long: it comes seldom.
    static func giant(_ pick: Int) -> [UInt8] {
        switch pick % 8 {
        case 0: quoted(repeating: "x", count: 1_048_576)
        case 1: quoted(repeating: "\\ud83d\\ude00", count: 20_000)
        case 2: Array(repeating: UInt8(ascii: "["), count: 100_000)
        case 3: Array(String(repeating: "{\"a\":", count: 50_000).utf8)
        case 4: Array(repeating: UInt8(ascii: "9"), count: 100_000)
        case 5: Array("1e\(String(repeating: "9", count: 50_000))".utf8)
        case 6: Array("{\(String(repeating: "\"a\":1,", count: 20_000))\"a\":2}".utf8)
        default: Array("[\(String(repeating: "{},", count: 30_000))\"\(canary)\"]".utf8)
        }
    }

    private static func quoted(repeating text: String, count: Int) -> [UInt8] {
        Array("\"\(String(repeating: text, count: count))\"".utf8)
    }
}
