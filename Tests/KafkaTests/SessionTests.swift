import RecordLog
import Testing

@testable import Kafka

extension KafkaTests {
    @Suite(.enabled(if: TestBroker.bootstrap != nil, TestBroker.reason)) struct Sessions {
        /// What a client is whose session has ended by its own clock, while its broker was away: it has no member id
        /// any more, and the group, which slept as long as the broker did, still has a member of its name.
        @Test func `a member without a session commits nothing, and is not taken for one that was replaced`() throws {
            let topics = try TestBroker.topics(["in": 1])
            defer { topics.delete() }
            let settings = try TestBroker.settings(.atLeastOnce)
            let known = try TestLane(settings, group: topics.group, instance: "one", inputs: [topics["in"]])
            defer { known.log.leave() }
            try known.start()
            let consumer = try LaneConsumer(
                settings: settings, group: topics.group, instanceID: "one.0", inputs: [topics["in"]], gatherMs: 0,
                log: { _ in })
            defer { consumer.close(within: Deadline(afterMs: 5_000)) }
            let position = InputPosition(topic: 0, partition: 0, offset: 0)
            let error = try #require(consumer.commit([position], within: Deadline(afterMs: 10_000)))
            #expect(error.meaning == .partitionsLost, "\(error.name)")
            #expect(ClientError.fatal(of: consumer.client.pointer) == nil)
        }
    }
}
