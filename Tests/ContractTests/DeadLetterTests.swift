import Contract
import FuzzKit
import RecordLog
import SagaKernel
import Testing

@Suite struct DeadLetterTests {
    private static let source = RecordSource(topic: "habeas.requests", partition: 3, offset: 1 << 40)
    private static let refusal = Refusal(code: .missingField, message: "submitted_time is missing")

    private static func letter(_ wire: Wire, _ refusal: Refusal = refusal) -> Wire {
        let block = wire.read { _, headers in
            DeadLetter.headers(original: headers, refusal: refusal, source: source, time: Fixture.now)
        }
        return Wire(bytes: wire.value, block: block)
    }

    @Test func `a dead letter keeps its headers and says why it is one`() throws {
        var original = Wire("{}", headers: [("ce_id", "1"), ("x", "a"), ("x", "b"), ("", "")])
        original.headers.append(("without-value", nil))
        let letter = Self.letter(original)
        #expect(letter.headers.prefix(5).map(\.name) == original.headers.map(\.name))
        #expect(letter.headers.prefix(5).map(\.value) == original.headers.map(\.value))
        #expect(letter.header("habeas.error.code") == "missing_field")
        #expect(letter.header("habeas.error.message") == "submitted_time is missing")
        #expect(letter.header("habeas.source.topic") == "habeas.requests")
        #expect(letter.header("habeas.source.partition") == "3")
        #expect(letter.header("habeas.source.offset") == "1099511627776")
        #expect(letter.header("habeas.time") == "2026-11-02T16:00:00Z")
        let facts = try #require(letter.read { DeadLetterFacts.read($1) })
        #expect(facts.code == RefusalCode.missingField.rawValue)
        #expect(facts.message == Self.refusal.message)
        #expect(facts.source == Self.source)
        #expect(facts.time == Fixture.now)
    }

    @Test func `a record that is refused a second time tells of the second time`() throws {
        let again = Self.letter(Self.letter(Wire("{}")), Refusal(code: .unknownHub, message: "second"))
        let facts = try #require(again.read { DeadLetterFacts.read($1) })
        #expect(facts.code == "unknown_hub")
        #expect(facts.message == "second")
    }

    @Test func `a record goes back as it first came`() {
        let original = Wire("{}", headers: [("ce_id", "1"), ("traceparent", "x"), ("habeas.mine", "stays")])
        var forwarded = original
        forwarded.headers.append(("habeas.forwarded", Array("1".utf8)))
        let letter = Self.letter(Self.letter(forwarded))
        let requeued = Wire(bytes: letter.value, block: letter.read { DeadLetter.requeueHeaders($1) })
        #expect(requeued.headers.map(\.name) == original.headers.map(\.name))
        #expect(requeued.headers.map(\.value) == original.headers.map(\.value))
    }

    @Test func `a record without the headers is no dead letter, one with odd headers is one all the same`() throws {
        Wire("{}", headers: [("habeas.time", "x")]).read { #expect(DeadLetterFacts.read($1) == nil) }
        let odd = Wire(
            "{}",
            headers: [
                ("habeas.error.code", "new_code"), ("habeas.source.topic", "t"), ("habeas.source.partition", "x"),
                ("habeas.source.offset", "1"), ("habeas.time", "yesterday"),
            ])
        let facts = try #require(odd.read { DeadLetterFacts.read($1) })
        #expect(facts.code == "new_code")
        #expect(facts.message == "")
        #expect(facts.source == nil)
        #expect(facts.time == nil)
    }
}
