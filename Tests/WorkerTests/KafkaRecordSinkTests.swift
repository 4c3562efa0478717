import RecordLog
import Synchronization
import Testing

@testable import Worker

@Suite struct KafkaRecordSinkTests {
    /// Takes so many records, and then none any more.
    private final class MortalProducer: ReplaceableProducer {
        private let state: Mutex<(left: Int, closed: Bool)>

        init(life: Int) {
            state = Mutex((life, false))
        }

        var isClosed: Bool { state.withLock { $0.closed } }

        func publish(_ record: OutgoingRecord) async throws(LogFailure) {
            let failure: LogFailure? = state.withLock { state in
                if state.closed { return .fatal(reason: "closed") }
                state.left -= 1
                return state.left < 0 ? .outcomeUnknown(reason: "lost count") : nil
            }
            if let failure { throw failure }
        }

        func close() { state.withLock { $0.closed = true } }
    }

    private let record = OutgoingRecord(topic: "t", partition: 0, key: nil, value: nil, headers: HeaderBlock())

    @Test func `a producer that cannot go on is replaced, and the record can be tried again`() async throws {
        let made = Mutex<[MortalProducer]>([])
        let sink = try KafkaRecordSink { () throws(LogFailure) in
            let producer = MortalProducer(life: 1)
            made.withLock { $0.append(producer) }
            return producer
        }
        for _ in 0..<3 {
            try await sink.publish(record)
            await #expect(throws: LogFailure.retriable(reason: "lost count")) { try await sink.publish(record) }
        }
        let producers = made.withLock { $0 }
        #expect(producers.count == 4)
        try await eventually { producers.dropLast().allSatisfy(\.isClosed) }
        #expect(producers.last?.isClosed == false)
        sink.close()
        #expect(producers.last?.isClosed == true)
        await #expect(throws: LogFailure.self) { try await sink.publish(record) }
    }

    @Test func `where no other producer can be made the failure is the last one`() async throws {
        let isFirst = Mutex(true)
        let sink = try KafkaRecordSink { () throws(LogFailure) in
            let may = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            guard may else { throw .fatal(reason: "no rights") }
            return MortalProducer(life: 0)
        }
        await #expect(throws: LogFailure.fatal(reason: "no rights")) { try await sink.publish(record) }
    }
}
