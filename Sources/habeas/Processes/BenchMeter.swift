import Coordinator
import Dispatch
import RecordLog
import Synchronization
import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One measured stretch.
struct BenchPhase {
    var seconds: Double
    var cpuSeconds: Double
    var commits: Int
    /// From the start of the lane to its answered assignment: joining the group and the restore.
    var readyMs: Int
    /// Of the process at its end; nil where the system does not say.
    var residentBytes: Int?
}

/// Watches a lane from its first assignment until it has worked off its records.
final class BenchMeter: LaneObserver {
    private struct State {
        var seen = 0
        var commits = 0
        var created = DispatchTime.now().uptimeNanoseconds
        var began: UInt64 = 0
        var beganCPU = 0.0
        var phase: BenchPhase?
        var waiting: CheckedContinuation<BenchPhase?, Never>?
        var hasEnded = false
    }

    private let records: Int
    private let state = Mutex(State())

    init(records: Int) { self.records = records }

    func assignmentAnswered(partitions: Int) {
        state.withLock { state in
            guard partitions > 0, state.began == 0 else { return }
            state.began = DispatchTime.now().uptimeNanoseconds
            state.beganCPU = BenchMeter.cpuSeconds
        }
        finishIfDone()
    }

    func turnEnded(_ report: TurnReport) {
        state.withLock { state in
            state.seen += report.records
            state.commits += 1
        }
        finishIfDone()
    }

    private func finishIfDone() {
        let finished = state.withLock { state -> (CheckedContinuation<BenchPhase?, Never>, BenchPhase)? in
            guard state.began > 0, state.seen >= records, state.phase == nil else { return nil }
            let phase = BenchPhase(
                seconds: Double(DispatchTime.now().uptimeNanoseconds - state.began) / 1e9,
                cpuSeconds: BenchMeter.cpuSeconds - state.beganCPU, commits: state.commits,
                readyMs: Int((state.began - state.created) / 1_000_000),
                residentBytes: ProcessMetrics.residentBytes())
            state.phase = phase
            defer { state.waiting = nil }
            return state.waiting.map { ($0, phase) }
        }
        if let (continuation, phase) = finished { continuation.resume(returning: phase) }
    }

    /// The figures; nil when `ended` comes first.
    func done(orAfter ended: @escaping @Sendable () async -> Void) async -> BenchPhase? {
        let watch = Task {
            await ended()
            let waiting = state.withLock { state in
                state.hasEnded = true
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: nil)
        }
        defer { watch.cancel() }
        return await withCheckedContinuation { continuation in
            let isDecided = state.withLock { state in
                if state.phase != nil || state.hasEnded { return true }
                state.waiting = continuation
                return false
            }
            if isDecided { continuation.resume(returning: state.withLock { $0.phase }) }
        }
    }

    /// User and system time of the whole process, librdkafka's threads included.
    static var cpuSeconds: Double {
        var usage = rusage()
        _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    func acknowledgementIgnored(code: String) {}
    func deadLettered(code: String) {}
    func redacted(count: Int) {}
    func forwarded() {}
    func timerFired(latenessMs: Int64) {}
    func timersDue(_ count: Int) {}
    func restoreProgressed(_ progress: RestoreProgress) {}
    func beganAnew() {}
    func heartbeat() {}
}
