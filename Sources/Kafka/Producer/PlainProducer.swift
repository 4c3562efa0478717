internal import CRdKafka
internal import Dispatch
public import RecordLog
internal import Synchronization

/// Writes records durably and without a transaction: for requests, commands and acknowledgements.
///
/// Callable from any thread, `close` only when no other call is under way. Idempotent and acknowledged by all replicas,
/// unless the user turned idempotence off. After a failure `outcomeUnknown` the client cannot go on: close this
/// producer and make another.
public final class PlainProducer: Sendable {
    /// Where a record came to lie.
    public struct Delivery: Hashable, Sendable {
        public var partition: Int32
        public var offset: Int64

        public init(partition: Int32, offset: Int64) {
            self.partition = partition
            self.offset = offset
        }
    }

    /// A topic's handle; librdkafka allows its use from any thread.
    private struct Topic: @unchecked Sendable {
        var handle: OpaquePointer
    }

    private struct State {
        var topics: [String: Topic] = [:]
        var closed = false
    }

    private let settings: KafkaSettings
    private let client: ClientHandle
    private let drain: DeliveryDrain
    private let state = Mutex(State())

    public init(settings: KafkaSettings, log: @escaping KafkaLog = { _ in }) throws(LogFailure) {
        self.settings = settings
        client = try ClientHandle(.plainProducer, settings, log: log)
        drain = DeliveryDrain(client: client) { opaque, result in
            Unmanaged<Waiter>.fromOpaque(opaque).takeRetainedValue().resume(result)
        }
    }

    deinit {
        close()
    }

    /// Makes a topic known before the first record, which would otherwise wait about a second. Blocks, at most for the
    /// settings' operation timeout.
    ///
    /// - Returns: the number of partitions; nil where there is no such topic.
    @discardableResult
    public func prepare(topic: String) throws(LogFailure) -> Int? {
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        guard try client.partitionCount(topic: topic, within: deadline) != nil else { return nil }
        let handle = try self.topic(topic).get().handle
        return try client.partitionCount(topic: topic, handle: handle, within: deadline)
    }

    /// Writes one record and returns when it is durable.
    ///
    /// - Parameters:
    ///   - partition: nil is by key, with the hash of Kafka's Java clients.
    ///   - value: nil writes a tombstone.
    /// - Throws: `retriable` when it may be tried again (the record may have been written all the same);
    ///   `outcomeUnknown` when that needs a new producer; otherwise `fatal`.
    @discardableResult
    public func send(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: HeaderBlock = HeaderBlock()
    ) async throws(LogFailure) -> Delivery {
        let result: Result<Delivery, LogFailure> = await withCheckedContinuation { continuation in
            let waiter = Unmanaged.passRetained(Waiter(topic: topic, continuation: continuation))
            let refused = withBytes(key, value) { key, value in
                enqueue(topic, partition, key, value, headers, opaque: waiter.toOpaque(), waitMs: 0)
            }
            if let refused {
                waiter.release()
                continuation.resume(returning: .failure(refused))
            }
        }
        return try result.get()
    }

    /// Hands one record to the producer; what became of it shows in `flush`. Key, value and headers are copied.
    ///
    /// Blocks while the producer's queue is full, at most for the settings' operation timeout.
    public func enqueue(
        topic: String, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: HeaderBlock = HeaderBlock()
    ) throws(LogFailure) {
        let waitMs = settings.operationTimeoutMs
        if let refused = enqueue(topic, partition, key, value, headers, opaque: nil, waitMs: waitMs) { throw refused }
    }

    public func enqueue(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: HeaderBlock = HeaderBlock()
    ) throws(LogFailure) {
        let waitMs = settings.operationTimeoutMs
        let refused = withBytes(key, value) { key, value in
            enqueue(topic, partition, key, value, headers, opaque: nil, waitMs: waitMs)
        }
        if let refused { throw refused }
    }

