import RecordLog
import SagaKernel
import TestSeed

/// Reads whole partitions of the simulated broker, committed records only.
final class SimulatedReader: LogReader {
    private let log: SimulatedLaneLog
    private let places: [Place]
    private var reached: [Int64]
    private let lent = LentRecords()

    init(_ log: SimulatedLaneLog, _ places: [Place]) {
        self.log = log
        self.places = places
        reached = places.map { _ in 0 }
    }

    func highWatermarks() throws(LogFailure) -> [Int64] {
        try log.enter("highWatermarks")
        let isBug = Mutant.restoresToStableOffset.isOn
        return try log.answered("watermarks") {
            places.map { isBug ? log.broker.log($0).lastStableOffset : log.broker.log($0).highWatermark }
        }
    }

    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> UnsafeBufferPointer<RecordView> {
        lent.takeBack()
        if timeoutMs > 0 { try log.enter("read") } else { try log.checkAlive() }
        let items = read(maxRecords)
        guard items.isEmpty, timeoutMs > 0 else { return lent.lend(items) }
        try log.rest(Int64(timeoutMs))
        return lent.lend(read(maxRecords))
    }

    private func read(_ maxRecords: Int) -> [LentRecords.Item] {
        guard log.isReachable else { return [] }
        var found: [LentRecords.Item] = []
        for (index, place) in places.enumerated() where found.count < maxRecords {
            let most = min(maxRecords - found.count, 1 + log.world.random.below(log.world.options.fetchRecordsMax))
            let (entries, position) = log.broker.log(place).read(from: reached[index], max: most)
            reached[index] = position
            found += entries.map { LentRecords.Item(topic: 0, partition: place.partition, entry: $0) }
        }
        return found
    }

    func positions() throws(LogFailure) -> [Int64] { reached }

    func close() { lent.takeBack() }
}
