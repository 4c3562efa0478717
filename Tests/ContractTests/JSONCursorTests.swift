import Contract
import FuzzKit
import Testing

@Suite struct JSONCursorTests {
    /// Bytes in memory of exactly their size, walked from end to end.
    private static func fault(_ bytes: [UInt8]) -> JSONFault? {
        Wire(bytes: bytes).read { value, _ in
            guard let value else { return nil }
            var cursor = JSONCursor(value)
            do throws(JSONFault) {
                try cursor.skipValue()
                try cursor.end()
                return nil
            } catch {
                return error
            }
        }
    }

    private static func fault(_ text: String) -> JSONFault? { fault(Array(text.utf8)) }

    @Test(arguments: [
        "{}", "[]", "\"\"", "0", "-0", "-0.0e-0", "1E+2", "123456789012345678901234567890", "true", "false", "null",
        " \t\r\n[ { } , [ ] ] ", #""\u0041\n\/\"\\\b\f\r\t""#, #""\ud83d\ude00""#, "\"é€😀\u{10FFFF}\u{7F}\"",
        #"{"a":{"b":[1,2,{"c":null}]},"d":"e"}"#, "[[[[[[[[]]]]]]]]",
    ])
    func `what JSON allows is walked`(_ text: String) {
        #expect(Self.fault(text) == nil)
    }

