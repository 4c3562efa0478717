public import Contract
public import Coordinator
import Dispatch
import Foundation
public import Kafka
import Logging
import RecordLog
public import SagaKernel
import Synchronization

/// A deployment for tests: a broker, topics under a prefix of its own, and as many coordinators as a test starts.
///
/// On a real Kafka where `HABEAS_TEST_BOOTSTRAP` names one, else on the embedded broker.
public final class LaneRig: Sendable {
    public let kafka: KafkaSettings
    public let topics: TopicNames
    public let partitions: Int
    public let plans: LanePlans
    public let producer: PlainProducer
    public let key: SubjectKey
    private let embedded: EmbeddedBroker?

    public static var realBootstrap: String? {
        ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"].flatMap { $0.isEmpty ? nil : $0 }
    }

    public init(
        partitions: Int = 2, plans: [HubPlan], guarantee: KafkaGuarantee, bootstrap: String? = nil
    ) async throws {
        self.partitions = partitions
        self.plans = LanePlans(plans: Dictionary(uniqueKeysWithValues: plans.map { ($0.host, $0) }))
        topics = TopicNames(prefix: "t\(UInt64.random(in: 0..<1_000_000_000_000)).")
        key = try SubjectKey(bytes: Array(repeating: 7, count: 32))
        let names =
            topics.coPartitioned + [topics.deadLetters]
            + self.plans.connectors.map { [topics] in topics.tasks(connector: $0) }
        if let bootstrap {
            embedded = nil
            var settings = KafkaSettings(bootstrapServers: bootstrap, guarantee: guarantee)
            settings.sessionTimeoutMs = 6_000
            kafka = settings
            try await LaneRig.create(names, partitions: partitions, settings)
        } else {
            let broker = try EmbeddedBroker(
                topics: Dictionary(uniqueKeysWithValues: names.map { ($0, partitions) }))
            embedded = broker
            kafka = broker.settings
        }
        producer = try PlainProducer(settings: kafka)
    }

    /// Starts a lane under a name of its own.
    public func startLane(
        instance: String, observer: any LaneObserver = SilentObserver(), change: (inout LaneSettings) -> Void = { _ in }
    ) -> LaneThread {
        var settings = LaneSettings(topics: topics)
        settings.watchesForeignWrites = kafka.guarantee == .atLeastOnce
        change(&settings)
        let parts = Lane.Parts(
            settings: settings, subjectKey: key, plans: plans, clock: TestClock(), directory: EmptyDirectory(),
            observer: observer, logger: Logger(label: "lane", factory: { _ in SwiftLogNoOpLogHandler() }),
            source: "/habeas/test", owner: "\(instance).\(UInt64.random(in: 0 ... .max))")
        let lane = LaneThread(index: 0)
        let kafka = kafka
        let topics = topics
        lane.start(parts: parts) { () throws(LogFailure) -> any LaneLog in
            try KafkaLaneLog(
                settings: kafka, group: topics.coordinatorGroup, instance: instance, lane: 0, inputs: topics.inputs)
        }
        return lane
    }

    public func close() {
        producer.close()
        embedded?.close()
    }
}

/// Real time.
public struct TestClock: LaneClock {
    public init() {}
    public func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
    public func monotonicMs() -> Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
}

/// Hears nothing.
public struct SilentObserver: LaneObserver {
    public init() {}
    public func turnEnded(_ report: TurnReport) {}
    public func acknowledgementIgnored(code: String) {}
    public func deadLettered(code: String) {}
    public func redacted(count: Int) {}
    public func forwarded() {}
    public func timerFired(latenessMs: Int64) {}
    public func timersDue(_ count: Int) {}
    public func restoreProgressed(_ progress: RestoreProgress) {}
    public func assignmentAnswered(partitions: Int) {}
    public func beganAnew() {}
    public func heartbeat() {}
}
