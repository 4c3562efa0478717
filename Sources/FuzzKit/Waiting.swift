import Dispatch
import Synchronization

/// Waits on this thread, which is none of Swift's own, for what only an asynchronous function tells.
enum Waiting {
    static func on<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
        let box = Mutex<Value?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task {
            let value = await body()
            box.withLock { $0 = value }
            done.signal()
        }
        while true {
            done.wait()
            if let value = box.withLock({ $0 }) { return value }
        }
    }
}
