internal import CRdKafka
internal import RecordLog

/// The producing half of a lane's log: one identity, and under it one client after the other.
///
/// librdkafka does not raise the producer's epoch with every transaction. A request to end a transaction that got lost
/// on a broken connection, and was sent again, may still arrive, and end the next transaction instead; one with the
/// offsets may bring back old ones. Requests are sent again after `KafkaSettings.retryBackoffMs` at the earliest, so
/// that a call that took less cannot have left one behind. After one that took longer the client is replaced: the new
/// one's epoch makes old requests void.
///
/// Delivery reports are taken on the lane's thread, while it produces and while it waits. librdkafka frees a record
/// with its report: freed on any other thread, each of the ten pieces of a record would be fought over with the thread
/// that just allocates those of the next, which cost a tenth of a lane's CPU.
final class LaneProducer {
    /// Records from one look for reports to the next: enough to make a look cost nothing, few enough that the memory
    /// of what is delivered serves again while it is in the caches.
    private static let servedRecords = 1_000

    private struct Output {
        var topic: String
        var handle: OpaquePointer?
    }

    private let settings: KafkaSettings
    private let transactionalID: String
    private let log: KafkaLog
    private var outputs: [Output] = []
    private var running: ClientHandle?
    private var unserved = 0
    private var isOpen = false
    private var begun = ContinuousClock.now
    /// A request of an ended transaction may still be on its way; see `KafkaLaneLog.begin`.
    private(set) var mustRecycle = false
    /// Another process may have taken over this identity, so that taking it back would be wrong.
    private(set) var mayHaveBeenReplaced = false

    init(settings: KafkaSettings, transactionalID: String, log: @escaping KafkaLog) {
        self.settings = settings
        self.transactionalID = transactionalID
        self.log = log
    }

    deinit {
        stop(within: Deadline(afterMs: 0))
    }

    private var isTransactional: Bool { settings.guarantee == .exactlyOnce }

    /// Makes the client and, in exactly-once, ends whatever an earlier one of the same identity left open.
    func start(within limit: Deadline? = nil) throws(LogFailure) {
        guard running == nil else { return }
        let deadline = limit ?? Deadline(afterMs: settings.operationTimeoutMs)
        let own = isTransactional ? ["transactional.id": transactionalID] : [:]
        let client = try ClientHandle(
            isTransactional ? .transactionalProducer : .plainProducer, settings, own: own, reports: .caller, log: log)
        running = client
        do {
            if isTransactional { try initialise(client, within: deadline) }
            for index in outputs.indices { try open(index, within: deadline) }
        } catch {
            stop(within: Deadline(afterMs: settings.leaveTimeoutMs))
            throw error
        }
        isOpen = false
        mustRecycle = false
        mayHaveBeenReplaced = false
    }

    private func initialise(_ client: ClientHandle, within deadline: Deadline) throws(LogFailure) {
        while let error = ClientError(taking: rd_kafka_init_transactions(client.pointer, deadline.slice(ofMs: 1000))) {
            try client.checkUsable("begin as \(transactionalID)")
            guard error.isRetriable, error.meaning == .passing, !deadline.hasPassed else {
                throw error.failure("begin as \(transactionalID)")
            }
        }
    }