    @Test(arguments: [
        ("", JSONFault.Reason.unexpectedEnd, 0), ("   ", .unexpectedEnd, 3), ("{", .unexpectedEnd, 1),
        ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("\"abc", .unexpectedEnd, 4), ("tru", .unexpectedEnd, 3),
        ("nulx", .unexpectedByte, 3), ("{}x", .trailingBytes, 2), ("1 1", .trailingBytes, 2),
        ("{\"a\":1,}", .unexpectedByte, 7), ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1),
        ("{,}", .unexpectedByte, 1), ("{\"a\" 1}", .unexpectedByte, 5), ("{a:1}", .unexpectedByte, 1),
        ("{\"a\":1 \"b\":2}", .unexpectedByte, 7), ("{1:2}", .unexpectedByte, 1), ("[1}", .unexpectedByte, 2),
        ("{\"a\":1]", .unexpectedByte, 6), ("]", .unexpectedByte, 0), ("}", .unexpectedByte, 0),
        ("'a'", .unexpectedByte, 0), ("//", .unexpectedByte, 0), ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0),
        ("01", .invalidNumber, 0), ("-", .invalidNumber, 0), ("-x", .invalidNumber, 0), ("1.", .invalidNumber, 0),
        ("1.e1", .invalidNumber, 0), ("1e", .invalidNumber, 0), ("1e+", .invalidNumber, 0), ("-01", .invalidNumber, 0),
        ("\"\u{01}\"", .controlCharacter, 1), ("\"12345678\n\"", .controlCharacter, 9),
        (#""\x""#, .invalidEscape, 1), (#""\u12G4""#, .invalidEscape, 1), (#""\u123"#, .invalidEscape, 1),
        ("\"\\", .unexpectedEnd, 2), (#""\ud800""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1),
        (#""\ud800\ud800""#, .loneSurrogate, 1), (#""\ud800\n""#, .loneSurrogate, 1),
        (#""\ud800\udc0""#, .loneSurrogate, 1), ("\u{FEFF}{}", .unexpectedByte, 0),
    ])
    func `what JSON does not allow is refused where it stands`(
        _ text: String, _ reason: JSONFault.Reason, _ offset: Int
    ) {
        #expect(Self.fault(text) == JSONFault(reason, at: offset))
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
            [0xE2, 0x28, 0xA1], [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x90, 0x28, 0xBC],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused at any place in a string`(_ bytes: [UInt8]) {
        for before in 0..<17 {
            let text = [0x22] + [UInt8](repeating: 0x61, count: before) + bytes + [0x22]
            #expect(Self.fault(text) == JSONFault(.invalidUTF8, at: before + 1))
        }
    }

    @Test func `each byte that ends the fast scan is found at each place of a word`() {
        for special: UInt8 in [0x22, 0x5C, 0x00, 0x1F, 0x80, 0xFF] {
            for before in 0..<33 {
                var text = [0x22] + [UInt8](repeating: 0x7F, count: before) + [special]
                text += [UInt8](repeating: 0x21, count: 40)
                #expect(Self.fault(text) != nil, "\(special) at \(before)")
            }
        }
    }

    @Test func `nesting ends at its limit and not before`() {
        let limit = JSONCursor.depthMaximum
        let open = String(repeating: "[", count: limit)
        let close = String(repeating: "]", count: limit)
        #expect(Self.fault(open + close) == nil)
        #expect(Self.fault("[" + open + close + "]") == JSONFault(.tooDeep, at: limit))
        #expect(Self.fault(String(repeating: "[", count: 1_000_000)) == JSONFault(.tooDeep, at: limit))
        let objects = String(repeating: "{\"a\":", count: limit) + "1" + String(repeating: "}", count: limit)
        #expect(Self.fault(objects) == nil)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7", 7), ("-1", -1), ("9223372036854775807", Int64.max),
        ("-9223372036854775808", Int64.min), ("1.0", 1), ("12.000", 12),
    ])
    func `integers of 64 bits are read`(_ text: String, _ expected: Int64) throws {
        #expect(try Self.integer(text) == expected)
    }

    @Test(arguments: [
        ("9223372036854775808", JSONFault.Reason.integerOutOfRange), ("-9223372036854775809", .integerOutOfRange),
        ("99999999999999999999999999", .integerOutOfRange), ("1.5", .notAnInteger), ("1e3", .notAnInteger),
        ("1.0e0", .notAnInteger), ("\"1\"", .expected(.number)), ("null", .expected(.number)),
        ("x", .unexpectedByte),
    ])
    func `other numbers are no integers`(_ text: String, _ reason: JSONFault.Reason) {
        #expect(throws: JSONFault(reason, at: 0)) { try Self.integer(text) }
    }

    private static func integer(_ text: String) throws -> Int64 {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            return try cursor.int64()
        }
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""""#, ""), (#""\u0000""#, "\u{0}"), (#""a\u00e9\u20ac\ud83d\ude00z""#, "aé€😀z"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"), ("\"é€😀\"", "é€😀"), (#""\uD83D\uDE00""#, "😀"),
        (#""\u007f\u0080\u07ff\u0800\uffff""#, "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}"),
    ])
    func `strings are unescaped`(_ text: String, _ expected: String) throws {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            let text = try cursor.text()
            #expect(text.string.unicodeScalars.elementsEqual(expected.unicodeScalars))
            #expect(text.withUTF8 { Array($0) } == Array(expected.utf8))
        }
    }

    @Test func `names are compared without regard to how they are escaped`() throws {
        try Array(#"{"ep\u006fch":1,"epochs":2,"epoc":3,"Epoch":4}"#.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            var hits: [Bool] = []
            try cursor.beginObject()
            while let name = try cursor.nextName() {
                hits.append(name.equals("epoch"))
                try cursor.skipValue()
            }
            #expect(hits == [true, false, false, false])
        }
    }

    @Test func `a raw value is given as it lies`() throws {
        let text = Array(#"{"a": { "b" : [1.50, "x\"" ] } , "c":2}"#.utf8)
        try text.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            try cursor.beginObject()
            #expect(try cursor.nextName()?.string == "a")
            let range = try cursor.rawValue()
            #expect(String(decoding: text[range], as: UTF8.self) == #"{ "b" : [1.50, "x\"" ] }"#)
            #expect(try cursor.nextName()?.string == "c")
            #expect(try cursor.int64() == 2)
            #expect(try cursor.nextName() == nil)
            try cursor.end()
        }
    }

    @Test func `a caller that forgets a value is stopped, not misled`() throws {
        try Array(#"{"a":1,"b":2}"#.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            try cursor.beginObject()
            _ = try cursor.nextName()
            #expect(throws: JSONFault(.unexpectedByte, at: 5)) { _ = try cursor.nextName() }
        }
    }

    @Test(arguments: [("", []), ("AA==", [0]), ("AAE=", [0, 1]), ("+/8A", [0xFB, 0xFF, 0])] as [(String, [UInt8])])
    func `base64 is decoded`(_ text: String, _ bytes: [UInt8]) {
        #expect(Base64.decode(text) == bytes)
    }

    @Test(arguments: ["A", "AA", "AAA", "AA=A", "=AAA", "AA==AA==", "AB==", "AAF=", "A A=", "-_8A", "====", "é==="])
    func `what is not padded base64 is refused`(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
