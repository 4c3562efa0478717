import Coordinator
import SagaKernel

/// One machine's clocks: the monotonic one is right, the wall clock is off by whatever somebody did to it.
final class SimulatedClock: LaneClock, @unchecked Sendable {
    /// 2026-11-02T15:00:00Z.
    static let beginning = Timestamp(milliseconds: 1_793_631_600_000)

    private let scheduler: Scheduler
    var offsetMs: Int64 = 0

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func now() -> Timestamp { SimulatedClock.beginning.adding(milliseconds: scheduler.nowMs + offsetMs) }
    func monotonicMs() -> Int64 { scheduler.nowMs }
}