    /// Throws the client away, with all that it has not sent.
    func stop(within deadline: Deadline) {
        guard let old = running else { return }
        running = nil
        isOpen = false
        rd_kafka_purge(
            old.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
        for index in outputs.indices {
            if let handle = outputs[index].handle { rd_kafka_topic_destroy(handle) }
            outputs[index].handle = nil
        }
        old.destroy(withinMs: Int(deadline.remainingMs))
    }

    func recycle(within deadline: Deadline) throws(LogFailure) {
        stop(within: Deadline(afterMs: min(settings.leaveTimeoutMs, Int(deadline.remainingMs))))
        try start(within: deadline)
    }

    private func client(_ operation: String) throws(LogFailure) -> ClientHandle {
        guard let client = running else {
            throw .outcomeUnknown(reason: "\(operation): there is no producer; it must be made anew")
        }
        return client
    }

    /// The index of a topic that the caller knows to exist.
    func output(topic: String) throws(LogFailure) -> Int {
        if let known = outputs.firstIndex(where: { $0.topic == topic }) { return known }
        outputs.append(Output(topic: topic))
        if running != nil {
            do {
                try open(outputs.count - 1, within: Deadline(afterMs: settings.operationTimeoutMs))
            } catch {
                outputs.removeLast()
                throw error
            }
        }
        return outputs.count - 1
    }

    /// Makes a topic's handle and fetches its metadata: the first record to a topic that the client does not know
    /// would wait about a second.
    private func open(_ index: Int, within deadline: Deadline) throws(LogFailure) {
        let client = try client("output")
        guard let handle = rd_kafka_topic_new(client.pointer, outputs[index].topic, nil) else {
            throw ClientError(code: rd_kafka_last_error()).failure("topic \(outputs[index].topic)")
        }
        outputs[index].handle = handle
        guard try client.partitionCount(topic: outputs[index].topic, handle: handle, within: deadline) != nil else {
            rd_kafka_topic_destroy(handle)
            outputs[index].handle = nil
            throw .fatal(reason: "topic \(outputs[index].topic) does not exist")
        }
    }

    /// Takes what has been reported, without waiting.
    func serve() {
        unserved = 0
        if let running { rd_kafka_poll(running.pointer, 0) }
    }

    var unreportedRecords: Int { running.map { Int(rd_kafka_outq_len($0.pointer)) } ?? 0 }

    func begin() throws(LogFailure) {
        let client = try client("begin")
        serve()
        _ = client.context.undelivered.take()
        try client.checkUsable("begin")
        if isTransactional, let error = ClientError(taking: rd_kafka_begin_transaction(client.pointer)) {
            throw failure(error, "begin", otherwise: { .outcomeUnknown(reason: $0) })
        }
        begun = .now
        isOpen = true
    }

    func produce(
        output: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: HeaderBlock
    ) throws(LogFailure) {
        guard let client = running?.pointer, let topic = outputs[output].handle else {
            throw .outcomeUnknown(reason: "produce: there is no producer; it must be made anew")
        }
        let code = enqueue(client, topic, partition, key, value, headers)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            unserved += 1
            if unserved >= Self.servedRecords { serve() }
            return
        }
        try produceAgain(code, topic: outputs[output].topic) {
            self.enqueue(client, topic, partition, key, value, headers)
        }
    }

    private func enqueue(
        _ client: OpaquePointer, _ topic: OpaquePointer, _ partition: Int32, _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer?, _ headers: HeaderBlock
    ) -> rd_kafka_resp_err_t {
        headers.bytes.withUnsafeBytes { bytes in
            headers.entries.withUnsafeBytes { entries in
                habeas_produce(
                    client, topic, partition, key.baseAddress, key.count, value?.baseAddress, value?.count ?? 0,
                    value == nil ? 0 : 1, bytes.baseAddress, entries.baseAddress, headers.entries.count, nil)
            }
        }
    }

