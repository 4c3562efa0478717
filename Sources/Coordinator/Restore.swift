import Contract
import RecordLog
import SagaKernel

/// Rebuilds the memory of partitions from their snapshots.
///
/// The bound is the high watermark, uncommitted records and markers included, and reading goes on until the position
/// has reached it: a bound taken from the last stable offset could lie before a transaction that is just being
/// committed, and its sagas would be missing from memory although they stand in the log.
struct Restore {
    let reader: any LogReader
    let partitions: [Int32]
    let topic: String
    let settings: LaneSettings
    let clock: any LaneClock
    let observer: any LaneObserver
    private let beganMs: Int64

    /// Records asked for at once: enough to make the cost of a call vanish, and to bring every core something.
    private static let batch = 20_000

    init(
        reader: any LogReader, partitions: [Int32], topic: String, settings: LaneSettings, clock: any LaneClock,
        observer: any LaneObserver
    ) {
        self.reader = reader
        self.partitions = partitions
        self.topic = topic
        self.settings = settings
        self.clock = clock
        self.observer = observer
        beganMs = clock.monotonicMs()
    }

    /// - Parameter lane: repeats what the log answers with "try again": a leader that moves must not end the lane.
    func run(_ lane: Lane, into loading: Loading) throws(LaneFailure) {
        let bounds = try lane.insisting { () throws(LogFailure) in try reader.highWatermarks() }
        try read(lane, into: loading, upTo: bounds) { _, positions in
            zip(bounds, positions).reduce(Int64(0)) { $0 + max(0, $1.0 - max(0, $1.1)) }
        }
    }

    /// Reads until nothing remains.
    ///
    /// - Parameters:
    ///   - bounds: where each partition ends, if that is known: it says for how many requests there must be room.
    ///   - remaining: how much that is, by what has been loaded and how far each partition has been read.
    func read(
        _ lane: Lane, into loading: Loading, upTo bounds: [Int64]? = nil,
        remaining: (Loading, [Int64]) -> Int64
    ) throws(LaneFailure) {
        var positions: [Int64] = []
        var lastProgressMs = clock.monotonicMs()
        while true {
            let records = try lane.insisting { () throws(LogFailure) in
                try reader.poll(maxRecords: Restore.batch, timeoutMs: 100)
            }
            try loading.take(records)
            let newPositions = try lane.insisting { () throws(LogFailure) in try reader.positions() }
            let left = remaining(loading, newPositions)
            if let bounds { loading.makeRoom(bounds: bounds, positions: newPositions) }
            observer.heartbeat()
            report(loading, remaining: left)
            if left == 0 { return }
            if lane.mailbox.isStopping { throw .stopping }
            let nowMs = clock.monotonicMs()
            if newPositions != positions { lastProgressMs = nowMs }
            positions = newPositions
            if nowMs - lastProgressMs > settings.restoreStallMs {
                throw .restoreStalled(topic: topic, remaining: left)
            }
        }
    }

    func report(_ loading: Loading, remaining: Int64) {
        var progress = loading.progress(remaining: remaining)
        progress.elapsedMs = clock.monotonicMs() - beganMs
        observer.restoreProgressed(progress)
    }
}

/// Asks the log for something; what it cannot answer ends the lane.
func asking<Answer>(_ question: () throws(LogFailure) -> Answer) throws(LaneFailure) -> Answer {
    do throws(LogFailure) { return try question() } catch { throw .log(error) }
}
