internal import CRdKafka
public import RecordLog

/// A member of a group that takes what it is given: for workers, which keep nothing from one record to the next.
///
/// Used on one thread, except for `wake`. Offsets are committed only when `commit` says so.
public final class GroupConsumer {
    public struct Partition: Hashable, Sendable {
        /// Index in the list of topics.
        public var topic: Int
        public var partition: Int32

        public init(topic: Int, partition: Int32) {
            self.topic = topic
            self.partition = partition
        }
    }

    /// What one `poll` brought. A membership change comes alone.
    public enum Poll {
        case nothing
        /// Valid until the next `poll`.
        case records(UnsafeBufferPointer<RecordView>)
        /// All partitions that are this member's now. Reading has begun at the committed offsets.
        case assigned([Partition])
        /// These are no longer this member's. Unless they are `lost` what is done can still be committed, before the
        /// next `poll`, which lets them go.
        case revoked([Partition], lost: Bool)
    }

    private let settings: KafkaSettings
    private let topicNames: [String]
    private let client: ClientHandle
    private let topics: TopicIndex
    private let queue: OpaquePointer
    private let waker: QueueWaker
    private let batch = RecordBatch()
    private var assigned: [Partition] = []
    private var owesUnassign = false
    private var stashed: LogFailure?
    private var closed = false

    /// Joins the group and subscribes; partitions are assigned by `poll`.
    ///
    /// - Parameter topics: names; records carry their index in this list.
    public init(
        settings: KafkaSettings, group: String, topics topicNames: [String], log: @escaping KafkaLog = { _ in }
    ) throws(LogFailure) {
        self.settings = settings
        self.topicNames = topicNames
        client = try ClientHandle(.groupConsumer, settings, own: ["group.id": group], log: log)
        rd_kafka_poll_set_consumer(client.pointer)
        guard let queue = rd_kafka_queue_get_consumer(client.pointer) else {
            throw .fatal(reason: "the consumer has no queue")
        }
        self.queue = queue
        waker = QueueWaker(queue)
        client.context.membership.attach(queue: WakeableQueue(queue))
        topics = try TopicIndex(client: client, names: topicNames)
        let list = PartitionList(capacity: topicNames.count)
        for topic in topicNames { list.append(topic: topic, partition: habeas_partition_unassigned) }
        let code = list.lend { rd_kafka_subscribe(client.pointer, $0) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw ClientError(code: code).failure("subscribe") }
    }

    deinit {
        close()
    }

    /// Waits at most `timeoutMs` for something to happen and takes at most `maxRecords` records.
    ///
    /// Releases the batch of the call before. Returns early after `wake`.
    public func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> Poll {
        batch.release()
        if owesUnassign {
            owesUnassign = false
            assigned = []
            rd_kafka_assign(client.pointer, nil)
        }
        if let change = try membershipChange() { return change }
        if let failure = stashed {
            stashed = nil
            throw failure
        }
        try client.checkUsable("poll")
        var failed: ClientError?
        batch.fill(from: queue, maxRecords: maxRecords, timeoutMs: timeoutMs, topics: topics) { message in
            failed = failed ?? ClientError(code: message.pointee.err, message: message)
        }
        if let change = try membershipChange() {
            // Fetched again at the committed offsets, by whoever has the partitions then.
            batch.release()
            return change
        }
        if let failed, failed.code != RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED {
            if failed.code == RD_KAFKA_RESP_ERR__FATAL { try client.checkUsable("poll") }
            let failure = failed.failure("poll")
            if batch.isEmpty { throw failure }
            stashed = failure
        }
        return batch.isEmpty ? .nothing : .records(batch.records)
    }

    private func membershipChange() throws(LogFailure) -> Poll? {
        guard let change = client.context.membership.next() else { return nil }
        switch change {
        case .assign(let partitions) where assigned.isEmpty:
            try begin(partitions)
            client.context.membership.removeNext()
            assigned = partitions.compactMap { partition in
                topics.index(named: partition.topic).map { Partition(topic: $0, partition: partition.partition) }
            }
            return .assigned(assigned)
        case .assign:
            // The group went on without a revocation. What is held is given up before the new assignment is taken.
            let before = assigned
            assigned = []
            return .revoked(before, lost: true)
        case .revoke(let lost):
            client.context.membership.removeNext()
            owesUnassign = true
            return .revoked(assigned, lost: lost)
        }
    }

    /// Asks for the committed offsets itself: librdkafka, left to it, may lose the answer of a coordinator that is just
    /// starting, and then never reads the partitions. Where this fails the next `poll` does it again.
    private func begin(_ partitions: [NamedPartition]) throws(LogFailure) {
        let list = PartitionList(capacity: partitions.count)
        for partition in partitions { list.append(topic: partition.topic, partition: partition.partition) }
        if list.count > 0 {
            try client.fetchCommitted(list, within: Deadline(afterMs: settings.operationTimeoutMs))
        }
        for index in 0..<list.count where list[index].offset < 0 {
            list.setOffset(habeas_offset_beginning, at: index)
        }
        _ = list.lend { rd_kafka_assign(client.pointer, $0) }
    }

    /// Commits where reading of some partitions goes on, and waits for the answer.
    public func commit(_ positions: [InputPosition]) throws(LogFailure) {
        guard !positions.isEmpty else { return }
        let list = PartitionList(capacity: positions.count)
        for position in positions {
            list.append(topic: topicNames[position.topic], partition: position.partition, offset: position.offset)
        }
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        if let error = client.commit(list, within: deadline) { throw error.failure("commit offsets") }
    }

    /// Makes a `poll` that is under way, or else the next one, return at once. Callable from any thread.
    public var wake: @Sendable () -> Void { { [waker] in waker.wake() } }

    /// Leaves the group, which gives the partitions to others at once. Bounded by the settings' leave timeout.
    public func close() {
        guard !closed else { return }
        closed = true
        let deadline = Deadline(afterMs: settings.leaveTimeoutMs)
        batch.release()
        waker.detach()
        client.context.membership.close()
        client.context.membership.attach(queue: nil)
        client.closeMembership(within: deadline)
        topics.close()
        rd_kafka_queue_destroy(queue)
        client.destroy(withinMs: Int(deadline.remainingMs))
    }
}
