import RecordLog

@testable import Simulation

/// Reads committed records of a scripted broker.
final class ScriptedReader: LogReader {
    private let log: ScriptedLog
    private let places: [ScriptedBroker.Place]
    private var reached: [Int64]
    private var isClosed = false
    private let lent = LentRecords()

    init(log: ScriptedLog, topic: String, partitions: [Int32]) {
        self.log = log
        places = partitions.map { ScriptedBroker.Place(topic: topic, partition: $0) }
        reached = partitions.map { _ in 0 }
    }

    func highWatermarks() throws(LogFailure) -> [Int64] {
        try log.enter(.watermarks)
        return places.map { log.broker.highWatermark($0) }
    }

    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> UnsafeBufferPointer<RecordView> {
        lent.takeBack()
        if isClosed { log.violate("a reader is read after it was closed") }
        try log.enter(.readerPoll)
        var records: [(topic: Int, partition: Int32, offset: Int64, record: ScriptedBroker.Record)] = []
        for (index, place) in places.enumerated() {
            while records.count < maxRecords {
                let (found, position) = log.broker.next(place, from: reached[index])
                reached[index] = position
                guard let found else { break }
                records.append((0, place.partition, found.offset, found.record))
            }
        }
        return lent.lend(records)
    }

    func positions() throws(LogFailure) -> [Int64] {
        try log.enter(.positions)
        return reached
    }

    func close() {
        isClosed = true
        lent.takeBack()
    }
}
