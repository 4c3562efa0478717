import Synchronization

/// How far a worker is with stopping. Phases only follow each other; whoever must know registers.
final class Ending: Sendable {
    enum Phase: Int, Comparable, Sendable {
        /// Tasks are taken and worked on.
        case running
        /// No task is begun any more; those that are being worked on go on.
        case stopping
        /// Nothing is waited for any more.
        case graceOver

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var phase = Phase.running
        var nextID = 0
        var calls: [Int: (phase: Phase, call: @Sendable () -> Void)] = [:]
        var failure: WorkerFailure?
    }

    private let state = Mutex(State())

    var phase: Phase { state.withLock { $0.phase } }

    /// Why the worker ends by itself; nil where it was told to.
    var failure: WorkerFailure? { state.withLock { $0.failure } }

    /// Ends everything at once; the first failure is the one that counts.
    func fail(_ failure: WorkerFailure) {
        state.withLock { $0.failure = $0.failure ?? failure }
        reach(.graceOver)
    }

    func reach(_ phase: Phase) {
        let due: [@Sendable () -> Void] = state.withLock { state in
            guard phase > state.phase else { return [] }
            state.phase = phase
            let reached = state.calls.filter { $0.value.phase <= phase }
            for id in reached.keys { state.calls[id] = nil }
            return reached.sorted { $0.key < $1.key }.map(\.value.call)
        }
        for call in due { call() }
    }

    /// Calls once when the phase is reached, at once if it was; not after `forget`.
    func when(_ phase: Phase, _ call: @escaping @Sendable () -> Void) -> Int? {
        let id: Int? = state.withLock { state in
            guard state.phase < phase else { return nil }
            state.nextID += 1
            state.calls[state.nextID] = (phase, call)
            return state.nextID
        }
        if id == nil { call() }
        return id
    }

    func forget(_ id: Int?) {
        guard let id else { return }
        state.withLock { $0.calls[id] = nil }
    }

    /// Waits; true when the time passed, false when the phase came first.
    func sleep(forMs milliseconds: Int64, until phase: Phase, clock: any WorkerClock) async -> Bool {
        guard milliseconds > 0 else { return self.phase < phase }
        let promise = Promise<Bool>()
        let timer = Task {
            await clock.sleep(forMs: milliseconds)
            promise.keep(true)
        }
        let id = when(phase) { promise.keep(false) }
        let passed = await promise.value
        forget(id)
        timer.cancel()
        return passed
    }
}
