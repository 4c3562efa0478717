import Contract
import Kafka
import RecordLog
import SagaKernel
import Testing

@testable import habeas

/// The real clients against librdkafka's own broker.
struct LiveBrokerTests {
    private func client(_ servers: String, kafka: [String] = [], timeout: String = "PT10S") throws -> BrokerClient {
        let settings = try SettingsResolver(
            flags: [
                SettingFlag(setting: .bootstrapServers, text: servers),
                SettingFlag(setting: .brokerTimeout, text: timeout),
            ], kafkaFlags: kafka, used: Set(SettingTable.all)
        ).resolve()
        return try LiveBroker.make(try BrokerSection(settings))
    }

    private func record(_ key: String, partition: Int32?, topic: String = "habeas.requests") -> OutgoingRecord {
        var headers = HeaderBlock()
        headers.append("ce_type", "dev.habeas.request.v1")
        return OutgoingRecord(
            topic: topic, partition: partition, key: Array(key.utf8), value: Array("value of \(key)".utf8),
            headers: headers)
    }

    @Test func `what is published is read back whole, up to the end that the topic had`() async throws {
        let broker = try EmbeddedBroker(topics: ["habeas.requests": 3])
        defer { broker.close() }
        let client = try client(broker.bootstrapServers, timeout: "PT3S")
        try await client.publish((0..<30).map { record("key-\($0)", partition: $0 % 2 == 0 ? 2 : nil) })
        let collected = Collected<StoredRecord>()
        try await client.read("habeas.requests") { record in
            collected.append(record)
            return true
        }
        #expect(collected.values.count == 30)
        let even = try #require(collected.values.first { $0.key == Array("key-4".utf8) })
        #expect(even.partition == 2)
        #expect(even.value == Array("value of key-4".utf8))
        #expect(even.header("ce_type") == "dev.habeas.request.v1")
    }

    @Test func `nothing is written to a topic that does not exist, and none comes into being`() async throws {
        let broker = try EmbeddedBroker(topics: ["habeas.requests": 1])
        defer { broker.close() }
        let client = try client(broker.bootstrapServers, timeout: "PT3S")
        await #expect(throws: BrokerFailure.unknownTopic("habes.requests")) {
            try await client.publish([record("a", partition: nil, topic: "habes.requests")])
        }
        #expect(try await client.describe(["habes.requests", "habeas.requests"]).keys.sorted() == ["habeas.requests"])
        await #expect(throws: BrokerFailure.unknownTopic("habes.dead-letters")) {
            try await client.read("habes.dead-letters") { _ in true }
        }
    }

    @Test func `topics are described as they are`() async throws {
        let broker = try EmbeddedBroker(topics: ["habeas.requests": 5])
        defer { broker.close() }
        let facts = try await client(broker.bootstrapServers, timeout: "PT2S").describe(["habeas.requests"])
        #expect(facts["habeas.requests"]?.partitions == 5)
        #expect(facts["habeas.requests"]?.replication == 1)
    }

    @Test func `a broker that is not there is unreachable within the time that was given`() async throws {
        let client = try client("127.0.0.1:1", timeout: "PT1S")
        do {
            try await client.publish([record("a", partition: nil)])
            Issue.record("it was written")
        } catch BrokerFailure.unreachable(let reason) {
            #expect(!reason.isEmpty)
        }
    }

    @Test func `a property that librdkafka does not take is told with the place it came from`() throws {
        do {
            _ = try client("127.0.0.1:1", kafka: ["security.protocl=SASL_SSL", "socket.timeout.ms=soon"])
            Issue.record("they were taken")
        } catch let faults as ConfigurationFaults {
            #expect(faults.faults.map(\.origin) == [.flag("kafka"), .flag("kafka")])
            #expect(faults.description.contains("kafka.security.protocl: librdkafka knows no such property"))
            #expect(faults.description.contains("kafka.socket.timeout.ms"))
        }
    }

    @Test func `an API that is not there is unreachable`() async throws {
        let settings = try SettingsResolver(flags: [SettingFlag(setting: .api, text: "127.0.0.1:1")]).resolve()
        let client = LiveStatusClient.make(try APISection(settings))
        let id = try #require(RequestID(Samples.id))
        do {
            _ = try await client.request(id: id)
            Issue.record("somebody answered")
        } catch {
            guard case .unreachable("http://127.0.0.1:1", let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!reason.isEmpty)
        }
    }
}
