import Contract
import RecordLog
import SagaKernel
import Testing

@testable import habeas

struct DeadLetterTests {
    static let broker = ["--bootstrap-servers", "kafka:9092"]

    private static func letter(
        _ partition: Int32, _ offset: Int64, code: String = "unknown_hub", topic: String = "habeas.requests",
        time: String = "2026-11-02T17:00:00Z", key: String = Samples.id
    ) -> StoredRecord {
        StoredRecord(
            partition: partition, offset: offset, timestampMs: nil, key: Array(key.utf8),
            value: Array("{\"device\":\"thermostat-17\"}".utf8),
            headers: [
                ("ce_type", "dev.habeas.request.v1"), ("x-device", "thermostat-17"), ("habeas.forwarded", "1"),
                ("habeas.error.code", code), ("habeas.error.message", "the hub is not in the catalogue"),
                ("habeas.source.topic", topic), ("habeas.source.partition", "5"), ("habeas.source.offset", "77"),
                ("habeas.time", time),
            ].map { RecordHeader($0, Array($1.utf8)) })
    }

    @Test func `dead letters are listed with why and where from, the newest last`() async throws {
        let world = FakeWorld(
            terminal: .golden,
            stored: [
                Self.letter(0, 9),
                Self.letter(1, 2, code: "malformed", time: "2026-11-02T12:00:00Z", key: "thermostat-17"),
            ])
        #expect(try await world.run(["dead-letters", "list"] + Self.broker) == 0)
        #expect(world.out == Goldens.deadLetters)
    }

    @Test func `the list can be narrowed by code, age and number`() async throws {
        let world = FakeWorld(stored: [
            Self.letter(0, 1), Self.letter(0, 2, code: "malformed"), Self.letter(0, 3, time: "2026-11-01T12:00:00Z"),
            Self.letter(0, 4),
        ])
        _ = try await world.run(
            ["dead-letters", "list", "--code", "unknown_hub", "--since", "PT2H", "--limit", "1", "--json"] + Self.broker
        )
        #expect(world.out.contains("\"total\":2"))
        #expect(world.out.contains("\"position\":\"0/4\""))
        #expect(!world.out.contains("\"position\":\"0/1\""))
    }

    @Test func `one is shown without what may name a subject, unless it is asked for`() async throws {
        let world = FakeWorld(stored: [Self.letter(3, 1042, key: "thermostat-17")])
        #expect(try await world.run(["dead-letters", "show", "3/1042"] + Self.broker) == 0)
        #expect(!world.out.contains("thermostat"))
        #expect(world.out.contains("unknown_hub: the hub is not in the catalogue"))
        #expect(world.out.contains("13 bytes"))
        let revealed = FakeWorld(stored: [Self.letter(3, 1042)])
        _ = try await revealed.run(["dead-letters", "show", "3/1042", "--reveal"] + Self.broker)
        #expect(revealed.out.contains("{\"device\":\"thermostat-17\"}"))
        #expect(try await world.run(["dead-letters", "show", "3/1"] + Self.broker) == 1)
    }

    @Test func `one goes back as it was, to where it came from`() async throws {
        let world = FakeWorld(stored: [Self.letter(0, 1), Self.letter(0, 2)])
        #expect(try await world.run(["dead-letters", "requeue", "0/2", "--yes"] + Self.broker) == 0)
        #expect(world.published.count == 1)
        let record = try #require(world.published.first)
        #expect(record.topic == "habeas.requests")
        #expect(record.partition == 5)
        #expect(record.key == Array(Samples.id.utf8))
        #expect(record.headers.headers.map(\.name) == ["ce_type", "x-device"])
    }

    @Test func `a letter whose value was left out does not go back empty`() async throws {
        var letter = Self.letter(0, 1)
        letter.headers.append(RecordHeader("habeas.value.omitted", Array("2000000".utf8)))
        let world = FakeWorld(stored: [letter])
        #expect(try await world.run(["dead-letters", "requeue", "0/1", "--yes"] + Self.broker) == 1)
        #expect(world.published.isEmpty)
        #expect(world.error.contains("habeas.requests, partition 5, offset 77"))
    }

    @Test func `nothing goes back unasked`() async throws {
        let world = FakeWorld(stored: [Self.letter(0, 1)])
        #expect(try await world.run(["dead-letters", "requeue", "--code", "unknown_hub"] + Self.broker) == 64)
        #expect(try await world.run(["dead-letters", "requeue", "0/1", "--dry-run"] + Self.broker) == 0)
        #expect(world.published.isEmpty)
    }

    @Test(arguments: ["habeas.sagas", "habeas.status", "habeas.dead-letters", "other.requests", "habeas.timeline"])
    func `no dead letter is written into a topic that is not an input`(_ topic: String) async throws {
        let world = FakeWorld(stored: [Self.letter(0, 1, topic: topic)])
        #expect(try await world.run(["dead-letters", "requeue", "0/1", "--yes"] + Self.broker) == 1)
        #expect(world.published.isEmpty)
    }

    @Test func `of a large topic the newest letters are kept, without what they hold`() {
        let newest = NewestDeadLetters(limit: 3)
        // Out of order, as partitions are read one beside the other: letter 0/n is of minute n * 37 mod 60.
        for number in 0..<60 {
            let minute = number * 37 % 60
            let time = "2026-11-02T12:\(minute / 10)\(minute % 10):00Z"
            newest.append(DeadLetterEntry(Self.letter(0, Int64(number), time: time)))
        }
        let (shown, total) = newest.result
        #expect(total == 60)
        let minutes = shown.map { $0.position.offset * 37 % 60 }
        #expect(minutes == [57, 58, 59])
        #expect(shown.allSatisfy { $0.record.value == nil && $0.record.headers.isEmpty && $0.facts != nil })
    }

    @Test func `a topic is read no further than the letters that are asked for`() async throws {
        let letters = (0..<10).map { Self.letter(0, $0) }
        let shown = FakeWorld(stored: letters)
        #expect(try await shown.run(["dead-letters", "show", "0/3"] + Self.broker) == 0)
        #expect(shown.handedOver == 4)
        let requeued = FakeWorld(stored: letters)
        #expect(try await requeued.run(["dead-letters", "requeue", "0/5", "0/2", "0/5", "--yes"] + Self.broker) == 0)
        #expect(requeued.handedOver == 6)
        #expect(requeued.published.count == 2)
    }
}
