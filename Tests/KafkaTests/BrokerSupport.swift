import Foundation
import Kafka
import RecordLog
import Testing

/// A Kafka broker that exists outside of the tests: `HABEAS_TEST_BOOTSTRAP`, for example `127.0.0.1:19092`.
enum TestBroker {
    static let bootstrap = ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"]

    static let reason: Comment = """
        Needs a Kafka broker, 3.0 or later: set HABEAS_TEST_BOOTSTRAP=host:port. librdkafka's embedded broker has no \
        transactions and can show none of this.
        """

    static func settings(_ guarantee: KafkaGuarantee = .exactlyOnce) throws -> KafkaSettings {
        KafkaSettings(
            bootstrapServers: try #require(bootstrap), guarantee: guarantee, operationTimeoutMs: 15_000,
            sessionTimeoutMs: 6000)
    }

    /// Topics with names of their own, deleted by `Topics.delete`.
    static func topics(_ partitions: [String: Int]) throws -> Topics { try Topics(partitions) }
}

final class Topics: Sendable {
    private let admin: KafkaAdmin
    private let suffix = String(UUID().uuidString.prefix(8).lowercased())
    let names: [String: String]
    var group: String { "test-group-\(suffix)" }

    init(_ partitions: [String: Int]) throws {
        admin = try KafkaAdmin(settings: TestBroker.settings())
        let suffix = suffix
        names = Dictionary(uniqueKeysWithValues: partitions.keys.map { ($0, "test-\($0)-\(suffix)") })
        let outcomes = try admin.createTopics(
            partitions.map { NewTopic(name: "test-\($0.key)-\(suffix)", partitions: $0.value, replication: 1) })
        for (topic, outcome) in outcomes {
            try #require(outcome == .done, "\(topic)")
        }
        // A broker may answer before it knows the topic's leader.
        _ = try eventually("the topics' leaders") { () -> Bool? in
            let known = try admin.topics()
            return names.values.allSatisfy { known[$0]?.partitionsWithoutLeader == [] } ? true : nil
        }
    }

    subscript(_ name: String) -> String { names[name]! }

    func delete() {
        do {
            _ = try admin.deleteTopics(Array(names.values))
        } catch {
            Issue.record("\(error)")
        }
        admin.close()
    }

    func fill(_ name: String, _ values: [String], partition: (Int) -> Int32 = { _ in 0 }) throws {
        let producer = try PlainProducer(settings: TestBroker.settings())
        defer { producer.close() }
        for (index, value) in values.enumerated() {
            try producer.enqueue(
                topic: self[name], partition: partition(index), key: Array("k".utf8), value: Array(value.utf8))
        }
        try producer.flush()
    }

    func read(_ name: String, partitions: [Int32] = [0]) throws -> [String?] {
        let reader = try KafkaLogReader.open(
            settings: TestBroker.settings(), topic: self[name], partitions: partitions)
        defer { reader.close() }
        return try reader.readToEnd().map(\.value)
    }

    func committed(_ name: String) throws -> [Int64?] {
        try admin.lag(group: group, partitions: [self[name]: 1]).map(\.committed)
    }
}
