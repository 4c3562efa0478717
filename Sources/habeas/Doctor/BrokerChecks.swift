import Contract
import SagaKernel

/// What the broker shows: reachability, topics, transactions, sizes.
struct BrokerChecks {
    var broker: BrokerClient
    var section: BrokerSection
    var settings: Settings

    func run() async -> [DoctorCheck] {
        let connectors = connectors()
        let recordBytes: Int
        do throws(ConfigurationFaults) { recordBytes = try settings.recordBytesNeeded() } catch {
            return [.fail("limits", "Limits", "\(error)", "repair the settings")]
        }
        let facts: [String: TopicFacts]
        let names = plan(connectors, 1, recordBytes).names
        do {
            facts = try await broker.describe(names)
        } catch {
            return [
                .fail(
                    "broker", "Broker", BrokerChecks.reason(error),
                    "check bootstrap_servers, the network and kafka.* (TLS, SASL)")
            ]
        }
        var checks = [DoctorCheck.ok("broker", "Broker", "\(section.bootstrapServers) answers")]
        let replication = facts.values.map(\.replication).min() ?? 1
        let plan = plan(connectors, replication, recordBytes)
        checks += topics(plan, facts, replication)
        if connectors.isEmpty {
            checks.append(
                .skipped("task_topics", "Topics of tasks", "unknown without a sound catalogue, or --connectors"))
        }
        checks.append(messageSize(facts, recordBytes))
        checks.append(await transactions(facts))
        return checks
    }

    /// None where neither catalogue nor connectors are given, or the catalogue has faults, which is a check of its own.
    private func connectors() -> Set<String> {
        do {
            return try CatalogueSource.connectors(settings)
        } catch {
            return []
        }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? BrokerFailure)?.reason ?? CommandRunner.failure(from: error).message
    }

    private func plan(_ connectors: Set<String>, _ replication: Int, _ recordBytes: Int) -> TopicPlan {
        TopicPlan(
            prefix: section.topicPrefix, connectors: connectors, replication: replication, recordBytes: recordBytes)
    }

    private func topics(_ plan: TopicPlan, _ facts: [String: TopicFacts], _ replication: Int) -> [DoctorCheck] {
        let comparison = TopicComparison(plan: plan, facts: facts, partitions: nil, replication: nil)
        let advice = "`habeas topics check` shows each difference"
        guard comparison.missing.isEmpty else {
            return [
                .fail(
                    "topics", "Topics", "missing: \(comparison.missing.joined(separator: ", "))",
                    "`habeas topics create` makes them")
            ]
        }
        var checks: [DoctorCheck] = []
        let partitions = comparison.differences.filter { $0.property == "partitions" }
        let count = facts[section.topics.requests]?.partitions ?? 0
        checks.append(
            partitions.isEmpty
                ? .ok("topics", "Topics", "\(plan.topics.count), each co-partitioned one with \(count) partitions")
                : .fail("topics", "Topics", "unequal partitions: \(list(partitions))", advice))
        guard comparison.untold.isEmpty else {
            checks.append(
                .warn(
                    "cleanup", "Cleanup", "the broker does not tell the properties of its topics",
                    "check by hand that sagas and status are compacted and everything else is deleted in time"))
            return checks
        }
        let cleanup = comparison.differences.filter { $0.property == "cleanup.policy" }
        checks.append(
            cleanup.isEmpty
                ? .ok("cleanup", "Cleanup", "sagas and status are compacted, the others deleted")
                : .fail("cleanup", "Cleanup", list(cleanup), advice))
        checks.append(forgetting(comparison, advice))
        let rest = comparison.differences.filter { difference in
            !["partitions", "cleanup.policy"].contains(difference.property)
                && !BrokerChecks.forgettingProperties.contains(difference.property)
        }
        if !rest.isEmpty { checks.append(.warn("topic_properties", "Other properties", list(rest), advice)) }
        checks.append(
            replication > 1
                ? .ok("replication", "Replication", "\(replication) copies at least")
                : .warn(
                    "replication", "Replication", "some topics have a single copy",
                    "in production, 3: a lost disk loses the requests on it"))
        return checks
    }

    private static let forgettingProperties = [
        "retention.ms", "max.compaction.lag.ms", "segment.ms", "delete.retention.ms",
    ]

    /// What names subjects must be gone some day: finite retention, bounded compaction.
    private func forgetting(_ comparison: TopicComparison, _ advice: String) -> DoctorCheck {
        let found = comparison.differences.filter { BrokerChecks.forgettingProperties.contains($0.property) }
        return found.isEmpty
            ? .ok("forgetting", "Forgetting", "retention is finite and compaction bounded where subjects are named")
            : .fail("forgetting", "Forgetting", list(found), advice)
    }

    private func list(_ differences: [TopicComparison.Difference]) -> String {
        differences.map { "\($0.topic) \($0.property) is \($0.actual), must be \($0.expected)" }.joined(separator: "; ")
    }

    /// A topic's limit is the broker's where the topic has none of its own.
    private func messageSize(_ facts: [String: TopicFacts], _ recordBytes: Int) -> DoctorCheck {
        let title = "Message size"
        let needed = recordBytes + TopicPlan.framingBytes
        let limits = facts.compactMapValues { $0.properties?["max.message.bytes"].flatMap { Int($0) } }
        guard let (topic, least) = limits.min(by: { $0.value < $1.value }) else {
            return .skipped("message_size", title, "the broker does not tell its limit")
        }
        guard least >= needed else {
            return .fail(
                "message_size", title, "\(topic) takes \(least) bytes, \(needed) are needed",
                "raise max.message.bytes of the topic, or lower the limits")
        }
        let client = settings.kafkaProperties.first { $0.name == "message.max.bytes" }.flatMap { Int($0.value) }
        // Not told otherwise, clients take what the limits need.
        let clientLimit = client ?? needed
        return clientLimit >= recordBytes
            ? .ok("message_size", title, "\(needed) bytes are needed, every topic takes \(least)")
            : .fail(
                "message_size", title, "the client sends \(clientLimit) bytes at most, \(recordBytes) are needed",
                "raise kafka.message.max.bytes, or lower the limits")
    }

    private func transactions(_ facts: [String: TopicFacts]) async -> DoctorCheck {
        let title = "Transactions"
        guard settings.text(.processingGuarantee) != "at-least-once" else {
            return .skipped("transactions", title, "not needed with processing_guarantee at-least-once")
        }
        let topic = section.topics.deadLetters
        guard facts[topic] != nil else { return .skipped("transactions", title, "there is no \(topic) to try it in") }
        do {
            switch try await broker.probeTransaction(topic) {
            case .works: return .ok("transactions", title, "one was begun, written into and aborted")
            case .unsupported(let reason):
                return .fail(
                    "transactions", title, reason,
                    "use a broker with transactions, or processing_guarantee at-least-once")
            }
        } catch {
            return .fail(
                "transactions", title, BrokerChecks.reason(error),
                "the coordinator needs the right to write with transactional ids that begin with "
                    + section.topics.coordinatorGroup)
        }
    }
}
