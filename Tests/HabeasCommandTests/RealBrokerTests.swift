import Contract
import Foundation
import Kafka
import RecordLog
import SagaKernel
import Testing

@testable import habeas

/// A broker that exists outside of the tests: topics with properties, and transactions, which the embedded one has not.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"] != nil,
        "needs a Kafka broker: set HABEAS_TEST_BOOTSTRAP=host:port"))
struct RealBrokerTests {
    private static let servers = ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"] ?? ""

    /// Topics under a prefix of their own, gone afterwards.
    private func withTopics(
        _ body: (_ client: BrokerClient, _ section: BrokerSection, _ plan: TopicPlan) async throws -> Void
    ) async throws {
        let prefix = "habeas-test-\(UUID().uuidString.lowercased())."
        let settings = try SettingsResolver(
            flags: [
                SettingFlag(setting: .bootstrapServers, text: Self.servers),
                SettingFlag(setting: .topicPrefix, text: prefix),
            ], used: Set(SettingTable.all)
        ).resolve()
        let section = try BrokerSection(settings)
        let client = try LiveBroker.make(section)
        let plan = TopicPlan(prefix: prefix, connectors: ["directory"], replication: 1, recordBytes: 999_936)
        try await client.create(plan.topics.map { plan.new($0, partitions: 2, replication: 1) })
        let admin = try KafkaAdmin(settings: section.kafkaSettings(clientID: "test", guarantee: .atLeastOnce))
        do {
            try await body(client, section, plan)
        } catch {
            _ = try await admin.run { admin throws(AdminFailure) in try admin.deleteTopics(plan.names) }
            throw error
        }
        _ = try await admin.run { admin throws(AdminFailure) in try admin.deleteTopics(plan.names) }
    }

    /// A new topic is known to every part of a broker a moment after it was made.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if try await condition() { return true }
            await Task.yield()
        }
        return false
    }

    @Test func `topics that were made are what they must be, and making them again is no fault`() async throws {
        try await withTopics { client, _, plan in
            let isSound = try await eventually {
                let facts = try await client.describe(plan.names)
                return TopicComparison(plan: plan, facts: facts, partitions: 2, replication: 1).isSound
            }
            #expect(isSound)
            let comparison = TopicComparison(
                plan: plan, facts: try await client.describe(plan.names), partitions: 2, replication: 1)
            #expect(comparison.untold.isEmpty)
            try await client.create(plan.topics.map { plan.new($0, partitions: 2, replication: 1) })
        }
    }

    @Test func `a transaction that was tried out leaves nothing to read`() async throws {
        try await withTopics { client, section, _ in
            #expect(try await client.probeTransaction(section.topics.deadLetters) == .works)
            let seen = Collected<StoredRecord>()
            try await client.read(section.topics.deadLetters) { record in
                seen.append(record)
                return true
            }
            #expect(seen.values.isEmpty)
        }
    }

    @Test func `a dead letter goes back to the partition it came from`() async throws {
        try await withTopics { client, section, _ in
            let original = try #require(RequestID(Samples.id))
            let draft = RequestDraft(
                id: original, type: .erasure, submitted: Samples.now,
                identities: [.device(hub: "contoso.azure-devices.net", deviceID: "d")])
            let request = try RequestRecord.make(draft, topic: section.topics.requests, now: Samples.now)
            let refusal = Refusal(code: .unknownHub, message: "the hub is not in the catalogue")
            let source = RecordSource(topic: section.topics.requests, partition: 1, offset: 5)
            let headers = HeaderViews.with(request.headers.headers) {
                DeadLetter.headers(original: $0, refusal: refusal, source: source, time: Samples.now)
            }
            try await client.publish([
                OutgoingRecord(
                    topic: section.topics.deadLetters, partition: 0, key: request.key, value: request.value,
                    headers: headers)
            ])
            let letters = Collected<StoredRecord>()
            try await client.read(section.topics.deadLetters) { record in
                letters.append(record)
                return true
            }
            let letter = DeadLetterEntry(try #require(letters.values.first))
            #expect(letter.facts?.code == "unknown_hub")
            try await client.publish([letter.requeued(to: section.topics)])
            let back = Collected<StoredRecord>()
            try await client.read(section.topics.requests) { record in
                back.append(record)
                return true
            }
            #expect(back.values.map(\.partition) == [1])
            #expect(back.values.first?.value == request.value)
            #expect(back.values.first?.headers == request.headers.headers)
        }
    }
}
