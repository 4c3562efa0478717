import Contract
import FuzzKit
import SagaKernel
import TestSeed
import Testing

@Suite struct JSONWriterTests {
    @Test func `separators follow from what was written`() {
        var json = JSONWriter()
        json.beginObject()
        json.name("a")
        json.beginArray()
        json.integer(1)
        json.integer(-20)
        json.beginObject()
        json.endObject()
        json.null()
        json.boolean(true)
        json.endArray()
        json.name(escaping: "b\"")
        json.string(plain: "x")
        json.name("c")
        json.json("{}")
        json.endObject()
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":[1,-20,{},null,true],"b\"":"x","c":{}}"#)
        json.reset()
        json.integer(Int64.min)
        #expect(String(decoding: json.bytes, as: UTF8.self) == "-9223372036854775808")
    }

    @Test func `any string comes back as it was`() throws {
        var random = SeededRandom(seed: 7)
        for round in 0..<2_000 {
            let text = random.text(maximum: round % 60)
            var json = JSONWriter()
            json.string(text)
            let tree = try JSONTree(bytes: json.bytes)
            #expect(tree.text?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
        }
    }

    @Test func `a byte that must be escaped is found wherever it stands`() throws {
        for length in 1...40 {
            for place in 0..<length {
                for special in ["\"", "\\", "\u{1F}", "\u{0}", "é"] {
                    let text =
                        String(repeating: "A", count: place) + special
                        + String(repeating: "~", count: length - place - 1)
                    var json = JSONWriter()
                    json.string(text)
                    #expect(try JSONTree(bytes: json.bytes) == .string(text), "\(text)")
                }
            }
        }
    }

    @Test func `a text that grows by its escapes finds room`() throws {
        for capacity in [1, 64, 1_024] {
            for length in [0, 1, 10, 63, 64, 65, 5_000] {
                for unit in ["\u{1}", "\"", "é", "x\u{1F}yyyyyyyyyyyyyyyyyyyyy"] {
                    let text = String(repeating: unit, count: length)
                    var json = JSONWriter(capacity: capacity)
                    json.beginArray()
                    json.string(text)
                    json.string(text)
                    json.endArray()
                    #expect(try JSONTree(bytes: json.bytes) == .array([.string(text), .string(text)]))
                    #expect(json.withUnsafeBytes { Array($0) } == json.bytes)
                }
            }
        }
    }

    @Test func `what follows many escapes finds room as well`() throws {
        for clean in stride(from: 0, to: 6_000, by: 250) {
            let text = String(repeating: "\u{1}", count: 1_000) + String(repeating: "y", count: clean)
            var json = JSONWriter(capacity: 1)
            json.string(text)
            #expect(try JSONTree(bytes: json.bytes) == .string(text))
        }
    }

    @Test func `a moment, an id and a number are written the same whatever was written before`() throws {
        let seed = Seed.announced(for: "JSONWriter")
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            // More than a writer remembers, and fewer.
            let moments = (0...random.below(14)).map { _ in
                Fixture.now.adding(milliseconds: Int64(random.below(1 << 40)) / random.pick([1, 1_000]) * 1_000)
                    .adding(milliseconds: Int64(random.below(2)) * 7)
            }
            let ids = (0...random.below(3)).map { _ in RequestID(high: random.next(), low: random.next()) }
            var json = JSONWriter(capacity: 16)
            var expected: [String] = []
            json.beginArray()
            for _ in 0..<60 {
                let (moment, id) = (random.pick(moments), random.pick(ids))
                let number = random.pick([0, 9, 10, -1, -10, .min, .max, Int64(truncatingIfNeeded: random.next())])
                json.time(moment)
                json.id(id)
                json.taskID(id, path: "a/erase")
                json.integer(number)
                expected += [
                    "\"\(TimeText.text(moment))\"", "\"\(id)\"", "\"\(id)/a/erase\"", "\(number)",
                ]
            }
            json.endArray()
            #expect(String(decoding: json.bytes, as: UTF8.self) == "[\(expected.joined(separator: ","))]")
        }
    }

    @Test func `ids, times and references are written in their text forms`() {
        let ref = SubjectRef(1, 2, 3, 0xABCD_EF01_2345_6789)
        var json = JSONWriter()
        json.beginArray()
        json.id(Fixture.id)
        json.taskID(Fixture.id, path: "telemetry-archive/erase")
        json.time(Fixture.now)
        json.subjectRef(ref)
        json.endArray()
        let hex = "000000000000000100000000000000020000000000000003abcdef0123456789"
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"["\#(Fixture.idText)","\#(Fixture.idText)/telemetry-archive/erase","#
                + #""2026-11-02T16:00:00Z","hmac-sha256:\#(hex)"]"#)
        #expect(SubjectRef(text: ref.text) == ref)
        #expect(ref.text == "hmac-sha256:\(hex)")
        #expect(SubjectRef(text: "hmac-sha256:\(hex)0") == nil)
        #expect(SubjectRef(text: "hmac-sha1:\(hex)00") == nil)
    }
}
