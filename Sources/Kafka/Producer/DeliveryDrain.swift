internal import CRdKafka
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Takes a producer's events on a thread of its own: delivery reports, and errors of its connections.
///
/// For producers that any thread may use: whoever waits in a flush for its records waits for their reports to be taken.
/// A lane takes its own, see `LaneProducer`.
final class DeliveryDrain: Sendable {
    private let stopping = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private let waker: QueueWaker

    /// - Parameter delivered: called for each report that has an opaque pointer.
    init(
        client: ClientHandle,
        delivered: @escaping @Sendable (UnsafeMutableRawPointer, Result<(Int32, Int64), DeliveryError>) -> Void
    ) {
        // Non-nil for every client.
        nonisolated(unsafe) let queue = rd_kafka_queue_get_main(client.pointer)!
        waker = QueueWaker(queue)
        let thread = Thread { [self] in
            while !stopping.withLock({ $0 }) {
                guard let event = rd_kafka_queue_poll(queue, 1000) else { continue }
                take(event, client.context, delivered)
                rd_kafka_event_destroy(event)
            }
            waker.detach()
            rd_kafka_queue_destroy(queue)
            ended.signal()
        }
        thread.name = "habeas.delivery"
        thread.start()
    }

    private func take(
        _ event: OpaquePointer, _ context: ClientContext,
        _ delivered: (UnsafeMutableRawPointer, Result<(Int32, Int64), DeliveryError>) -> Void
    ) {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR:
            while let message = rd_kafka_event_message_next(event) {
                let code = message.pointee.err
                let opaque = message.pointee._private
                if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                    let error = ClientError(code: code)
                    if opaque == nil { context.undelivered.record(error) }
                    if let opaque { delivered(opaque, .failure(DeliveryError(error))) }
                } else if let opaque {
                    delivered(opaque, .success((message.pointee.partition, message.pointee.offset)))
                }
            }
        case RD_KAFKA_EVENT_ERROR:
            let code = rd_kafka_event_error(event)
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) }
            context.record(ClientError(code: code, text: text))
        default:
            // No other kind was asked for.
            break
        }
    }

    /// Ends the thread; must happen before the client is destroyed.
    func stop() {
        stopping.withLock { $0 = true }
        waker.wake()
        ended.wait()
    }
}

/// Carries a client's error where an `Error` is asked for.
struct DeliveryError: Error, Sendable {
    var error: ClientError

    init(_ error: ClientError) { self.error = error }
}
