import Dispatch
public import Kafka
public import RecordLog
import Synchronization

/// A producer, as far as a sink that replaces it needs one.
protocol ReplaceableProducer: Sendable {
    func publish(_ record: OutgoingRecord) async throws(LogFailure)
    /// May block.
    func close()
}

extension PlainProducer: ReplaceableProducer {
    func publish(_ record: OutgoingRecord) async throws(LogFailure) {
        _ = try await send(
            topic: record.topic, partition: record.partition, key: record.key, value: record.value,
            headers: record.headers)
    }
}

/// Publishes with a producer of its own, and with a new one when that cannot go on.
///
/// An idempotent producer that lost count of what it wrote refuses everything from then on. Trying again with it would
/// go on for ever, while the worker looks healthy and acknowledges nothing.
public final class KafkaRecordSink: RecordSink {
    typealias Make = @Sendable () throws(LogFailure) -> any ReplaceableProducer

    private struct State {
        var producer: (any ReplaceableProducer)?
        /// Rises with every new producer.
        var number = 0
    }

    private let make: Make
    private let state: Mutex<State>

    /// - Throws: when no producer can be made.
    public convenience init(settings: KafkaSettings, log: @escaping KafkaLog = { _ in }) throws(LogFailure) {
        try self.init { () throws(LogFailure) in try PlainProducer(settings: settings, log: log) }
    }

    init(make: @escaping Make) throws(LogFailure) {
        self.make = make
        state = Mutex(State(producer: try make()))
    }

    public func publish(_ record: OutgoingRecord) async throws(LogFailure) {
        let (producer, number) = state.withLock { ($0.producer, $0.number) }
        guard let producer else { throw .fatal(reason: "publish: the producer is closed") }
        do throws(LogFailure) { try await producer.publish(record) } catch {
            switch error {
            case .outcomeUnknown(let reason):
                try replace(number)
                throw .retriable(reason: reason)
            case .fatal(let reason):
                // Said by a producer that was closed while it was used: the new one may well take the record.
                guard state.withLock({ $0.number > number }) else { throw error }
                throw .retriable(reason: reason)
            case .retriable, .abortRequired, .fenced, .partitionsLost: throw error
            }
        }
    }

    /// - Throws: when no producer can be made any more; the old one stays.
    private func replace(_ number: Int) throws(LogFailure) {
        guard state.withLock({ $0.number == number && $0.producer != nil }) else { return }
        let new = try make()
        let superfluous: any ReplaceableProducer = state.withLock { state in
            // Somebody else was faster, or the sink is closed.
            guard state.number == number, let old = state.producer else { return new }
            state.producer = new
            state.number += 1
            return old
        }
        // Closing waits for what is on its way, which must not hold up a thread that runs asynchronous code.
        DispatchQueue.global().async { superfluous.close() }
    }

    /// Waits for what is on its way. Nothing can be published after it.
    public func close() {
        let producer = state.withLock { state in
            defer { state.producer = nil }
            return state.producer
        }
        producer?.close()
    }
}
