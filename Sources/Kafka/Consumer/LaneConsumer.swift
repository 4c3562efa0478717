internal import CRdKafka
internal import RecordLog

/// The consuming half of a lane's log: a static member of an eager group, which decides nothing by itself.
final class LaneConsumer {
    /// How far the lane has got with what the group gave it.
    enum Holding {
        case nothing
        /// The lane was told and has not answered.
        case offered([Int32])
        case assigned([Int32])
    }

    let settings: KafkaSettings
    let group: String
    /// nil for a dynamic member, which has no name that another process could take.
    let instanceID: String?
    let inputs: [String]
    private var pace: BatchPace
    let log: KafkaLog
    let client: ClientHandle
    private let topics: TopicIndex
    private let queue: OpaquePointer
    private var waker: QueueWaker?
    private let batch = RecordBatch()
    private(set) var holding = Holding.nothing
    /// Under which id the group gave this member its last partitions. The client forgets it with its session.
    private(set) var memberID: String?
    /// Who this member was when the partitions were given to it. A commit with the metadata of a later generation
    /// could cover partitions that are no longer this member's.
    private var metadata: GroupMetadata?
    /// The committed position of one partition, to be committed once more by a transaction that has read nothing;
    /// empty without partitions.
    private(set) var fence: [InputPosition] = []
    private var stashed: LogFailure?
    /// The group is known to have given the partitions away. librdkafka's own flag can be dropped when a member is
    /// given up in the middle of a rebalance.
    private var isLost = false
    private var closed = false

    init(
        settings: KafkaSettings, group: String, instanceID: String, inputs: [String], gatherMs: Int,
        log: @escaping KafkaLog
    ) throws(LogFailure) {
        self.settings = settings
        self.group = group
        self.instanceID = settings.staticMembership ? instanceID : nil
        self.inputs = inputs
        pace = BatchPace(intervalMs: gatherMs)
        self.log = log
        var own = ["group.id": group]
        own["group.instance.id"] = self.instanceID
        client = try ClientHandle(.groupConsumer, settings, own: own, log: log)
        // Errors and log lines come with the records; a queue that nobody serves would only grow.
        rd_kafka_poll_set_consumer(client.pointer)
        guard let queue = rd_kafka_queue_get_consumer(client.pointer) else {
            throw .fatal(reason: "the consumer has no queue")
        }
        self.queue = queue
        client.context.membership.attach(queue: WakeableQueue(queue))
        topics = try TopicIndex(client: client, names: inputs)
    }

    deinit {
        close(within: Deadline(afterMs: 0))
    }

    /// Another client for the same member, which has not joined yet.
    func successor() throws(LogFailure) -> LaneConsumer {
        try LaneConsumer(
            settings: settings, group: group, instanceID: instanceID ?? "", inputs: inputs,
            gatherMs: pace.intervalMs, log: log)
    }

    /// From now on the waker ends this client's waits, until it is closed.
    func attach(_ waker: QueueWaker) {
        self.waker = waker
        waker.attach(queue)
    }

    func subscribe() throws(LogFailure) {
        let list = PartitionList(capacity: inputs.count)
        for input in inputs { list.append(topic: input, partition: habeas_partition_unassigned) }
        let code = list.lend { rd_kafka_subscribe(client.pointer, $0) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw ClientError(code: code).failure("subscribe") }
    }

    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> LanePoll {
        batch.release()
        if let change = try membershipChange() { return change }
        if let failure = stashed {
            stashed = nil
            throw failure
        }
        try client.checkUsable("poll")
        var failed: ClientError?
        batch.fill(
            from: queue, maxRecords: maxRecords, timeoutMs: timeoutMs, pace: pace, topics: topics
        ) { message in
            failed = failed ?? ClientError(code: message.pointee.err, message: message)
            if message.pointee.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED { isLost = true }
        }
        if let change = try membershipChange() {
            // What was fetched before the change is not this member's to handle, or will be fetched again.
            batch.release()
            return change
        }
        if let failed { try handle(failed) }
        switch holding {
        case .assigned:
            if batch.isEmpty { return .nothing }
            pace.handedOut()
            return .records(batch.records)
        case .nothing, .offered:
            // Left over from an assignment that is being replaced; the next `assign` says where reading goes on.
            batch.release()
            return .nothing
        }
    }

