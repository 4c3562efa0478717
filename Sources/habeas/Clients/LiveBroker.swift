import Contract
import Foundation
import Kafka
import RecordLog
import Synchronization

/// Kafka, by way of librdkafka. Its clients are made when they are needed first, and live as long as the command.
final class LiveBroker: Sendable {
    private let settings: KafkaSettings
    private let section: BrokerSection

    private struct Clients {
        var admin: KafkaAdmin?
        var producer: PlainProducer?
        /// Topics that are known to exist. A producer that names one which does not may bring it into being, with the
        /// broker's own number of partitions.
        var known: Set<String> = []
    }

    private let clients = Mutex(Clients())

    /// - Throws: `ConfigurationFaults` for what librdkafka has against the properties.
    static func make(_ section: BrokerSection) throws -> BrokerClient {
        let live = LiveBroker(section, try section.kafkaSettings(clientID: "habeas-cli", guarantee: .atLeastOnce))
        return BrokerClient(
            publish: { try await live.publish($0) }, read: { try await live.read($0, $1) },
            describe: { try await live.describe($0) }, create: { try await live.create($0) },
            probeTransaction: { try await live.probeTransaction($0) },
            library: { ("librdkafka \(KafkaVersion.string)", KafkaVersion.features) })
    }

    private init(_ section: BrokerSection, _ settings: KafkaSettings) {
        self.section = section
        self.settings = settings
    }

    private func admin() throws -> KafkaAdmin {
        try clients.withLock { clients in
            if let admin = clients.admin { return admin }
            let admin = try LiveBroker.translating { () throws(AdminFailure) in try KafkaAdmin(settings: settings) }
            clients.admin = admin
            return admin
        }
    }

    private func producer() throws -> PlainProducer {
        try clients.withLock { clients in
            if let producer = clients.producer { return producer }
            let producer = try LiveBroker.translating { () throws(LogFailure) in
                try PlainProducer(settings: settings)
            }
            clients.producer = producer
            return producer
        }
    }

    private func publish(_ records: [OutgoingRecord]) async throws {
        try await requireTopics(Set(records.map(\.topic)))
        let producer = try producer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for record in records {
                group.addTask {
                    do throws(LogFailure) {
                        try await producer.send(
                            topic: record.topic, partition: record.partition, key: record.key ?? [],
                            value: record.value, headers: record.headers)
                    } catch {
                        throw BrokerFailure(error)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func requireTopics(_ names: Set<String>) async throws {
        let unknown = clients.withLock { names.subtracting($0.known) }
        guard !unknown.isEmpty else { return }
        let found = try await topics()
        for name in unknown.sorted() where found[name] == nil { throw BrokerFailure.unknownTopic(name) }
        clients.withLock { $0.known.formUnion(unknown) }
    }

    private func topics() async throws -> [String: TopicDescription] {
        let admin = try admin()
        do {
            return try await admin.run { admin throws(AdminFailure) in try admin.topics() }
        } catch {
            throw BrokerFailure(error)
        }
    }

    private func describe(_ names: [String]) async throws -> [String: TopicFacts] {
        let found = try await topics().filter { names.contains($0.key) }
        let admin = try admin()
        var properties: [String: [String: TopicConfigValue]] = [:]
        do {
            properties = try await admin.run { admin throws(AdminFailure) in
                try admin.topicConfigs(found.keys.sorted())
            }
        } catch {
            // Not every broker that speaks the protocol tells its topics' properties, nor tells everybody. That it is
            // there is known by now. The properties are then absent, and whoever needs them says so.
            properties = [:]
        }
        return found.mapValues { topic in
            TopicFacts(
                partitions: topic.partitions, replication: topic.replication,
                properties: properties[topic.name]?.compactMapValues(\.value))
        }
    }

    private func create(_ topics: [PlannedTopic]) async throws {
        let admin = try admin()
        let new = topics.map {
            NewTopic(name: $0.name, partitions: $0.partitions, replication: $0.replication, configs: $0.properties)
        }
        let outcomes: [String: TopicOutcome]
        do {
            outcomes = try await admin.run { admin throws(AdminFailure) in try admin.createTopics(new) }
        } catch {
            throw BrokerFailure(error)
        }
        let refusals = outcomes.sorted { $0.key < $1.key }.compactMap { name, outcome -> String? in
            switch outcome {
            case .done, .alreadyExists: nil
            case .refused(let reason): "\(name): \(reason)"
            }
        }
        guard refusals.isEmpty else { throw BrokerFailure.refused(refusals.joined(separator: "; ")) }
        try await awaitTopics(Set(topics.map(\.name)))
    }

    private static let settlingMs: Int64 = 100

    /// Brokers hear of a new topic a moment after the one that made it: whoever goes on with the next command of a
    /// script must not be told that there is no such topic.
    private func awaitTopics(_ names: Set<String>) async throws {
        for _ in 0...(section.timeoutMs / LiveBroker.settlingMs) {
            if names.isSubset(of: try await topics().keys) { return }
            try await Task.sleep(for: .milliseconds(LiveBroker.settlingMs))
        }
        throw BrokerFailure.unreachable("the topics were made and do not show after \(section.timeoutMs) ms")
    }

    private func read(_ topic: String, _ each: @escaping @Sendable (StoredRecord) -> Bool) async throws {
        try await onOwnThread { [settings] in try TopicReading(settings: settings, topic: topic).run(each) }
    }

    private func probeTransaction(_ topic: String) async throws -> TransactionProbe {
        try await onOwnThread { [settings, section] in
            try TransactionTrial(settings: settings, group: section.topics.coordinatorGroup, topic: topic).run()
        }
    }

    /// librdkafka's calls block, which the threads of Swift's tasks must not.
    private func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    fileprivate static func translating<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(BrokerFailure) -> Value {
        do {
            return try body()
        } catch let failure as LogFailure {
            throw BrokerFailure(failure)
        } catch let failure as AdminFailure {
            throw BrokerFailure(failure)
        } catch {
            throw .refused("\(error)")
        }
    }
}

extension BrokerFailure {
    init(_ failure: LogFailure) {
        switch failure {
        case .retriable(let reason), .outcomeUnknown(let reason): self = .unreachable(reason)
        case .abortRequired(let reason), .partitionsLost(let reason), .fenced(let reason), .fatal(let reason):
            self = .refused(reason)
        }
    }

    init(_ failure: AdminFailure) {
        switch failure {
        case .unreachable(let reason): self = .unreachable(reason)
        case .refused(let reason): self = .refused(reason)
        }
    }
}
