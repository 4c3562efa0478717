import Dispatch
public import Kafka
public import RecordLog

/// One connector's task topic, consumed with librdkafka in the group `<prefix>worker.<connector>`.
public final class KafkaTaskSource: TaskSource {
    /// How often a worker without room shows the group that it lives. Each time brings at most one record, which is
    /// kept here until there is room.
    private static let idlePollMs: Int64 = 1_000

    private let consumer: GroupConsumer
    private let nap: Nap
    private var kept: [TaskRecord] = []
    private var polledAt = ContinuousClock.now

    public init(
        settings: KafkaSettings, topicPrefix: String, connector: String, log: @escaping KafkaLog = { _ in }
    ) throws(LogFailure) {
        consumer = try GroupConsumer(
            settings: settings, group: "\(topicPrefix)worker.\(connector)",
            topics: ["\(topicPrefix)tasks.\(connector)"], log: log)
        nap = Nap(wakeConsumer: consumer.wake)
    }

    public func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> TaskPoll {
        if maxRecords > 0, !kept.isEmpty {
            let records = Array(kept.prefix(maxRecords))
            kept.removeFirst(records.count)
            return .records(records)
        }
        guard maxRecords > 0 || isPollDue else {
            nap.wait(ms: timeoutMs)
            return .nothing
        }
        polledAt = .now
        switch try consumer.poll(maxRecords: max(1, maxRecords), timeoutMs: timeoutMs) {
        case .nothing: return .nothing
        case .records(let views):
            let records = views.map { TaskRecord($0) }
            guard maxRecords == 0 else { return .records(records) }
            kept += records
            return .nothing
        case .assigned(let partitions):
            kept = []
            return .assigned(partitions.map(\.partition))
        case .revoked(_, let lost):
            // The next owner reads them again: they are behind every position that can be committed.
            kept = []
            return .revoked(lost: lost)
        }
    }

    private var isPollDue: Bool { polledAt.duration(to: .now) >= .milliseconds(Self.idlePollMs) }

    public func commit(_ positions: [TaskPosition]) throws(LogFailure) {
        try consumer.commit(
            positions.map { InputPosition(topic: 0, partition: $0.partition, offset: $0.offset) })
    }

    public var wake: @Sendable () -> Void { { [nap] in nap.wake() } }

    public func leave() {
        consumer.close()
    }
}

/// Waits without the consumer, and is woken like it.
private final class Nap: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let wakeConsumer: @Sendable () -> Void

    init(wakeConsumer: @escaping @Sendable () -> Void) {
        self.wakeConsumer = wakeConsumer
    }

    func wait(ms: Int) {
        _ = semaphore.wait(timeout: .now() + .milliseconds(ms))
        // Wakes from the time when nobody was napping have had their effect with this return.
        while semaphore.wait(timeout: .now()) == .success {}
    }

    func wake() {
        semaphore.signal()
        wakeConsumer()
    }
}
