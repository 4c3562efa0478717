import SagaKernel
import Synchronization

@testable import Worker

/// Time that stands still until a test moves it.
final class ManualClock: WorkerClock {
    private struct State {
        var elapsedMs: Int64 = 0
        var nextID = 0
        var sleepers: [Int: (dueMs: Int64, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    static let start = Timestamp(milliseconds: 1_793_000_000_000)

    private let state = Mutex(State())

    func now() -> Timestamp { Self.start.adding(milliseconds: monotonicMs()) }

    func monotonicMs() -> Int64 { state.withLock { $0.elapsedMs } }

    var sleepers: Int { state.withLock { $0.sleepers.count } }

    func sleep(forMs milliseconds: Int64) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard milliseconds > 0, !Task.isCancelled else { return true }
                    state.sleepers[id] = (state.elapsedMs + milliseconds, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    func advance(ms milliseconds: Int64) {
        let due = state.withLock { state in
            state.elapsedMs += milliseconds
            let due = state.sleepers.filter { $0.value.dueMs <= state.elapsedMs }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }
}