    private func produceAgain(
        _ code: rd_kafka_resp_err_t, topic: String, _ enqueue: () -> rd_kafka_resp_err_t
    ) throws(LogFailure) {
        let client = try client("produce")
        var code = code
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        while code == RD_KAFKA_RESP_ERR__QUEUE_FULL, !deadline.hasPassed {
            // Sends what is queued without lingering, and waits for some of it to be delivered.
            rd_kafka_flush(client.pointer, deadline.slice(ofMs: 20))
            code = enqueue()
        }
        let error = ClientError(code: code)
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return
        case RD_KAFKA_RESP_ERR__FATAL:
            throw failure(ClientError.fatal(of: client.pointer) ?? error, "produce", otherwise: { .fatal(reason: $0) })
        case RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__STATE:
            // Nothing could be sent in time, or the transaction has failed in the background.
            throw .abortRequired(reason: error.reason("produce to \(topic)"))
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            throw .fatal(reason: error.reason("produce to \(topic): a record exceeds message.max.bytes"))
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
            throw .fatal(reason: error.reason("produce to \(topic)"))
        default:
            throw failure(error, "produce to \(topic)", otherwise: { .abortRequired(reason: $0) })
        }
    }

    /// Commits records and offsets together.
    func commitTransaction(offsets: borrowing PartitionList, member: GroupMetadata?) throws(LogFailure) {
        let client = try client("commit")
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        // Records first. Alone, and not queued behind them, the requests that follow take as long as a broker takes to
        // answer; and the first request of a transaction is refused for as long as the one before is being completed,
        // which librdkafka tries again after 20 ms for records, but only after the whole backoff for offsets.
        // Should the records fail, the next call says so.
        rd_kafka_flush(client.pointer, deadline.remainingMs)
        if offsets.count > 0 {
            guard let member else { throw .partitionsLost(reason: "commit: this member holds no partitions") }
            try sendOffsets(client, offsets, member, deadline)
        }
        let started = ContinuousClock.now
        while let error = ClientError(taking: rd_kafka_commit_transaction(client.pointer, deadline.remainingMs)) {
            if error.isRetriable, !deadline.hasPassed { continue }
            isOpen = false
            // A transaction can also fail after its end was requested. Only an error that comes before the request
            // could have been sent a second time says for certain that nothing was committed.
            if error.requiresAbort, started.elapsedMs < KafkaSettings.retryBackoffMs {
                isOpen = true
                throw failure(error, "commit", otherwise: { .abortRequired(reason: $0) })
            }
            throw failure(error, "commit", otherwise: { .outcomeUnknown(reason: $0) })
        }
        isOpen = false
        noteDuration(since: started)
    }

    private func noteDuration(since started: ContinuousClock.Instant) {
        guard started.elapsedMs >= KafkaSettings.retryBackoffMs else { return }
        mustRecycle = true
        mayHaveBeenReplaced = true
    }

    private func sendOffsets(
        _ client: ClientHandle, _ offsets: borrowing PartitionList, _ member: GroupMetadata, _ deadline: Deadline
    ) throws(LogFailure) {
        let started = ContinuousClock.now
        defer { noteDuration(since: started) }
        while let error = ClientError(
            taking: offsets.lend {
                rd_kafka_send_offsets_to_transaction(
                    client.pointer, $0, member.pointer, deadline.remainingMs)
            })
        {
            if error.isRetriable, !error.requiresAbort, !error.isFatal, !deadline.hasPassed { continue }
            throw failure(error, "commit offsets", otherwise: { .abortRequired(reason: $0) })
        }
    }

    /// Waits until everything since `begin` is delivered.
    func flush() throws(LogFailure) {
        let client = try client("flush")
        let late = rd_kafka_flush(client.pointer, Deadline(afterMs: settings.operationTimeoutMs).remainingMs)
        try client.checkUsable("flush")
        let failures = client.context.undelivered.take()
        if let first = failures.first {
            let operation = "\(failures.count) records were not delivered"
            throw failure(first, operation, otherwise: { .abortRequired(reason: $0) })
        }
        if late != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw .abortRequired(reason: ClientError(code: late).reason("flush"))
        }
        isOpen = false
    }

    /// Gives up everything since `begin`. In at-least-once that is what has not been sent yet.
    func abort(withinMs limitMs: Int? = nil) throws(LogFailure) {
        guard let client = running, isOpen else { return }
        isOpen = false
        let deadline = Deadline(afterMs: limitMs ?? settings.operationTimeoutMs)
        guard isTransactional else { return try abandon(client, deadline) }
        let started = ContinuousClock.now
        while let error = ClientError(taking: rd_kafka_abort_transaction(client.pointer, deadline.remainingMs)) {
            if error.isRetriable, !deadline.hasPassed { continue }
            throw failure(error, "abort", otherwise: { .outcomeUnknown(reason: $0) })
        }
        noteDuration(since: started)
        // librdkafka has numbered the records that failed and goes on behind them, at which the broker would refuse the
        // first records of the next transaction.
        if client.context.undelivered.take().first != nil { mustRecycle = true }
    }

    /// Requests that were sent are waited for: what comes after must not overtake them.
    private func abandon(_ client: ClientHandle, _ deadline: Deadline) throws(LogFailure) {
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE)
        let late = rd_kafka_flush(client.pointer, deadline.remainingMs)
        _ = client.context.undelivered.take()
        try client.checkUsable("abort")
        if late != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw .outcomeUnknown(reason: ClientError(code: late).reason("abort"))
        }
    }

    /// Orders an error by what it means; where that says nothing, by the call that it came from.
    private func failure(
        _ error: ClientError, _ operation: String, otherwise: (String) -> LogFailure
    ) -> LogFailure {
        let reason = error.reason(operation)
        switch error.meaning {
        case .fenced:
            // A transaction that outlived its timeout was aborted by the broker with a new epoch, which looks like
            // another process with this identity. Whether it is one shows when the producer is made anew.
            let outlived =
                isTransactional && error.code != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                && begun.elapsedMs >= settings.transactionTimeoutInForceMs
            mayHaveBeenReplaced = true
            return outlived ? .outcomeUnknown(reason: reason) : .fenced(reason: reason)
        case .partitionsLost: return .partitionsLost(reason: reason)
        case .hopeless: return .fatal(reason: reason)
        case .passing: return error.isFatal ? .outcomeUnknown(reason: reason) : otherwise(reason)
        }
    }
}