    /// Records that came together with an error are handed out first.
    private func handle(_ error: ClientError) throws(LogFailure) {
        if error.code == RD_KAFKA_RESP_ERR__FATAL {
            try client.checkUsable("poll")
        }
        // The group will say so itself, as a revocation.
        if error.code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED { return }
        let failure = error.failure("poll")
        if batch.isEmpty { throw failure }
        stashed = failure
    }

    private func membershipChange() throws(LogFailure) -> LanePoll? {
        guard let change = client.context.membership.next() else { return nil }
        switch (change, holding) {
        case (.assign(let partitions), .nothing):
            client.context.membership.removeNext()
            let common = try commonPartitions(partitions)
            metadata = GroupMetadata(of: client)
            memberID = client.memberID ?? memberID
            holding = .offered(common)
            return .assigned(common)
        case (.assign, .offered), (.assign, .assigned):
            // The group went on while the lane was busy. What the lane holds is gone first; the new assignment waits
            // until that is answered.
            return .revoked(lost: true)
        case (.revoke(let lost), .offered), (.revoke(let lost), .assigned):
            client.context.membership.removeNext()
            return .revoked(lost: lost || isLost)
        case (.revoke, .nothing):
            client.context.membership.removeNext()
            answer(nil)
            return nil
        }
    }

    /// The partitions of every input topic; they must be the same, or an acknowledgement would be read by another
    /// member than the request that it belongs to.
    private func commonPartitions(_ partitions: [NamedPartition]) throws(LogFailure) -> [Int32] {
        let sets = inputs.map { input in Set(partitions.lazy.filter { $0.topic == input }.map(\.partition)) }
        guard let first = sets.first else { return [] }
        if sets.contains(where: { $0 != first }) {
            let counts = zip(inputs, sets).map { "\($0): \($1.sorted())" }.joined(separator: ", ")
            throw .fatal(reason: "unequal partitions of the input topics were assigned: \(counts)")
        }
        return first.sorted()
    }

    func assign(partitions: [Int32]) throws(LogFailure) {
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        try checkStillMine()
        // Until this has succeeded nothing may be read: the check may have taken a record out of the queue.
        holding = .offered(partitions)
        let list = PartitionList(capacity: partitions.count * inputs.count)
        for input in inputs {
            for partition in partitions { list.append(topic: input, partition: partition) }
        }
        if list.count > 0 { try client.fetchCommitted(list, within: deadline) }
        for index in 0..<list.count where list[index].offset < 0 {
            list.setOffset(habeas_offset_beginning, at: index)
        }
        try checkStillMine()
        batch.release()
        list.lend { answer($0) }
        holding = .assigned(partitions)
        // None and zero both mean the beginning.
        fence = partitions.prefix(1).map { InputPosition(topic: 0, partition: $0, offset: max(0, list[0].offset)) }
    }

    /// A restore takes long; a change that has arrived meanwhile must not be answered as if it were the one before.
    private func checkStillMine() throws(LogFailure) {
        switch holding {
        case .nothing: throw .partitionsLost(reason: "assign: nothing is offered to this member")
        case .offered, .assigned: break
        }
        if client.context.membership.next() == nil {
            // Without records in the queue this only serves what the group said; with some, they are read again.
            batch.fill(from: queue, maxRecords: 1, timeoutMs: 0, topics: topics) { _ in }
            batch.release()
        }
        if client.context.membership.next() != nil {
            throw .partitionsLost(reason: "assign: the group went on meanwhile")
        }
        try client.checkUsable("assign")
    }

