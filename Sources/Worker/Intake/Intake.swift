import Dispatch
import Logging
import RecordLog
import Synchronization

/// Consumes one connector's topic on a thread of its own: hands records on while there is room, and commits what is
/// done.
///
/// The thread is the only one that touches the source. What it shares with the tasks is the ledger and the count, under
/// a lock.
final class Intake: Sendable {
    /// A record on its way to its acknowledgement.
    struct Work: Sendable {
        var record: TaskRecord
        fileprivate var ticket: OffsetLedger.Ticket
    }

    typealias MakeSource = @Sendable (_ connector: String) throws(LogFailure) -> any TaskSource

    private struct State {
        var ledger = OffsetLedger()
        var inFlight = 0
        var wake: (@Sendable () -> Void)?
    }

    private let connector: String
    private let settings: WorkerSettings
    private let inFlightMax: Int
    private let makeSource: MakeSource
    private let publisher: Publisher
    private let state = Mutex(State())
    /// Never signalled: it only lets the thread wait.
    private let nap = DispatchSemaphore(value: 0)
    private let works: AsyncStream<Work>
    private let hand: AsyncStream<Work>.Continuation

    private var ending: Ending { publisher.ending }

    init(connector: String, settings: WorkerSettings, publisher: Publisher, makeSource: @escaping MakeSource) {
        self.connector = connector
        self.settings = settings
        self.publisher = publisher
        self.makeSource = makeSource
        inFlightMax = settings.limits(of: connector).inFlightMax
        (works, hand) = AsyncStream.makeStream()
    }

    /// The records as they come; ends when no more are taken. At most `in_flight_max` are not `ended` at a time.
    var taken: AsyncStream<Work> { works }

    /// - Parameter isDone: whether its offset may be passed; otherwise it will come again.
    func ended(_ work: Work, isDone: Bool) {
        let (count, wake) = state.withLock { state in
            if isDone { state.ledger.finished(work.ticket) }
            state.inFlight -= 1
            tell(inFlight: state.inFlight)
            return (state.inFlight, state.wake)
        }
        // The thread waits for room, or for the last one.
        if count == inFlightMax - 1 || count == 0 { wake?() }
    }

    /// Blocks until the worker stops and what is in flight has ended, or the grace period has.
    func runThread() {
        defer { hand.finish() }
        let source: any TaskSource
        do throws(LogFailure) { source = try makeSource(connector) } catch {
            ending.fail(.consuming(connector: connector, error))
            return
        }
        state.withLock { $0.wake = source.wake }
        let calls = [Ending.Phase.stopping, .graceOver].map { ending.when($0, source.wake) }
        do throws(LogFailure) {
            try consume(source)
            hand.finish()
            try drain(source)
        } catch {
            publisher.logger.log(
                .critical, "consuming ended", [.connector: connector, .reason: error.reason])
            ending.fail(.consuming(connector: connector, error))
        }
        for id in calls { ending.forget(id) }
        state.withLock { $0.wake = nil }
        source.leave()
    }

    private func consume(_ source: any TaskSource) throws(LogFailure) {
        var commitMs = publisher.clock.monotonicMs()
        while ending.phase == .running {
            let room = state.withLock { max(0, inFlightMax - $0.inFlight) }
            try turn(source, maxRecords: room)
            let nowMs = publisher.clock.monotonicMs()
            guard nowMs - commitMs >= settings.commitIntervalMs else { continue }
            commitMs = nowMs
            try commit(source)
        }
    }

    /// Goes on polling, so that the group does not take the worker for dead while it waits for its last tasks.
    private func drain(_ source: any TaskSource) throws(LogFailure) {
        while ending.phase < .graceOver, state.withLock({ $0.inFlight }) > 0 {
            try turn(source, maxRecords: 0)
        }
        try commit(source)
    }

    private func turn(_ source: any TaskSource, maxRecords: Int) throws(LogFailure) {
        let poll: TaskPoll
        do throws(LogFailure) { poll = try source.poll(maxRecords: maxRecords, timeoutMs: settings.pollMs) } catch {
            try survive(error)
            // A failure that comes at once, again and again, must not become a busy loop.
            _ = nap.wait(timeout: .now() + .milliseconds(settings.pollMs))
            return
        }
        switch poll {
        case .nothing: return
        case .records(let records): records.forEach(take)
        case .assigned(let partitions):
            state.withLock { $0.ledger.assigned(partitions) }
            tell(partitions: partitions.count)
        case .revoked(let lost):
            // Tasks that are being worked on go on and are acknowledged; the partitions' next owner gets them too.
            if !lost { try commit(source) }
            state.withLock { $0.ledger.revoked() }
            tell(partitions: 0)
        }
    }

    private func take(_ record: TaskRecord) {
        let taken: OffsetLedger.Ticket? = state.withLock { state in
            guard let ticket = state.ledger.took(partition: record.partition, offset: record.offset) else { return nil }
            state.inFlight += 1
            tell(inFlight: state.inFlight)
            return ticket
        }
        guard let ticket = taken else { return }
        publisher.observer.observe(.taken(connector: connector))
        publisher.logger.log(
            .debug, "a task was taken",
            [.connector: connector, .partition: "\(record.partition)", .offset: "\(record.offset)"])
        hand.yield(Work(record: record, ticket: ticket))
    }

    private func commit(_ source: any TaskSource) throws(LogFailure) {
        let positions = state.withLock { $0.ledger.committable() }
        guard !positions.isEmpty else { return }
        do throws(LogFailure) { try source.commit(positions) } catch {
            try survive(error)
            return
        }
        state.withLock { $0.ledger.committed(positions) }
    }

    /// What is not committed is committed next time, or done again by somebody else: both are harmless.
    private func survive(_ failure: LogFailure) throws(LogFailure) {
        switch failure {
        case .fenced, .fatal: throw failure
        case .partitionsLost: state.withLock { $0.ledger.revoked() }
        case .retriable, .abortRequired, .outcomeUnknown: break
        }
        publisher.observer.observe(.sourceRetried(connector: connector))
        publisher.logger.log(
            .warning, "consuming is tried again", [.connector: connector, .reason: failure.reason])
    }

    /// Called under the lock: told later, the count of one thread could come behind a newer one of another, and stay.
    private func tell(inFlight: Int) {
        publisher.observer.observe(.inFlight(connector: connector, tasks: inFlight))
    }

    private func tell(partitions: Int) {
        publisher.observer.observe(.partitions(connector: connector, count: partitions))
        publisher.logger.log(
            .info, "the partitions changed", [.connector: connector, .partitions: "\(partitions)"])
    }
}