    /// Waits until everything that was handed over is durable.
    ///
    /// - Throws: the first failure of any record enqueued since the last `flush`, whoever enqueued it; `retriable`
    ///   when time ran out.
    public func flush(timeoutMs: Int? = nil) throws(LogFailure) {
        let late = rd_kafka_flush(client.pointer, Int32(clamping: timeoutMs ?? settings.operationTimeoutMs))
        try client.checkUsable("flush")
        let failures = client.context.undelivered.take()
        if let first = failures.first { throw first.failure("\(failures.count) records were not delivered") }
        if late != RD_KAFKA_RESP_ERR_NO_ERROR { throw ClientError(code: late).failure("flush") }
    }

    /// Waits for what is on its way, within the settings' leave timeout, and closes the client.
    public func close() {
        let topics = state.withLock { state in
            defer { state = State(closed: true) }
            return state.closed ? nil : state.topics
        }
        guard let topics else { return }
        rd_kafka_flush(client.pointer, Int32(clamping: settings.leaveTimeoutMs))
        // Whoever still waits for a record gets its answer now.
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        rd_kafka_flush(client.pointer, 1000)
        drain.stop()
        for topic in topics.values { rd_kafka_topic_destroy(topic.handle) }
        client.destroy(withinMs: settings.leaveTimeoutMs)
    }

    /// What the producer has against the record; nil when it took it.
    private func enqueue(
        _ topic: String, _ partition: Int32?, _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?,
        _ headers: HeaderBlock, opaque: UnsafeMutableRawPointer?, waitMs: Int
    ) -> LogFailure? {
        let handle: OpaquePointer
        switch self.topic(topic) {
        case .success(let topic): handle = topic.handle
        case .failure(let failure): return failure
        }
        let deadline = Deadline(afterMs: waitMs)
        while true {
            let code = headers.bytes.withUnsafeBytes { bytes in
                headers.entries.withUnsafeBytes { entries in
                    habeas_produce(
                        client.pointer, handle, partition ?? habeas_partition_unassigned, key?.baseAddress,
                        key?.count ?? 0, value?.baseAddress, value?.count ?? 0, value == nil ? 0 : 1,
                        bytes.baseAddress, entries.baseAddress, headers.entries.count, opaque)
                }
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL, !deadline.hasPassed else {
                let error = ClientError.fatal(of: client.pointer) ?? ClientError(code: code)
                return error.failure("produce to \(topic)")
            }
            rd_kafka_flush(client.pointer, deadline.slice(ofMs: 20))
        }
    }

    private func topic(_ name: String) -> Result<Topic, LogFailure> {
        state.withLock { state in
            if state.closed { return .failure(.fatal(reason: "produce to \(name): the producer is closed")) }
            if let known = state.topics[name] { return .success(known) }
            guard let handle = rd_kafka_topic_new(client.pointer, name, nil) else {
                return .failure(ClientError(code: rd_kafka_last_error()).failure("topic \(name)"))
            }
            let topic = Topic(handle: handle)
            state.topics[name] = topic
            return .success(topic)
        }
    }
}

/// Somebody who waits for one record's delivery.
private final class Waiter: Sendable {
    private let topic: String
    private let continuation: CheckedContinuation<Result<PlainProducer.Delivery, LogFailure>, Never>

    init(topic: String, continuation: CheckedContinuation<Result<PlainProducer.Delivery, LogFailure>, Never>) {
        self.topic = topic
        self.continuation = continuation
    }

    func resume(_ result: Result<(Int32, Int64), DeliveryError>) {
        switch result {
        case .success(let place):
            continuation.resume(returning: .success(.init(partition: place.0, offset: place.1)))
        case .failure(let failure):
            continuation.resume(returning: .failure(failure.error.failure("produce to \(topic)")))
        }
    }
}

private func withBytes<Answer>(
    _ key: [UInt8]?, _ value: [UInt8]?, _ body: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) -> Answer
) -> Answer {
    withBytes(key) { key in withBytes(value) { value in body(key, value) } }
}

private func withBytes<Answer>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Answer) -> Answer {
    bytes.map { bytes in bytes.withUnsafeBytes { body($0) } } ?? body(nil)
}
