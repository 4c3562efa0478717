import Synchronization

/// Lets so many through at a time for each key, in the order in which they came.
final class Gate: Sendable {
    enum Admission: Hashable, Sendable {
        /// `leave` must follow.
        case admitted
        /// Too many are waiting already.
        case full
        /// Waited too long.
        case late
        /// The worker stops.
        case stopped
    }

    private struct Waiter {
        var id: Int
        var promise: Promise<Admission>
    }

    private struct Entry {
        var inside = 0
        var waiting: [Waiter] = []
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var nextID = 0
        var isStopped = false
    }

    private enum Decision {
        case now(Admission)
        case wait(Int, Promise<Admission>)
    }

    private let width: Int
    private let queueMax: Int
    private let clock: any WorkerClock
    private let state = Mutex(State())

    /// - Parameters:
    ///   - width: how many may be inside for one key.
    ///   - queueMax: how many may wait for one key.
    init(width: Int, queueMax: Int, clock: any WorkerClock) {
        self.width = width
        self.queueMax = queueMax
        self.clock = clock
    }

    /// - Parameter waitMaxMs: nil waits as long as it takes.
    func enter(_ key: String, waitMaxMs: Int64?) async -> Admission {
        switch decide(key) {
        case .now(let admission): return admission
        case .wait(let id, let promise):
            let timer = waitMaxMs.map { waitMaxMs in
                Task {
                    await clock.sleep(forMs: waitMaxMs)
                    // Cancelled when the wait is over already.
                    if !Task.isCancelled { giveUp(key, id) }
                }
            }
            let admission = await promise.value
            timer?.cancel()
            return admission
        }
    }

    private func decide(_ key: String) -> Decision {
        state.withLock { state in
            guard !state.isStopped else { return .now(.stopped) }
            var entry = state.entries[key] ?? Entry()
            if entry.inside < width {
                entry.inside += 1
                state.entries[key] = entry
                return .now(.admitted)
            }
            guard entry.waiting.count < queueMax else { return .now(.full) }
            state.nextID += 1
            let waiter = Waiter(id: state.nextID, promise: Promise())
            entry.waiting.append(waiter)
            state.entries[key] = entry
            return .wait(waiter.id, waiter.promise)
        }
    }

    func leave(_ key: String) {
        let next: Promise<Admission>? = state.withLock { state in
            guard var entry = state.entries[key] else { return nil }
            // The place goes to the first who waits, so nobody who comes now can overtake.
            let next = entry.waiting.isEmpty ? nil : entry.waiting.removeFirst()
            if next == nil { entry.inside -= 1 }
            state.entries[key] = entry.inside == 0 && entry.waiting.isEmpty ? nil : entry
            return next?.promise
        }
        next?.keep(.admitted)
    }

    private func giveUp(_ key: String, _ id: Int) {
        let promise: Promise<Admission>? = state.withLock { state in
            guard let index = state.entries[key]?.waiting.firstIndex(where: { $0.id == id }) else { return nil }
            return state.entries[key]?.waiting.remove(at: index).promise
        }
        promise?.keep(.late)
    }

    /// Sends everybody away who waits or comes; those inside leave as usual.
    func stop() {
        let waiting: [Waiter] = state.withLock { state in
            state.isStopped = true
            let waiting = state.entries.values.flatMap(\.waiting)
            for key in state.entries.keys { state.entries[key]?.waiting = [] }
            return waiting
        }
        for waiter in waiting { waiter.promise.keep(.stopped) }
    }
}