    func unassign() throws(LogFailure) {
        batch.release()
        metadata = nil
        fence = []
        isLost = false
        switch holding {
        // A client that has begun anew was asked nothing yet; an answer could be taken for that to a later question.
        case .nothing: return
        case .offered, .assigned: answer(nil)
        }
        holding = .nothing
    }

    private func answer(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>?) {
        // Fails only on a closed client, which the next call reports.
        rd_kafka_assign(client.pointer, list)
    }

    var groupMetadata: GroupMetadata? { metadata }

    func moveFence(with committed: [InputPosition]) {
        for position in committed
        where fence.first?.topic == position.topic && fence.first?.partition == position.partition {
            fence = [position]
        }
    }

    func offsets(_ positions: [InputPosition]) -> PartitionList {
        let list = PartitionList(capacity: positions.count)
        for position in positions {
            list.append(topic: inputs[position.topic], partition: position.partition, offset: position.offset)
        }
        return list
    }

    func markLost() { isLost = true }

    func commit(_ positions: [InputPosition], within deadline: Deadline) -> ClientError? {
        commit(offsets(positions), within: deadline)
    }

    /// Commits as the member that this client is, or not at all.
    ///
    /// When its session has ended by its own clock a client has no member id. A group that still knows the member,
    /// since it slept while its broker was away, takes a commit without one, under the member's instance name, for a
    /// stranger's; librdkafka then calls this client fenced, for good.
    func commit(_ list: borrowing PartitionList, within deadline: Deadline) -> ClientError? {
        guard client.isMember else {
            return ClientError(
                code: RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, text: "the session has ended by this client's clock")
        }
        return client.commit(list, within: deadline)
    }

    /// Leaves the group and closes the client; what takes longer than the deadline goes on in the background.
    func close(within deadline: Deadline) {
        guard !closed else { return }
        closed = true
        batch.release()
        waker?.detach()
        metadata = nil
        client.context.membership.close()
        client.context.membership.attach(queue: nil)
        client.closeMembership(within: deadline)
        topics.close()
        rd_kafka_queue_destroy(queue)
        client.destroy(withinMs: Int(deadline.remainingMs))
    }
}

/// Owns the group's name for this member in one generation.
final class GroupMetadata {
    let pointer: OpaquePointer

    init?(of client: ClientHandle) {
        guard let pointer = rd_kafka_consumer_group_metadata(client.pointer) else { return nil }
        self.pointer = pointer
    }

    deinit {
        rd_kafka_consumer_group_metadata_destroy(pointer)
    }
}

extension ClientError {
    /// The error that came in the place of a record.
    init(code: rd_kafka_resp_err_t, message: UnsafePointer<rd_kafka_message_t>) {
        self.init(code: code, text: rd_kafka_message_errstr(message).map { String(cString: $0) })
    }
}

extension ClientHandle {
    /// Ends the membership of a group and serves its last questions.
    func closeMembership(within deadline: Deadline) {
        guard let queue = rd_kafka_queue_new(pointer) else { return }
        defer { rd_kafka_queue_destroy(queue) }
        // librdkafka 2.0 gives up a question without an answer when it closes; newer ones were seen to wait for it. So
        // it is answered: as if partitions had been offered, then as if they had been revoked. Without a question both
        // are void.
        _ = PartitionList(capacity: 0).lend { rd_kafka_assign(pointer, $0) }
        rd_kafka_assign(pointer, nil)
        if let error = ClientError(taking: rd_kafka_consumer_close_queue(pointer, queue)) {
            context.log(
                KafkaLogLine(level: .info, client: name, facility: "CLOSE", message: error.reason("leaving the group")))
            return
        }
        while rd_kafka_consumer_closed(pointer) == 0, !deadline.hasPassed {
            var message: UnsafeMutablePointer<rd_kafka_message_t>?
            if rd_kafka_consume_batch_queue(queue, deadline.slice(ofMs: 20), &message, 1) > 0 {
                rd_kafka_message_destroy(message)
            }
        }
    }
}
