internal import CRdKafka
public import RecordLog

/// Reads partitions of one topic from their beginning, and goes on with what is appended: committed records only, and
/// without a group.
///
/// Used on one thread at a time.
public final class KafkaLogReader: LogReader {
    /// What somebody reads a topic for.
    public enum Use: Sendable {
        /// The records as they were written.
        case records
        /// Keys and values. librdkafka allocates for each header, and to see that there are none.
        case contents
        /// Keys and values, millions of them as fast as they come, up to 256 MiB ahead.
        case restore
    }

    public let topic: String
    public let partitions: [Int32]
    private let settings: KafkaSettings
    private let use: Use
    private let client: ClientHandle
    private let watermarks: WatermarkClient
    private let ownsWatermarks: Bool
    private let topics: TopicIndex
    private let queue: OpaquePointer
    private let waker: QueueWaker
    private let batch: RecordBatch
    /// Where each partition, by its place in `partitions`, goes on.
    private var positionByPlace: [Int64]
    private var placeByPartition: [Int32: Int]
    private var stashed: LogFailure?
    private var closed = false

    /// Opens a reader on some partitions of a topic.
    public static func open(
        settings: KafkaSettings, topic: String, partitions: [Int32], for use: Use = .records,
        log: @escaping KafkaLog = { _ in }
    ) throws(LogFailure) -> KafkaLogReader {
        try KafkaLogReader(
            settings, topic, partitions, for: use, watermarks: WatermarkClient(settings, log: log),
            ownsWatermarks: true, log)
    }

    /// Opens a reader on all partitions of a topic; nil where there is no such topic.
    public static func openAll(
        settings: KafkaSettings, topic: String, for use: Use = .records, log: @escaping KafkaLog = { _ in }
    ) throws(LogFailure) -> KafkaLogReader? {
        let watermarks = try WatermarkClient(settings, log: log)
        guard let count = try watermarks.partitionCount(topic: topic) else { return nil }
        return try KafkaLogReader(
            settings, topic, Array(0..<Int32(count)), for: use, watermarks: watermarks, ownsWatermarks: true, log)
    }

    init(
        _ settings: KafkaSettings, _ topic: String, _ partitions: [Int32], for use: Use = .records,
        watermarks: WatermarkClient, ownsWatermarks: Bool, _ log: @escaping KafkaLog
    ) throws(LogFailure) {
        self.settings = settings
        self.topic = topic
        self.partitions = partitions
        self.watermarks = watermarks
        self.ownsWatermarks = ownsWatermarks
        positionByPlace = Array(repeating: 0, count: partitions.count)
        placeByPartition = Dictionary(
            partitions.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        self.use = use
        batch = RecordBatch(hasHeaders: use == .records)
        client = try ClientHandle(use == .restore ? .restorer : .reader, settings, log: log)
        topics = try TopicIndex(client: client, names: [topic])
        guard let queue = rd_kafka_queue_new(client.pointer) else {
            throw .fatal(reason: "the reader has no queue")
        }
        self.queue = queue
        waker = QueueWaker(queue)
        try start(within: Deadline(afterMs: settings.operationTimeoutMs))
    }

    deinit {
        close()
    }

    /// A client that is to find the beginning of a partition without knowing its leader looks again after half a
    /// second, as long as it takes to restore two hundred thousand sagas. To know the leader is not enough either: its
    /// thread may not have taken the partition yet. So the beginning is asked for by the client that has time, and this
    /// one begins with a number.
    ///
    /// - Parameter deadline: one for all of it, so that whoever watches over a lane hears of it in time.
    private func start(within deadline: Deadline) throws(LogFailure) {
        guard try client.partitionCount(topic: topic, handle: topics.handles[0], within: deadline) != nil else {
            throw .fatal(reason: "topic \(topic) does not exist")
        }
        let starts = try watermarks.lowWatermarks(topic: topic, partitions: partitions, within: deadline)
        for (partition, start) in zip(partitions, starts) {
            guard rd_kafka_consume_start_queue(topics.handles[0], partition, start, queue) == 0
            else { throw ClientError(code: rd_kafka_last_error()).failure("read \(topic) [\(partition)]") }
        }
    }

    public func highWatermarks() throws(LogFailure) -> [Int64] {
        try watermarks.highWatermarks(topic: topic, partitions: partitions)
    }

    public func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> UnsafeBufferPointer<RecordView> {
        batch.release()
        if let failure = stashed {
            stashed = nil
            throw failure
        }
        // Errors of connections, and log lines where they are queued, come on the main queue.
        rd_kafka_poll(client.pointer, 0)
        try client.checkUsable("read \(topic)")
        var failed: ClientError?
        batch.fill(from: queue, maxRecords: maxRecords, timeoutMs: timeoutMs, topics: topics) { message in
            if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                reached(message.pointee.partition, message.pointee.offset)
            } else {
                failed = failed ?? ClientError(code: message.pointee.err, message: message)
            }
        }
        reach(behind: batch.records)
        if let failed {
            let failure = failed.failure("read \(topic)")
            if batch.isEmpty { throw failure }
            stashed = failure
        }
        return batch.records
    }

    private func reach(behind records: UnsafeBufferPointer<RecordView>) {
        // Records of a partition come in order and in long runs: it is enough to look at the last of each.
        for index in records.indices {
            let isLast = index + 1 == records.count || records[index + 1].partition != records[index].partition
            if isLast { reached(records[index].partition, records[index].offset + 1) }
        }
    }

    /// The position counts what was handed out, and what librdkafka has passed over: the end of a partition is
    /// reported with the offset behind the control markers and aborted records that never become a view.
    private func reached(_ partition: Int32, _ offset: Int64) {
        guard let place = placeByPartition[partition] else { return }
        positionByPlace[place] = max(positionByPlace[place], offset)
    }

    public func positions() throws(LogFailure) -> [Int64] { positionByPlace }

    /// Makes a `poll` that is under way, or else the next one, return at once.
    public var wake: @Sendable () -> Void { { [waker] in waker.wake() } }

    public func close() {
        guard !closed else { return }
        closed = true
        batch.release()
        waker.detach()
        for partition in partitions { rd_kafka_consume_stop(topics.handles[0], partition) }
        topics.close()
        rd_kafka_queue_destroy(queue)
        client.destroy(withinMs: settings.leaveTimeoutMs)
        if ownsWatermarks { watermarks.close() }
        if use == .restore { RecordMemory.giveBack() }
    }
}
