import Foundation
import Kafka
import RecordLog
import Synchronization

/// A producer that outlives the broker: what could not be delivered is counted and left, and what comes next goes on.
///
/// The verifier goes by what the topics hold, so that nothing here has to be certain.
final class SteadyProducer: Sendable {
    private let settings: KafkaSettings
    private let current: Mutex<PlainProducer?>
    private let failures = Atomic(0)

    var undelivered: Int { failures.load(ordering: .relaxed) }

    init(settings: KafkaSettings) throws {
        self.settings = settings
        current = Mutex(try PlainProducer(settings: settings))
    }

    /// - Parameter partition: nil is by key.
    func send(topic: String, partition: Int32?, key: String, value: [UInt8], headers: [(String, String)] = []) {
        var block = HeaderBlock()
        for (name, text) in headers { block.append(name, text) }
        attempt { producer throws(LogFailure) in
            try producer.enqueue(topic: topic, partition: partition, key: Array(key.utf8), value: value, headers: block)
        }
    }

    /// Waits a while for what is on its way.
    func flush() { attempt { producer throws(LogFailure) in try producer.flush(timeoutMs: 10_000) } }

    func close() { current.withLock { $0?.close() } }

    private func attempt(_ body: (PlainProducer) throws(LogFailure) -> Void) {
        var used: PlainProducer?
        do throws(LogFailure) {
            let producer = try producer()
            used = producer
            try body(producer)
        } catch {
            failures.add(1, ordering: .relaxed)
            if case .retriable = error { return }
            // Worn out. It closes itself when the last call on it has come back.
            current.withLock { if $0 === used { $0 = nil } }
        }
    }

    private func producer() throws(LogFailure) -> PlainProducer {
        let result: Result<PlainProducer, LogFailure> = current.withLock { producer in
            do throws(LogFailure) {
                let known = if let producer { producer } else { try PlainProducer(settings: settings) }
                producer = known
                return .success(known)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
