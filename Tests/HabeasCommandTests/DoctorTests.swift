import SagaKernel
import Testing

@testable import habeas

struct DoctorTests {
    static let arguments = ["doctor", "--bootstrap-servers", "kafka:9092", "--connectors", "directory"]

    private static let facts: [String: TopicFacts] = {
        let plan = TopicPlan(prefix: "habeas.", connectors: ["directory"], replication: 3, recordBytes: 999_936)
        return Dictionary(
            plan.topics.map { topic in
                let new = plan.new(topic, partitions: 12, replication: 3)
                return (topic.name, TopicFacts(partitions: 12, replication: 3, properties: new.properties))
            }, uniquingKeysWith: { $1 })
    }()

    private func world(
        topics: [String: TopicFacts] = facts, date: String = "Mon, 02 Nov 2026 18:00:00 GMT", code: Int = 200,
        environment: [String: String] = ["HABEAS_SUBJECT_KEY": Samples.key32]
    ) -> FakeWorld {
        FakeWorld(environment: environment, topics: topics) { _, _ in HTTPReply(code: code, body: [], date: date) }
    }

    @Test func `a sound deployment is told check by check`() async throws {
        let world = world()
        #expect(try await world.run(Self.arguments) == 0)
        #expect(world.out == Goldens.doctor)
    }

    @Test func `what is to be repaired has an advice and makes the code 1`() async throws {
        var facts = Self.facts
        facts["habeas.sagas"]?.properties?["max.compaction.lag.ms"] = "9223372036854775807"
        facts["habeas.acks"]?.partitions = 6
        let world = world(topics: facts, environment: [:])
        #expect(try await world.run(Self.arguments + ["--json"]) == 1)
        for id in ["subject_key", "topics", "forgetting"] {
            #expect(world.out.contains(#"{"id":"\#(id)","title":"#), "\(id)")
        }
        #expect(world.out.contains("unequal partitions: habeas.acks partitions is 6, must be 12"))
        #expect(world.out.contains("max.compaction.lag.ms is unbounded, must be at most P30D"))
        #expect(world.out.contains(#""sound":false"#))
    }

    @Test(arguments: [
        ("Mon, 02 Nov 2026 17:59:57 GMT", "ok"), ("Mon, 02 Nov 2026 17:58:00 GMT", "warn"),
        ("Mon, 02 Nov 2026 18:02:00 GMT", "warn"), ("yesterday", "skip"),
    ])
    func `clocks are compared by the coordinator's own`(_ date: String, _ verdict: String) async throws {
        let world = world(date: date)
        _ = try await world.run(Self.arguments)
        let line = world.out.split(separator: "\n").first { $0.contains("Clocks") }
        #expect(line?.hasPrefix(verdict) == true)
    }

    @Test func `a missing topic and a silent API are told with what to do`() async throws {
        let silent = FakeWorld(topics: [:]) { _, _ in
            throw StatusFailure.unreachable(url: "http://x", reason: "refused")
        }
        #expect(try await silent.run(Self.arguments) == 1)
        #expect(silent.out.contains("`habeas topics create` makes them"))
        #expect(silent.out.contains("start a coordinator"))
    }

    @Test func `transactions are not asked for where they are not used`() async throws {
        let world = world()
        _ = try await world.run(Self.arguments + ["--processing-guarantee", "at-least-once"])
        #expect(world.out.contains("skip  Transactions"))
    }
}
