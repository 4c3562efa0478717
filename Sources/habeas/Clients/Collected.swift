import Synchronization

/// Values that a callback on another thread hands over one by one.
final class Collected<Value: Sendable>: Sendable {
    private let stored = Mutex<[Value]>([])

    func append(_ value: Value) { stored.withLock { $0.append(value) } }

    var values: [Value] { stored.withLock { $0 } }
}
