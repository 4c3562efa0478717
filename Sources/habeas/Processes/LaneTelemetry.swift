import Coordinator
import Dispatch
import Synchronization
import Telemetry

/// Turns what a lane tells into metrics, and remembers when it last told anything.
final class LaneTelemetry: LaneObserver {
    private let lane: LaneMetrics
    private let coordinator: CoordinatorMetrics
    private let clockNs: @Sendable () -> UInt64
    private let lastHeartbeatNs: Atomic<UInt64>
    private let restoredRecords = Atomic<Int>(0)
    private let answersAssignment = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)

    /// - Parameter clockNs: a clock that does not run backwards, in nanoseconds.
    init(
        index: Int, metrics: CoordinatorMetrics,
        clockNs: @escaping @Sendable () -> UInt64 = { DispatchTime.now().uptimeNanoseconds }
    ) {
        lane = metrics.lane(index)
        coordinator = metrics
        self.clockNs = clockNs
        lastHeartbeatNs = Atomic(clockNs())
    }

    /// How long ago the lane last looked at its log, in milliseconds.
    var silenceMs: Int64 {
        let last = lastHeartbeatNs.load(ordering: .relaxed)
        let now = clockNs()
        // The lane's thread may have looked at another core's clock, a moment ahead of this one.
        return now > last ? Int64((now - last) / 1_000_000) : 0
    }

    /// True once the first assignment, an empty one too, was answered.
    var isReady: Bool { answersAssignment.load(ordering: .relaxed) }

    /// True once the lane's thread has ended: its silence is no sign of anything any more.
    var hasEnded: Bool { ended.load(ordering: .relaxed) }

    func end() { ended.store(true, ordering: .relaxed) }

    func heartbeat() {
        lastHeartbeatNs.store(clockNs(), ordering: .relaxed)
    }

    func assignmentAnswered(partitions: Int) {
        answersAssignment.store(true, ordering: .relaxed)
        lane.restorePartitionsRemaining.set(0)
    }

    func turnEnded(_ report: TurnReport) {
        lane.turnDuration.observe(Double(report.durationMs) / 1_000)
        lane.commitDuration.observe(Double(report.commitMs) / 1_000)
        lane.turnRecords.observe(Double(report.records))
        if report.aborted > 0 { lane.turnsRewritten.add(report.aborted) }
    }

    func beganAnew() { lane.begunAnew.add() }

    func timersDue(_ count: Int) { lane.timersDue.set(Double(count)) }
    func acknowledgementIgnored(code: String) { coordinator.acksIgnored.with(code).add() }
    func deadLettered(code: String) { coordinator.deadLetters.with(code).add() }
    func redacted(count: Int) { lane.redactions.add(count) }
    func forwarded() { lane.forwarded.add() }
    func timerFired(latenessMs: Int64) { lane.timerLateness.observe(Double(max(0, latenessMs)) / 1_000) }

    func restoreProgressed(_ progress: RestoreProgress) {
        let before = restoredRecords.exchange(progress.records, ordering: .relaxed)
        lane.restoreRecords.add(progress.records >= before ? progress.records - before : progress.records)
        lane.restorePartitionsRemaining.set(progress.remaining > 0 ? Double(progress.partitions) : 0)
        lane.restoredSagas.set(Double(progress.sagas))
    }
}
