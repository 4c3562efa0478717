internal import CRdKafka
internal import Foundation
internal import RecordLog

/// Whether this member's name is still its own.
///
/// A group answers "fenced" to whoever speaks under a member's instance name with another member id. librdkafka 2.0
/// does so itself: when its session has ended by its own clock it forgets its member id, and goes on with heartbeats
/// until the lane has answered the revocation. A group that slept with its broker still has the member and takes them
/// for a stranger's; librdkafka then calls the client fenced, for good. So only a client with a member id believes it.
/// One without asks the group who has its name.
extension LaneConsumer {
    /// What a group calls this client says nothing, since the client has no member id to be called by.
    var isFenceInDoubt: Bool { instanceID != nil && memberID != nil && !client.isMember }

    /// A fence that is in doubt means no more than that the partitions are gone: the next poll finds out.
    func unlessInDoubt(_ failure: LogFailure) -> LogFailure {
        guard case .fenced(let reason) = failure, isFenceInDoubt else { return failure }
        return .partitionsLost(reason: reason)
    }

    /// Throws `fenced` where the group has a member of this name that this client never was.
    ///
    /// A group that has nobody of this name has given this member up, and would have kept another. A broker that never
    /// tells its members says nothing against this one.
    func proveNotReplaced(within deadline: Deadline) throws(LogFailure) {
        try proveNotReplaced { () throws(LogFailure) in try holderOfName(within: deadline) }
    }

    /// - Parameter holderOfName: what the group answers.
    func proveNotReplaced(asking holderOfName: () throws(LogFailure) -> String?) throws(LogFailure) {
        guard let memberID else { return }
        let holder: String?
        do throws(LogFailure) { holder = try holderOfName() } catch {
            guard case .fatal(let reason) = error else { throw error }
            log(KafkaLogLine(level: .warning, client: "lane", facility: "REJOIN", message: reason))
            return
        }
        guard let holder, holder != memberID else { return }
        throw .fenced(reason: "group membership: the group has another member under this name")
    }

    /// The member id that the group has under this member's name; nil where it has none.
    ///
    /// Asked by a client of its own: one of librdkafka 2.0 was seen to stand still, for good, after it had put this
    /// question to a broker that does not know it.
    func holderOfName(within deadline: Deadline) throws(LogFailure) -> String? {
        guard let instanceID else { return nil }
        let asking = try ClientHandle(.admin, settings, log: log)
        defer { asking.destroy(withinMs: 0) }
        return try asking.memberID(ofInstance: instanceID, group: group, within: deadline)
    }

    /// Asks the group whether another process has taken this member's name, by committing an offset once more that is
    /// committed already.
    ///
    /// A producer that is fenced because its transaction took too long looks the same as one that was replaced; only
    /// the group can tell. A new producer for a process that was replaced would fence its rightful successor. The
    /// offset is read first, from behind any transaction that is still open: one that is remembered here could be older
    /// than what the transaction with the unknown outcome has committed.
    func proveIdentity(within deadline: Deadline) throws(LogFailure) {
        if isFenceInDoubt { return try proveNotReplaced(within: deadline) }
        if let error = ClientError.fatal(of: client.pointer), error.meaning == .fenced {
            throw error.failure("group membership")
        }
        guard case .assigned(let partitions) = holding, let partition = partitions.first else { return }
        let list = PartitionList(capacity: 1)
        list.append(topic: inputs[0], partition: partition)
        try client.fetchCommitted(list, within: deadline)
        // None and zero both mean the beginning.
        if list[0].offset < 0 { list.setOffset(0, at: 0) }
        guard let error = commit(list, within: deadline) else { return }
        switch error.meaning {
        case .fenced, .hopeless: throw error.failure("group membership")
        case .partitionsLost, .passing: break
        }
    }
}

extension ClientHandle {
    /// The member id that this client has in its group; nil where it has none, also after its session has ended. Asks
    /// nothing of a broker.
    var memberID: String? {
        guard let id = rd_kafka_memberid(pointer) else { return nil }
        defer { rd_kafka_mem_free(pointer, id) }
        return id.pointee == 0 ? nil : String(cString: id)
    }

    var isMember: Bool { memberID != nil }

    /// The member id that a group has under an instance name; nil where it has none.
    func memberID(
        ofInstance instance: String, group: String, within deadline: Deadline
    ) throws(LogFailure) -> String? {
        while true {
            let error: ClientError
            switch describeMember(instance, group, deadline) {
            case .success(let found): return found
            case .failure(let failed): error = failed
            }
            guard error.meaning == .passing, !deadline.hasPassed else { throw error.failure("members of the group") }
            // A coordinator that has just started reads its groups first: ask again a little later.
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    private func describeMember(
        _ instance: String, _ group: String, _ deadline: Deadline
    ) -> Result<String?, ClientError> {
        guard let queue = rd_kafka_queue_new(pointer),
            let options = rd_kafka_AdminOptions_new(pointer, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS)
        else { return .failure(ClientError(code: RD_KAFKA_RESP_ERR__FAIL)) }
        defer {
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        // Fails only for values out of range.
        rd_kafka_AdminOptions_set_request_timeout(options, max(1, deadline.remainingMs), nil, 0)
        group.withCString { name in
            var names: [UnsafePointer<CChar>?] = [name]
            rd_kafka_DescribeConsumerGroups(pointer, &names, 1, options, queue)
        }
        guard let event = rd_kafka_queue_poll(queue, deadline.remainingMs) else {
            return .failure(ClientError(code: RD_KAFKA_RESP_ERR__TIMED_OUT))
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(ClientError(code: code)) }
        var count = 0
        let result = rd_kafka_event_DescribeConsumerGroups_result(event)
        guard let groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count), count > 0 else {
            return .failure(ClientError(code: RD_KAFKA_RESP_ERR__FAIL))
        }
        return member(of: groups[0], instance)
    }

    private func member(of group: OpaquePointer?, _ instance: String) -> Result<String?, ClientError> {
        if let error = rd_kafka_ConsumerGroupDescription_error(group) {
            return .failure(ClientError(code: rd_kafka_error_code(error)))
        }
        for index in 0..<rd_kafka_ConsumerGroupDescription_member_count(group) {
            let member = rd_kafka_ConsumerGroupDescription_member(group, index)
            guard let name = rd_kafka_MemberDescription_group_instance_id(member), String(cString: name) == instance
            else { continue }
            return .success(rd_kafka_MemberDescription_consumer_id(member).map { String(cString: $0) })
        }
        return .success(nil)
    }
}
