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

    func flush() { attempt { producer throws(LogFailure) in try producer.flush() } }

    func close() { current.withLock { $0?.close() } }

    private func attempt(_ body: (PlainProducer) throws(LogFailure) -> Void) {
        current.withLock { producer in
            do throws(LogFailure) {
                if producer == nil { producer = try PlainProducer(settings: settings) }
                guard let producer else { return }
                try body(producer)
            } catch {
                failures.add(1, ordering: .relaxed)
                if case .retriable = error { return }
                producer?.close()
                producer = nil
            }
        }
    }
}
