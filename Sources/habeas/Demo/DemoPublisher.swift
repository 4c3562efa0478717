import Contract
import Foundation
import Kafka
import SagaKernel

/// What the demo's backend and operator write, by the same records as anybody's.
struct DemoPublisher: Sendable {
    let producer: PlainProducer
    let topics: TopicNames

    func submit(_ id: RequestID, _ type: RequestType, device: String) async throws {
        let now = SystemClock().now()
        let draft = RequestDraft(
            id: id, type: type, submitted: now, identities: [.device(hub: DemoScene.hub, deviceID: device)])
        try await send(try RequestRecord.make(draft, topic: topics.requests, now: now))
    }

    func command(_ verb: Command.Verb, _ id: RequestID, reason: String, home: Int32) async throws {
        let command = Command(
            id: UUID().uuidString.lowercased(), requestID: id, verb: verb, reason: reason, operator: "demo")
        try await send(
            CommandRecord.make(command, homePartition: home, topic: topics.commands, now: SystemClock().now()))
    }

    private func send(_ record: OutgoingRecord) async throws {
        try await producer.send(
            topic: record.topic, partition: record.partition, key: record.key, value: record.value,
            headers: record.headers)
    }
}
