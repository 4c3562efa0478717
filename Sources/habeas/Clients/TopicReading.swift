import Kafka
import RecordLog

/// Reads a topic from its beginning to where it ended when the reading began. Blocks.
struct TopicReading {
    var settings: KafkaSettings
    var topic: String

    private static let pollMs = 200

    /// - Throws: `BrokerFailure`; also where nothing new came for as long as a broker may take.
    func run(_ each: (StoredRecord) -> Bool) throws(BrokerFailure) {
        let reader: KafkaLogReader?
        do {
            reader = try KafkaLogReader.openAll(settings: settings, topic: topic)
        } catch {
            throw BrokerFailure(error)
        }
        guard let reader else { throw .unknownTopic(topic) }
        defer { reader.close() }
        do {
            try read(reader, each)
        } catch {
            throw BrokerFailure(error)
        }
    }

    private func read(_ reader: KafkaLogReader, _ each: (StoredRecord) -> Bool) throws(LogFailure) {
        let ends = try reader.highWatermarks()
        let clock = ContinuousClock()
        var lastNews = clock.now
        var seen: [Int64] = []
        while true {
            let positions = try reader.positions()
            if zip(positions, ends).allSatisfy({ $0 >= $1 }) { return }
            if positions != seen {
                seen = positions
                lastNews = clock.now
            } else if clock.now - lastNews > .milliseconds(settings.operationTimeoutMs) {
                throw .retriable(reason: "\(topic): nothing came for \(settings.operationTimeoutMs) ms")
            }
            for record in try reader.poll(maxRecords: 1_000, timeoutMs: TopicReading.pollMs) {
                // What was written after the reading began is left for the next time.
                guard let place = reader.partitions.firstIndex(of: record.partition), record.offset < ends[place] else {
                    continue
                }
                if !each(StoredRecord(record)) { return }
            }
        }
    }
}

extension StoredRecord {
    init(_ view: RecordView) {
        self.init(
            partition: view.partition, offset: view.offset, timestampMs: view.timestampMs,
            key: view.key.map(Array.init),
            value: view.value.map(Array.init),
            headers: view.headers.map {
                RecordHeader(String(decoding: $0.name, as: UTF8.self), $0.value.map(Array.init))
            })
    }
}
