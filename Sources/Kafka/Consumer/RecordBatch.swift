internal import CRdKafka
internal import RecordLog

/// One batch of fetched records, in memory that is used again for the next.
///
/// Nothing is allocated for a record: librdkafka's own messages are lent out as views until `release`.
final class RecordBatch {
    private typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

    private var messages: UnsafeMutablePointer<Message?>
    private var messageCount = 0
    private var views: UnsafeMutablePointer<RecordView>
    private var viewCount = 0
    private var capacity: Int

    /// Headers of the batch, in blocks: a block that is full stays where it is, since views point into it.
    private var headers: UnsafeMutableBufferPointer<HeaderView>
    private var headersUsed = 0
    private var fullHeaderBlocks: [UnsafeMutableBufferPointer<HeaderView>] = []
    private let hasHeaders: Bool

    /// - Parameter hasHeaders: false where nobody asks for them. librdkafka allocates to look for them, and does so for
    ///   each record that has none as well: with it a restore takes a fifth longer.
    init(hasHeaders: Bool = true) {
        self.hasHeaders = hasHeaders
        capacity = 1024
        messages = .allocate(capacity: capacity)
        views = .allocate(capacity: capacity)
        headers = .allocate(capacity: 1024)
    }

    deinit {
        release()
        messages.deallocate()
        views.deallocate()
        headers.deallocate()
    }

    var records: UnsafeBufferPointer<RecordView> { UnsafeBufferPointer(start: views, count: viewCount) }

    var isEmpty: Bool { viewCount == 0 }

    /// Gives the records back to librdkafka.
    func release() {
        habeas_messages_destroy(messages, messageCount)
        messageCount = 0
        viewCount = 0
        headersUsed = 0
        for block in fullHeaderBlocks { block.deallocate() }
        fullHeaderBlocks.removeAll(keepingCapacity: true)
    }

    /// Releases the batch before and takes another: waits at most `timeoutMs` for the first record, and then for more
    /// until the pace allows another batch, `timeoutMs` are over or there are `maxRecords`.
    ///
    /// - Parameter notice: takes what came instead of a record: an error, or the end of a partition.
    func fill(
        from queue: OpaquePointer, maxRecords: Int, timeoutMs: Int, pace: BatchPace = BatchPace(), topics: TopicIndex,
        notice: (UnsafePointer<rd_kafka_message_t>) -> Void
    ) {
        release()
        reserve(maxRecords)
        let deadline = Deadline(afterMs: timeoutMs)
        take(queue, deadline.remainingMs, atMost: min(1, maxRecords))
        if messageCount > 0, maxRecords > 1 {
            take(queue, deadline.slice(ofMs: pace.gatherMs), atMost: maxRecords - 1)
        }
        for index in 0..<messageCount {
            guard let message = messages[index] else { continue }
            if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                views.advanced(by: viewCount).initialize(to: view(message, topics))
                viewCount += 1
            } else {
                notice(message)
            }
        }
    }

    private func take(_ queue: OpaquePointer, _ timeoutMs: Int32, atMost count: Int) {
        let taken = rd_kafka_consume_batch_queue(queue, timeoutMs, messages.advanced(by: messageCount), count)
        if taken > 0 { messageCount += taken }
    }

    private func reserve(_ wanted: Int) {
        guard wanted > capacity else { return }
        messages.deallocate()
        views.deallocate()
        capacity = wanted
        messages = .allocate(capacity: capacity)
        views = .allocate(capacity: capacity)
    }

    private func view(_ message: Message, _ topics: TopicIndex) -> RecordView {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(message, &kind)
        let key = message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
        let value = message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
        return RecordView(
            topic: topics.index(of: message.pointee.rkt), partition: message.pointee.partition,
            offset: message.pointee.offset, timestampMs: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : timestamp,
            key: key, value: value,
            headers: hasHeaders ? headerViews(message) : UnsafeBufferPointer(start: nil, count: 0))
    }

    private func headerViews(_ message: Message) -> UnsafeBufferPointer<HeaderView> {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let count = rd_kafka_header_cnt(list)
        if headersUsed + count > headers.count {
            fullHeaderBlocks.append(headers)
            headers = .allocate(capacity: max(headers.count * 2, count))
            headersUsed = 0
        }
        guard let start = headers.baseAddress?.advanced(by: headersUsed) else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        var written = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while written < count,
            rd_kafka_header_get_all(list, written, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let name
        {
            let header = HeaderView(
                name: UnsafeRawBufferPointer(start: name, count: habeas_string_length(name)),
                value: value.map { UnsafeRawBufferPointer(start: $0, count: size) })
            start.advanced(by: written).initialize(to: header)
            written += 1
        }
        headersUsed += written
        return UnsafeBufferPointer(start: start, count: written)
    }
}

/// How often batches are handed out: one transaction costs 2 to 3 ms of CPU, however few its records are.
///
/// An interval counts from the batch before, so that what comes after a pause hardly waits; but what comes close
/// together, such as the acknowledgements of one request, is gathered for a part of it in any case.
struct BatchPace {
    private static let leastParts = 5

    private var next: Deadline?
    private let leastMs: Int32
    let intervalMs: Int

    /// Without an interval nothing is gathered.
    init(intervalMs: Int = 0) {
        self.intervalMs = intervalMs
        leastMs = Int32(clamping: intervalMs / Self.leastParts)
    }

    /// How long to wait for further records when there is a first one.
    var gatherMs: Int32 { max(leastMs, next?.remainingMs ?? 0) }

    mutating func handedOut() { next = Deadline(afterMs: intervalMs) }
}

/// Which of a client's topics a message is from.
///
/// Keeps a handle of every topic, so that librdkafka's pointer for a topic stays the same for the client's life.
final class TopicIndex {
    let names: [String]
    private(set) var handles: [OpaquePointer]

    init(client: ClientHandle, names: [String]) throws(LogFailure) {
        self.names = names
        var handles: [OpaquePointer] = []
        for name in names {
            guard let handle = rd_kafka_topic_new(client.pointer, name, nil) else {
                for handle in handles { rd_kafka_topic_destroy(handle) }
                throw ClientError(code: rd_kafka_last_error()).failure("topic \(name)")
            }
            handles.append(handle)
        }
        self.handles = handles
    }

    deinit {
        close()
    }

    /// Must happen before the client is destroyed, which waits for its topics.
    func close() {
        for handle in handles { rd_kafka_topic_destroy(handle) }
        handles = []
    }

    /// 0 for a topic that is none of them, which a client that reads only these never sees.
    func index(of handle: OpaquePointer?) -> Int {
        guard handles.count > 1 else { return 0 }
        return handles.firstIndex { $0 == handle } ?? byName(handle)
    }

    func index(named name: String) -> Int? { names.firstIndex(of: name) }

    private func byName(_ handle: OpaquePointer?) -> Int {
        handle.flatMap { index(named: String(cString: rd_kafka_topic_name($0))) } ?? 0
    }
}
