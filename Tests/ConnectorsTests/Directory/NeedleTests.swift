import TestSeed
import Testing

@testable import Connectors

@Suite struct NeedleTests {
    @Test func `many needles are found exactly where a plain search finds one of them`() {
        for seed in UInt64(1)...4_000 {
            var random = SeededRandom(seed: seed)
            let letters = Array("ab1-".utf8)
            func text(_ lengths: ClosedRange<Int>) -> [UInt8] {
                (0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 }
            }
            let shortest = Int.random(in: 1...5, using: &random)
            let needles = (0..<Int.random(in: 0...6, using: &random)).map { _ in text(shortest...(shortest + 3)) }
            let haystack = text(0...60)
            let expected = needles.contains { needle in
                haystack.indices.contains { haystack[$0...].starts(with: needle) }
            }
            let found = haystack.withUnsafeBytes { NeedleSet(needles).occurs(in: $0) }
            #expect(found == expected, "seed \(seed)")
        }
    }

    @Test func `a needle longer than a table's largest shift is found`() {
        let needle = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for padding in [0, 1, 254, 255, 256, 599, 1_000] {
            let haystack = [UInt8](repeating: 1, count: padding) + needle + [2]
            #expect(haystack.withUnsafeBytes { NeedleSet([needle]).occurs(in: $0) })
            #expect(!haystack.dropLast(2).withUnsafeBytes { NeedleSet([needle]).occurs(in: $0) })
        }
    }

    @Test(arguments: [
        ("dev1", true), ("dev10", false), ("xdev1", false), ("'dev1'", true), ("(dev1,dev2)", true), ("dev1.a", false),
        ("dev10 dev1", true), ("", false), ("Dev1", false), ("=dev1", true), ("é1 dev1é", true),
    ]) func `an identifier is named only where it is not part of a longer one`(text: String, isNamed: Bool) {
        #expect(Needle.isNamed(Array("dev1".utf8), in: Array(text.utf8)) == isNamed)
    }

    @Test func `escapes are undone however often they were made`() {
        let texts = [#"\u0064ev1"#, #"\\u0064ev1"#, #"\\\\u0064ev1"#]
        for text in texts {
            #expect(Array(text.utf8).withUnsafeBytes { Needle.unescaped($0) } == Array("dev1".utf8))
        }
        #expect(Array(#"a\ndev1\"\u00"#.utf8).withUnsafeBytes { Needle.unescaped($0) } == Array("a dev1\"u00".utf8))
    }

    @Test(arguments: [
        "{", "[1,]", "01", "1.", "\"\\x\"", "nul", "{\"a\" 1}", "{\"a\":1,}", "[1] 2", "", "\"\\u12\"", "+1", "{a:1}",
        String(repeating: "[", count: 100_000),
    ]) func `what is no JSON is not read`(text: String) {
        #expect(JSONReader.read(Array(text.utf8)) == nil)
    }

    @Test func `JSON is read with its escapes, its lone surrogates and its repeated names`() {
        let value = JSONReader.read(Array(#" {"a":"\u00e9\ud83d\ude00\/","a":[-1.5e3,true,null],"b":"\ud800"} "#.utf8))
        #expect(value?.members("a").first?.text == "é😀/")
        #expect(value?.members("a").last == .array([.number(Array("-1.5e3".utf8)), .boolean(true), .null]))
        #expect(value?.members("b").first?.stringBytes == [0xED, 0xA0, 0x80])
        #expect(value?.members("b").first?.text == nil)
    }

    @Test func `base64 of either alphabet is read, and only in its one spelling`() {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            #expect(LooseBase64.decoded(LooseBase64.urlText(bytes).utf8) == bytes)
        }
        #expect(LooseBase64.decoded("+/+/".utf8) == LooseBase64.decoded("-_-_".utf8))
        for text in ["A", "A===", "AB=", "AAA=A", "AB", "A B=", "AAAA="] {
            #expect(LooseBase64.decoded(text.utf8) == nil, "\(text)")
        }
    }
}
