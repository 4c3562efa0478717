internal import CRdKafka
internal import Synchronization

/// A queue as far as waking it goes, which librdkafka allows from any thread.
struct WakeableQueue: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// Makes the wait under way, or else the next one, return.
    func wake() { rd_kafka_queue_yield(pointer) }
}

/// Ends a wait on a queue from any thread, and outlives the queue.
final class QueueWaker: Sendable {
    private let queue: Mutex<WakeableQueue?>

    /// - Parameter queue: nil until one is attached.
    init(_ queue: OpaquePointer? = nil) {
        self.queue = Mutex(queue.map(WakeableQueue.init))
    }

    func attach(_ queue: OpaquePointer) {
        let wakeable = WakeableQueue(queue)
        self.queue.withLock { $0 = wakeable }
    }

    func wake() {
        queue.withLock { $0?.wake() }
    }

    /// Must be called before the queue is destroyed.
    func detach() {
        queue.withLock { $0 = nil }
    }
}
