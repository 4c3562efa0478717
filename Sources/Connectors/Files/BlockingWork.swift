import Dispatch
import Synchronization

/// Runs work that blocks on a thread of its own, away from the few that run all asynchronous code.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "habeas.files", attributes: .concurrent)

    /// - Parameter work: is told by its argument whether the calling task was cancelled, and returns soon after.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) -> Value
    ) async -> Value {
        let flag = CancellationFlag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: work { flag.isSet }) }
            }
        } onCancel: {
            flag.set()
        }
    }
}

private final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
