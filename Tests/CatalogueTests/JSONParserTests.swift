import TestSeed
import Testing

@testable import Catalogue

@Suite struct JSONParserTests {
    static let documents: [(String, String)] = [
        (
            #" { "b" : [ 1 , -0.5e+3 , true , false , null ] , "a" : { } } "#,
            #"{"a":{},"b":[1,-0.5e+3,true,false,null]}"#
        ),
        (#""\"\\\/\b\f\n\r\té\ud83d\ude00é""#, #""\"\\/\u0008\u000c\n\r\té😀é""#),
        ("[]", "[]"), ("0", "0"), ("\"\"", "\"\""), ("[[[[]]]]", "[[[[]]]]"),
    ]

    @Test(arguments: documents) func `a document reads as its value`(text: String, canonical: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8)).canonicalText == canonical)
    }

    static let broken: [(String, Int, Int)] = [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("[1 2]", 1, 4), ("{\"a\" 1}", 1, 6), ("{a: 1}", 1, 2),
        ("{\"a\":1,}", 1, 8),
        ("\"a", 1, 3), ("\"\\x\"", 1, 4), ("\"\\u12\"", 1, 6), ("\"\\ud800\"", 1, 8), ("\"\\ud800\\u0041\"", 1, 14),
        ("\"\\udc00\"", 1, 8), ("\"a\nb\"", 1, 3), ("01", 1, 1), ("1.", 1, 1), ("-", 1, 1), ("+1", 1, 1), (".5", 1, 1),
        ("1e", 1, 1), ("tru", 1, 1), ("nul", 1, 1), ("[]\n[]", 2, 1), ("{\"a\":1,\n\"a\":2}", 2, 6), ("NaN", 1, 1),
        ("// x\n1", 1, 1), ("[1,\n 2,\n x]", 3, 2),
    ]

    @Test(arguments: broken) func `what is no JSON is refused at its place`(text: String, line: Int, column: Int) {
        do {
            let value = try JSONParser.parse(Array(text.utf8))
            Issue.record("was read as \(value)")
        } catch {
            #expect(error.line == line && error.column == column, "\(error)")
        }
    }

    @Test func `depth is limited and bytes must be UTF-8`() {
        #expect(throws: JSONFault.self) { try JSONParser.parse(Array(repeating: UInt8(ascii: "["), count: 1_000_000)) }
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(throws: Never.self) { try JSONParser.parse(Array(deep.utf8)) }
        #expect(throws: JSONFault.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func `what is written canonically reads back as the same value`() throws {
        var choices = SeededRandom(seed: Seed.announced(for: "JSON"))
        for _ in 0..<2_000 {
            let value = RandomCatalogue.json(&choices, depth: 0)
            #expect(try JSONParser.parse(Array(value.canonicalText.utf8)) == value)
        }
    }
}
