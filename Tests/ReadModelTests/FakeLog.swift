import Foundation
import ReadModel
import RecordLog
import SagaKernel
import Synchronization
import Testing

/// A topic in memory, with everything that can go wrong with a reader.
final class FakeLog: Sendable {
    struct State {
        var partitions: [Int32: [LogRecord]] = [:]
        /// Thrown by the next polls, one each.
        var pollFailures: [LogFailure] = []
        /// Thrown by the next openings, one each.
        var openFailures: [LogFailure] = []
        /// Behind the last record: a control marker, or a transaction that is still open.
        var hiddenBehindEnd: Int64 = 0
        var opens = 0
        var openReaders = 0
        /// Where the readers were told to begin.
        var startedAt: [[Int32: Int64]] = []
        /// Whether readers begin where they are told, or always at the beginning.
        var seeks = true
    }

    private let state = Mutex(State())

    init(partitions: Int32 = 2) {
        state.withLock { state in
            for partition in 0..<partitions { state.partitions[partition] = [] }
        }
    }

    func change<Value>(_ body: (inout sending State) -> sending Value) -> sending Value {
        state.withLock { body(&$0) }
    }

    var opens: Int { state.withLock { $0.opens } }
    var openReaders: Int { state.withLock { $0.openReaders } }

    func append(_ sample: Sample, partition: Int32 = 0) {
        append(key: sample.id.description, value: sample.json, partition: partition)
    }

    func append(key: String, value: [UInt8]?, partition: Int32 = 0) {
        state.withLock { state in
            let offset = Int64(state.partitions[partition]?.count ?? 0)
            state.partitions[partition]?.append(
                LogRecord(
                    partition: partition, offset: offset, timestampMs: 1_790_000_000_000 + offset,
                    key: Array(key.utf8), value: value))
        }
    }

    var opener: ReadModelFeeder.OpenReader {
        { [self] (positions: [Int32: Int64]) throws(LogFailure) -> ReadModelFeeder.OpenedReader in
            let failure = state.withLock { state -> LogFailure? in
                state.opens += 1
                state.startedAt.append(positions)
                return state.openFailures.isEmpty ? nil : state.openFailures.removeFirst()
            }
            if let failure { throw failure }
            let (partitions, seeks) = state.withLock { state in
                state.openReaders += 1
                return (state.partitions.keys.sorted(), state.seeks)
            }
            let reader = FakeReader(self, partitions, seeks ? positions : [:])
            return ReadModelFeeder.OpenedReader(partitions: partitions, reader: reader)
        }
    }
}

final class FakeReader: LogReader {
    private let log: FakeLog
    private let partitions: [Int32]
    private var next: [Int32: Int64]
    /// What the last poll lent out. Overwritten before it is freed, so that a copy made too late is noticed.
    private var lent: [UnsafeMutableRawBufferPointer] = []
    private var views: UnsafeMutableBufferPointer<RecordView>?

    init(_ log: FakeLog, _ partitions: [Int32], _ positions: [Int32: Int64]) {
        self.log = log
        self.partitions = partitions
        next = positions
    }

    func highWatermarks() throws(LogFailure) -> [Int64] {
        log.change { [partitions] state in
            partitions.map { Int64(state.partitions[$0]?.count ?? 0) + state.hiddenBehindEnd }
        }
    }

    func positions() throws(LogFailure) -> [Int64] {
        log.change { [partitions, next] state in
            partitions.map { partition in
                let at = next[partition] ?? 0
                // Markers behind the last record are passed over without anyone seeing them.
                return at >= state.partitions[partition]?.count ?? 0 ? at + state.hiddenBehindEnd : at
            }
        }
    }

    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> UnsafeBufferPointer<RecordView> {
        release()
        let failure = log.change { state in state.pollFailures.isEmpty ? nil : state.pollFailures.removeFirst() }
        if let failure { throw failure }
        let records = log.change { [partitions, next] state in
            partitions.flatMap { partition in
                Array((state.partitions[partition] ?? []).dropFirst(Int(next[partition] ?? 0)))
            }.prefix(maxRecords)
        }
        let views = UnsafeMutableBufferPointer<RecordView>.allocate(capacity: records.count)
        for (index, record) in records.enumerated() {
            next[record.partition] = record.offset + 1
            views.initializeElement(at: index, to: view(record))
        }
        self.views = views
        return UnsafeBufferPointer(views)
    }

    func close() {
        release()
        log.change { $0.openReaders -= 1 }
    }

    private func view(_ record: LogRecord) -> RecordView {
        RecordView(
            topic: 0, partition: record.partition, offset: record.offset, timestampMs: record.timestampMs,
            key: lend(record.key), value: record.value.map { lend($0) },
            headers: UnsafeBufferPointer(start: nil, count: 0))
    }

    private func lend(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        lent.append(memory)
        return UnsafeRawBufferPointer(memory)
    }

    private func release() {
        for memory in lent {
            memory.initializeMemory(as: UInt8.self, repeating: 0xAA)
            memory.deallocate()
        }
        lent = []
        views?.deallocate()
        views = nil
    }
}

/// Waits for a condition, for ten seconds at most.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) async rethrows {
    let deadline = ContinuousClock.now + .seconds(10)
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        letOthersRun()
        await Task.yield()
    }
}

/// Leaves the processor to the thread that is waited for.
private func letOthersRun() {
    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1))
}
