import RecordLog

/// One topic on its way into the read model: what was read and is not applied yet, and how far the end is. Belongs to
/// the feeder's thread.
final class FeedStream {
    let topic: ProjectedTopic
    private let openReader: ReadModelFeeder.OpenReader
    private let feeder: ReadModelFeeder
    private var opened: ReadModelFeeder.OpenedReader?
    private var batch: [LogRecord] = []
    private let clock = ContinuousClock()
    private var batchBegan: ContinuousClock.Instant
    private var endsAskedAt: ContinuousClock.Instant?
    /// Ends that were seen and are not reached yet, with the time by the clock at which they were seen.
    private var target: (ends: [Int64], seenMs: Int64)?

    init(topic: ProjectedTopic, open: @escaping ReadModelFeeder.OpenReader, feeder: ReadModelFeeder) {
        self.topic = topic
        openReader = open
        self.feeder = feeder
        batchBegan = clock.now
    }

    func open() throws {
        let saved = feeder.model.positions(of: topic)
        let opened = try openReader(saved)
        self.opened = opened
        let ends = try opened.reader.highWatermarks()
        // An offset behind the end was given by a log that is no more: a topic that was deleted and made again.
        let isForeign = zip(opened.partitions, ends).contains { saved[$0, default: 0] > $1 }
        if isForeign {
            try feeder.startAnew(reason: "the topic \(topic.name) was made anew")
            throw ModelWasReset()
        }
        // What is read from the beginning from now on misses no tombstone that is written from now on.
        if topic == .status, saved.isEmpty { try feeder.model.touch(nowMs: feeder.nowMs()) }
        setTarget(ends)
        try checkTarget(opened)
    }

    func close() {
        opened?.reader.close()
        opened = nil
    }

    /// Takes what is there, and applies when the batch is full, old enough, or nothing more is waiting.
    ///
    /// - Returns: the number of records taken.
    func step(waitMs: Int) throws -> Int {
        guard let opened else { return 0 }
        let settings = feeder.settings
        let records = try opened.reader.poll(
            maxRecords: settings.batchRecordsMax - batch.count, timeoutMs: batch.isEmpty ? waitMs : 0)
        if batch.isEmpty { batchBegan = clock.now }
        for record in records { batch.append(LogRecord(record)) }
        let isOld = clock.now - batchBegan >= .milliseconds(settings.batchWaitMs)
        let isDue = records.isEmpty || isOld || batch.count >= settings.batchRecordsMax
        if !batch.isEmpty, isDue { try applyBatch() }
        if batch.isEmpty { try checkTarget(opened) }
        try askForEnds(opened)
        if batch.isEmpty { feeder.succeeded(topic) }
        return records.count
    }

    private func applyBatch() throws {
        switch topic {
        case .status: try feeder.model.apply(batch)
        case .timeline: try feeder.model.applyTimeline(batch)
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Everything in front of the position is applied: has it come as far as the end that was seen?
    private func checkTarget(_ opened: ReadModelFeeder.OpenedReader) throws {
        guard let target else { return }
        let positions = try opened.reader.positions()
        guard zip(positions, target.ends).allSatisfy({ $0 >= $1 }) else { return }
        self.target = nil
        if topic == .status { try feeder.model.touch(nowMs: target.seenMs) }
        feeder.reachedEnd(of: topic)
    }

    private func askForEnds(_ opened: ReadModelFeeder.OpenedReader) throws {
        let interval = Duration.milliseconds(feeder.settings.lagIntervalMs)
        if let endsAskedAt, clock.now - endsAskedAt < interval { return }
        let ends = try opened.reader.highWatermarks()
        let positions = try opened.reader.positions()
        if target == nil { setTarget(ends) }
        endsAskedAt = clock.now
        let lags = zip(opened.partitions, zip(ends, positions)).map { partition, place in
            ReadModelFeeder.Lag(topic: topic, partition: partition, records: max(0, place.0 - place.1))
        }
        feeder.note(lags, of: topic)
    }

    private func setTarget(_ ends: [Int64]) {
        target = (ends, feeder.nowMs())
    }
}

extension LogRecord {
    /// A copy of a record that the log only lends.
    init(_ view: RecordView) {
        self.init(
            partition: view.partition, offset: view.offset, timestampMs: view.timestampMs,
            key: view.key.map { Array($0) } ?? [], value: view.value.map { Array($0) })
    }
}
