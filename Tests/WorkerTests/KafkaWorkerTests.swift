import Contract
import Kafka
import Logging
import RecordLog
import SagaKernel
import Synchronization
import Testing

@testable import Worker

/// The worker on librdkafka's own broker. One test, because joining a group takes seconds there.
@Suite(.serialized) struct KafkaWorkerTests {
    @Test func `tasks come from Kafka, acknowledgements go there, and a second worker goes on behind the first`()
        async throws
    {
        let broker = try EmbeddedBroker(
            topics: ["habeas.tasks.test": 2, "habeas.acks": 4, "habeas.dead-letters": 1])
        let producer = try PlainProducer(settings: broker.settings)
        for number in 0..<30 {
            try await producer.send(
                topic: "habeas.tasks.test", partition: Int32(number % 2), key: Array("e\(number % 3)".utf8),
                value: Array((number == 7 ? "broken" : Bench.task("t\(number)", endpoint: "e\(number % 3)")).utf8))
        }
        let first = TestConnector()
        try await run(first, broker) {
            $0.limits.inFlightMax = 4
        } until: {
            first.begun.count == 29
        }
        #expect(Set(first.begun.map(\.taskID)).count == 29)
        for number in 30..<34 {
            try await producer.send(
                topic: "habeas.tasks.test", partition: Int32(number % 2), key: nil,
                value: Array(Bench.task("t\(number)", endpoint: "e\(number)").utf8))
        }
        let second = TestConnector()
        try await run(second, broker) { _ in
        } until: {
            second.begun.count == 4
        }
        #expect(Set(second.begun.map { $0.taskID.split(separator: "/").last }) == ["t30", "t31", "t32", "t33"])
        let acknowledged = try Self.read("habeas.acks", partitions: 4, count: 33, broker)
        #expect(acknowledged.allSatisfy { $0.partition == 3 })
        #expect(Set(acknowledged.map(\.value)).count == 33)
        let dead = try Self.read("habeas.dead-letters", partitions: 1, count: 1, broker)
        #expect(dead.map(\.value) == ["broken"])
        producer.close()
        broker.close()
    }

    private func run(
        _ connector: TestConnector, _ broker: EmbeddedBroker,
        change: (inout WorkerSettings) -> Void, until isDone: () -> Bool
    ) async throws {
        var settings = WorkerSettings(worker: "worker-1", connectors: ["test"])
        settings.limits.endpointQueueMax = 3
        change(&settings)
        var kafka = broker.settings
        // The embedded broker lets nobody into a group that was left until the session of who left is over.
        kafka.sessionTimeoutMs = 3_000
        let sink = try KafkaRecordSink(settings: broker.settings)
        defer { sink.close() }
        let worker = try TaskWorker(
            settings: settings, connectors: [connector], sink: sink,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { [kafka] connector throws(LogFailure) in
            try KafkaTaskSource(settings: kafka, topicPrefix: "habeas.", connector: connector)
        }
        let running = Task { try await worker.run() }
        try await eventually(isDone, withinSeconds: 90)
        worker.stop()
        try await running.value
    }

    private static func read(
        _ topic: String, partitions: Int, count: Int, _ broker: EmbeddedBroker
    ) throws -> [(partition: Int32, value: String)] {
        let consumer = try GroupConsumer(settings: broker.settings, group: "reader-of-\(topic)", topics: [topic])
        defer { consumer.close() }
        var found: [(partition: Int32, value: String)] = []
        let end = ContinuousClock.now + .seconds(60)
        while found.count < count, ContinuousClock.now < end {
            guard case .records(let views) = try consumer.poll(maxRecords: 100, timeoutMs: 100) else { continue }
            found += views.map {
                ($0.partition, String(decoding: $0.value ?? .init(start: nil, count: 0), as: UTF8.self))
            }
        }
        return found
    }
}
