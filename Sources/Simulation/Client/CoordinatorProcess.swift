import Coordinator

/// One process of a coordinator, as far as others can do something to it.
final class CoordinatorProcess: @unchecked Sendable {
    /// Tells it from its predecessors and successors with the same instance name.
    let name: String
    let instance: String
    let mailbox = LaneMailbox()
    let clock: SimulatedClock
    var fiber: Fiber?
    /// It ends at its next call, and nothing that it still says is heard.
    private(set) var hasCrashed = false
    /// It stands still until then: stopped, swapped out, its machine suspended.
    private(set) var pausedUntilMs: Int64 = 0
    /// Whether its packets arrive.
    private(set) var isConnected = true
    private(set) var hasEnded = false
    private let scheduler: Scheduler

    init(name: String, instance: String, scheduler: Scheduler) {
        self.name = name
        self.instance = instance
        self.scheduler = scheduler
        clock = SimulatedClock(scheduler)
    }

    var isPaused: Bool { pausedUntilMs > scheduler.nowMs }
    var isBeating: Bool { !hasCrashed && !hasEnded && !isPaused && isConnected }

    func crash() {
        hasCrashed = true
        pausedUntilMs = 0
        if let fiber, !hasEnded { scheduler.wake(fiber) }
    }

    func pause(forMs durationMs: Int64) { pausedUntilMs = max(pausedUntilMs, scheduler.nowMs + durationMs) }

    func resume() {
        pausedUntilMs = 0
        if let fiber, !hasEnded { scheduler.wake(fiber) }
    }

    func connect(_ isConnected: Bool) {
        self.isConnected = isConnected
        if isConnected, let fiber, !hasEnded { scheduler.wake(fiber) }
    }

    func end() { hasEnded = true }
}
