import Coordinator
import Dispatch
import Synchronization
import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One measured stretch.
struct BenchPhase: Hashable, Sendable {
    /// Worked off while it was measured.
    var records: Int
    var seconds: Double
    var cpuSeconds: Double
    var commits: Int
    /// From the start of the lanes to their answered assignments: joining the group and the restore.
    var readyMs: Int
    /// Of the last restore, and of the slowest lane: reading the topic, keeping what it says, and putting it in order.
    var restoreMs: Int
    /// Whether no lane had other partitions before those that it has now: one that had all of them has used the memory
    /// for all of them.
    var isFirstShare: Bool
    /// Of the process at its end; nil where the system does not say.
    var residentBytes: Int?

    /// What all of so many records would have taken: of several lanes the last may have come when others had begun, and
    /// what was worked off before is not counted. nil where hardly anything was.
    func whole(of total: Int) -> (seconds: Double, cpuSeconds: Double)? {
        let share = Double(records) / Double(total)
        return share > Self.leastShare ? (seconds / share, cpuSeconds / share) : nil
    }

    /// The part of the work that must have been done by all lanes together, for a figure to mean something.
    private static let leastShare = 0.2
}

/// Watches lanes from the moment at which all have partitions until they have worked off their records.
final class BenchMeter: Sendable {
    private struct State {
        /// Of each lane, like the two that follow.
        var partitions: [Int]
        var assignments: [Int]
        var restoreMs: [Int]
        var seen = 0
        var seenBefore = 0
        var commits = 0
        var beganNs: UInt64 = 0
        var beganCPU = 0.0
        var phase: BenchPhase?
        var hasEnded = false
    }

    private let records: Int
    private let partitions: Int
    private let createdNs = DispatchTime.now().uptimeNanoseconds
    private let state: Mutex<State>

    /// - Parameter records: after so many it is over.
    init(records: Int, partitions: Int, lanes: Int = 1) {
        self.records = records
        self.partitions = partitions
        let zeros = Array(repeating: 0, count: lanes)
        state = Mutex(State(partitions: zeros, assignments: zeros, restoreMs: zeros))
    }

    /// What one of the lanes tells.
    func observer(lane: Int) -> any LaneObserver { Eye(meter: self, lane: lane) }

    /// All partitions are held, by all lanes.
    var hasBegun: Bool { state.withLock { $0.beganNs > 0 } }

    /// The lanes are not heard of any more.
    func end() { state.withLock { $0.hasEnded = true } }

    /// The figures; nil while there are none.
    var phase: BenchPhase? { state.withLock { $0.phase } }

    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    private func assigned(_ count: Int, to lane: Int) {
        state.withLock { state in
            state.partitions[lane] = count
            if count > 0 { state.assignments[lane] += 1 }
            guard state.beganNs == 0, !state.partitions.contains(0), state.partitions.reduce(0, +) == partitions
            else { return }
            state.beganNs = DispatchTime.now().uptimeNanoseconds
            state.beganCPU = BenchMeter.cpuSeconds
            state.seenBefore = state.seen
            finish(&state)
        }
    }

    private func worked(_ report: TurnReport) {
        state.withLock { state in
            state.seen += report.records
            state.commits += 1
            finish(&state)
        }
    }

    private func finish(_ state: inout State) {
        guard state.beganNs > 0, state.seen >= records, state.phase == nil else { return }
        state.phase = BenchPhase(
            records: state.seen - state.seenBefore,
            seconds: Double(DispatchTime.now().uptimeNanoseconds - state.beganNs) / 1e9,
            cpuSeconds: BenchMeter.cpuSeconds - state.beganCPU, commits: state.commits,
            readyMs: Int((state.beganNs - createdNs) / 1_000_000), restoreMs: state.restoreMs.max() ?? 0,
            isFirstShare: state.assignments.allSatisfy { $0 == 1 }, residentBytes: ProcessMetrics.residentBytes())
    }

    /// User and system time of the whole process, librdkafka's threads included.
    static var cpuSeconds: Double {
        var usage = rusage()
        _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private struct Eye: LaneObserver {
        let meter: BenchMeter
        let lane: Int

        func assignmentAnswered(partitions: Int) { meter.assigned(partitions, to: lane) }
        func turnEnded(_ report: TurnReport) { meter.worked(report) }
        func restoreProgressed(_ progress: RestoreProgress) {
            meter.state.withLock { $0.restoreMs[lane] = Int(progress.elapsedMs) }
        }
        func acknowledgementIgnored(code: String) {}
        func deadLettered(code: String) {}
        func redacted(count: Int) {}
        func forwarded() {}
        func timerFired(latenessMs: Int64) {}
        func timersDue(_ count: Int) {}
        func beganAnew() {}
        func heartbeat() {}
    }
}
