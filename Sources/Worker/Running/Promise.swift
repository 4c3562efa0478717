import Synchronization

/// A value that somebody will bring, once, for any number of waiters.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        /// Becomes `kept` on the first `keep`, and never changes again.
        case open([CheckedContinuation<Value, Never>])
        case kept(Value)
    }

    private let state = Mutex(State.open([]))

    /// The first value counts; true if this was it.
    @discardableResult
    func keep(_ value: Value) -> Bool {
        let waiters: [CheckedContinuation<Value, Never>]? = state.withLock { state in
            guard case .open(let waiters) = state else { return nil }
            state = .kept(value)
            return waiters
        }
        // Resumed outside the lock: a waiter may run at once and come back here.
        waiters?.forEach { $0.resume(returning: value) }
        return waiters != nil
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let kept: Value? = state.withLock { state in
                    switch state {
                    case .kept(let value): return value
                    case .open(let waiters):
                        state = .open(waiters + [continuation])
                        return nil
                    }
                }
                if let kept { continuation.resume(returning: kept) }
            }
        }
    }
}
