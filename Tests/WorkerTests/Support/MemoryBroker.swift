import Dispatch
import RecordLog
import Synchronization

@testable import Worker

/// A task topic and what is published, in memory, with everything that a broker can do to a worker.
final class MemoryBroker: Sendable {
    struct State {
        var partitions: [Int32: [TaskRecord]] = [:]
        var committed: [Int32: Int64] = [:]
        var published: [OutgoingRecord] = []
        /// Answers for the next publications, before any is taken.
        var publishFailures: [LogFailure] = []
        /// Topics that can never be written.
        var deadTopics: Set<String> = []
        /// Topics that cannot be written now, and how often that was tried.
        var stubbornTopics: Set<String> = []
        var refused = 0
        var commitFailures: [LogFailure] = []
        var pollFailures: [LogFailure] = []
        /// While true, publications wait.
        var holdsPublications = false
        var commits: [[TaskPosition]] = []
        var left = 0
        var largestRequest = 0
    }

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

    func append(_ value: String, partition: Int32 = 0, headers: HeaderBlock = HeaderBlock()) {
        state.withLock { state in
            let offset = Int64(state.partitions[partition, default: []].count)
            state.partitions[partition, default: []].append(
                TaskRecord(
                    partition: partition, offset: offset, key: Array("key".utf8), value: Array(value.utf8),
                    headers: headers))
        }
    }

    /// What is published to a topic, as text.
    func published(to topic: String) -> [String] {
        now.published.filter { $0.topic == topic }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    var acknowledgements: [String] { published(to: "habeas.acks") }
}

extension MemoryBroker: RecordSink {
    func publish(_ record: OutgoingRecord) async throws(LogFailure) {
        while now.holdsPublications { await Task.yield() }
        let failure: LogFailure? = state.withLock { state in
            if !state.publishFailures.isEmpty { return state.publishFailures.removeFirst() }
            if state.deadTopics.contains(record.topic) { return .fatal(reason: "no such topic") }
            if state.stubbornTopics.contains(record.topic) {
                state.refused += 1
                return .retriable(reason: "not now")
            }
            state.published.append(record)
            return nil
        }
        if let failure { throw failure }
    }
}

/// One member of the group, which has all partitions until a test takes them away.
final class MemorySource: TaskSource {
    private let broker: MemoryBroker
    private let events: EventQueue
    private var positions: [Int32: Int64] = [:]

    /// What the group says, from any thread.
    final class EventQueue: Sendable {
        private let events = Mutex<[TaskPoll]>([])
        let semaphore = DispatchSemaphore(value: 0)

        func push(_ event: TaskPoll) {
            events.withLock { $0.append(event) }
            semaphore.signal()
        }

        func next() -> TaskPoll? {
            events.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    init(_ broker: MemoryBroker, events: EventQueue) {
        self.broker = broker
        self.events = events
    }

    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> TaskPoll {
        var failure: LogFailure?
        broker.change { state in
            if !state.pollFailures.isEmpty { failure = state.pollFailures.removeFirst() }
        }
        if let failure { throw failure }
        if let event = events.next() {
            switch event {
            case .assigned(let partitions):
                let committed = broker.now.committed
                positions = [:]
                for partition in partitions { positions[partition] = committed[partition] ?? 0 }
            case .revoked: positions = [:]
            case .nothing, .records: break
            }
            return event
        }
        let records = take(maxRecords)
        guard records.isEmpty else { return .records(records) }
        // Short, because appended records do not wake it.
        _ = events.semaphore.wait(timeout: .now() + .milliseconds(min(timeoutMs, 2)))
        return .nothing
    }

    private func take(_ maxRecords: Int) -> [TaskRecord] {
        let state = broker.now
        var records: [TaskRecord] = []
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            let rest = (state.partitions[partition] ?? []).dropFirst(Int(position)).prefix(maxRecords - records.count)
            records += rest
            positions[partition] = position + Int64(rest.count)
        }
        let count = records.count
        broker.change { $0.largestRequest = max($0.largestRequest, count) }
        return records
    }

    func commit(_ positions: [TaskPosition]) throws(LogFailure) {
        var failure: LogFailure?
        broker.change { state in
            if !state.commitFailures.isEmpty {
                failure = state.commitFailures.removeFirst()
                return
            }
            state.commits.append(positions)
            for position in positions { state.committed[position.partition] = position.offset }
        }
        if let failure { throw failure }
    }

    var wake: @Sendable () -> Void { { [events] in _ = events.semaphore.signal() } }

    func leave() { broker.change { $0.left += 1 } }
}
