import Contract
import SagaKernel

/// The topics of a deployment with what each must be (contract §1).
struct TopicPlan: Sendable {
    struct Topic: Hashable, Sendable {
        var name: String
        /// Every topic of this kind has the same number of partitions.
        var isCoPartitioned: Bool
        var rules: [TopicRule]
    }

    /// How long records lie in the topics that forget.
    struct Retention: Hashable, Sendable {
        /// Requests, tasks, acknowledgements and commands: long enough for the longest outage that is to be survived,
        /// and no longer, because requests and tasks name subjects.
        var inputMs: Int64 = 14 * Milliseconds.day
        var timelineMs: Int64 = 3 * SettingDuration.yearMs
        var deadLettersMs: Int64 = 30 * Milliseconds.day
    }

    var topics: [Topic]

    /// - Parameters:
    ///   - connectors: one topic of tasks for each.
    ///   - replication: copies of every partition, which decides how many must have a record before it counts.
    ///   - recordBytes: the largest record that is written.
    init(
        prefix: String, connectors: Set<String>, replication: Int, recordBytes: Int,
        retention: Retention = Retention()
    ) {
        let safe = [TopicPlan.inSync(replication: replication)]
        let sized = safe + [TopicPlan.messageBytes(recordBytes)]
        let forgets = [TopicPlan.policy("delete"), TopicPlan.retention(retention.inputMs)]
        let names = TopicNames(prefix: prefix)
        topics = [
            Topic(name: names.requests, isCoPartitioned: true, rules: forgets + sized),
            Topic(name: names.acks, isCoPartitioned: true, rules: forgets + safe),
            Topic(name: names.commands, isCoPartitioned: true, rules: forgets + safe),
            Topic(name: names.sagas, isCoPartitioned: true, rules: TopicPlan.compacted(bounded: true) + sized),
            Topic(name: names.status, isCoPartitioned: true, rules: TopicPlan.compacted(bounded: false) + sized),
            Topic(
                name: names.timeline, isCoPartitioned: true,
                rules: [TopicPlan.policy("delete"), TopicPlan.longRetention(retention.timelineMs)] + safe),
        ]
        for connector in connectors.sorted() {
            topics.append(
                Topic(name: names.tasks(connector: connector), isCoPartitioned: true, rules: forgets + sized))
        }
        topics.append(
            Topic(
                name: names.deadLetters, isCoPartitioned: false,
                rules: [TopicPlan.policy("delete"), TopicPlan.retention(retention.deadLettersMs)] + sized))
    }

    var names: [String] { topics.map(\.name) }

    func new(_ topic: Topic, partitions: Int, replication: Int) -> PlannedTopic {
        PlannedTopic(
            name: topic.name, partitions: partitions, replication: replication,
            properties: Dictionary(topic.rules.map { ($0.property, $0.value) }, uniquingKeysWith: { $1 }))
    }
}

extension TopicPlan {
    private static func policy(_ policy: String) -> TopicRule {
        TopicRule(
            property: "cleanup.policy", value: policy, accepted: .exactly(policy),
            why: policy == "compact" ? "the newest record of a key must never be deleted" : "old records must go")
    }

    private static func retention(_ milliseconds: Int64) -> TopicRule {
        TopicRule(
            property: "retention.ms", value: String(milliseconds),
            accepted: .integer(Milliseconds.day...SettingDuration.yearMs),
            why: "records that name subjects must not stay, and an outage must not outlast them")
    }

    private static func longRetention(_ milliseconds: Int64) -> TopicRule {
        TopicRule(
            property: "retention.ms", value: String(milliseconds),
            accepted: .integerOrUnlimited(90 * Milliseconds.day ... .max), why: "auditors ask late")
    }

    /// `bounded`: snapshots name subjects, so what is superseded must be gone some day, not only when there is much of
    /// it. Statuses do not.
    private static func compacted(bounded: Bool) -> [TopicRule] {
        let lag = TopicRule(
            property: "max.compaction.lag.ms", value: String(7 * Milliseconds.day),
            accepted: bounded ? .integer(1...30 * Milliseconds.day) : .anything,
            why: "snapshots name subjects until they are compacted away")
        return [
            policy("compact"), lag,
            // The segment that is written to is never compacted: a quiet topic would keep everything.
            TopicRule(
                property: "segment.ms", value: String(Milliseconds.day),
                accepted: bounded ? .integer(1...30 * Milliseconds.day) : .anything,
                why: "the segment that is being written is not compacted"),
            TopicRule(
                property: "min.cleanable.dirty.ratio", value: "0.1", accepted: .anything, why: "shorter restores"),
            TopicRule(
                property: "delete.retention.ms", value: String(Milliseconds.day),
                accepted: .integer(Milliseconds.hour ... .max),
                why: "a reader that was away must still see the tombstones"),
        ]
    }

    private static func inSync(replication: Int) -> TopicRule {
        let least: Int64 = replication >= 3 ? 2 : 1
        return TopicRule(
            property: "min.insync.replicas", value: String(least),
            accepted: .integer(least...max(1, Int64(replication) - 1)),
            why: "one broker less must lose nothing, and must not stop everything")
    }

    /// What a batch adds to its only record.
    static let framingBytes = 1_024
    /// Kafka's default.
    private static let usualBytes = 1_048_588

    private static func messageBytes(_ recordBytes: Int) -> TopicRule {
        let needed = recordBytes + framingBytes
        return TopicRule(
            property: "max.message.bytes", value: String(max(needed, usualBytes)),
            accepted: .integer(Int64(needed) ... .max), why: "the largest record that the limits allow must fit")
    }
}
