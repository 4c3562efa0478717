internal import CRdKafka

extension KafkaAdmin {
    /// Creates topics; the answer has what became of each.
    public func createTopics(_ topics: [NewTopic]) throws(AdminFailure) -> [String: TopicOutcome] {
        var outcomes: [String: TopicOutcome] = [:]
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for topic in topics {
            switch request(for: topic) {
            case .success(let request): requests.append(request)
            case .failure(let refusal): outcomes[topic.name] = .refused(reason: refusal.reason)
            }
        }
        guard !requests.isEmpty else { return outcomes }
        try ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, "create topics") { options, queue in
            rd_kafka_CreateTopics(client.pointer, &requests, requests.count, options, queue)
        } read: { event in
            outcomes.merge(
                topicOutcomes(rd_kafka_event_CreateTopics_result(event), rd_kafka_CreateTopics_result_topics)
            ) {
                $1
            }
        }
        return outcomes
    }

    /// Deletes topics with all that is in them.
    public func deleteTopics(_ names: [String]) throws(AdminFailure) -> [String: TopicOutcome] {
        var requests = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for request in requests { rd_kafka_DeleteTopic_destroy(request) } }
        guard !requests.isEmpty else { return [:] }
        var outcomes: [String: TopicOutcome] = [:]
        try ask(RD_KAFKA_ADMIN_OP_DELETETOPICS, "delete topics") { options, queue in
            rd_kafka_DeleteTopics(client.pointer, &requests, requests.count, options, queue)
        } read: { event in
            outcomes = topicOutcomes(rd_kafka_event_DeleteTopics_result(event), rd_kafka_DeleteTopics_result_topics)
        }
        return outcomes
    }

    /// The settings in force of some topics, by topic and name. Topics that cannot be described are left out.
    public func topicConfigs(_ names: [String]) throws(AdminFailure) -> [String: [String: TopicConfigValue]] {
        var requests = names.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
        defer { for request in requests { rd_kafka_ConfigResource_destroy(request) } }
        guard !requests.isEmpty else { return [:] }
        var configs: [String: [String: TopicConfigValue]] = [:]
        try ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "describe topic settings") { options, queue in
            rd_kafka_DescribeConfigs(client.pointer, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let result = rd_kafka_event_DescribeConfigs_result(event)
            guard let resources = rd_kafka_DescribeConfigs_result_resources(result, &count) else { return }
            for index in 0..<count where rd_kafka_ConfigResource_error(resources[index]) == RD_KAFKA_RESP_ERR_NO_ERROR {
                configs[String(cString: rd_kafka_ConfigResource_name(resources[index]))] = values(resources[index])
            }
        }
        return configs
    }

    private func values(_ resource: OpaquePointer?) -> [String: TopicConfigValue] {
        var count = 0
        guard let entries = rd_kafka_ConfigResource_configs(resource, &count) else { return [:] }
        var values: [String: TopicConfigValue] = [:]
        for index in 0..<count {
            let entry = entries[index]
            values[String(cString: rd_kafka_ConfigEntry_name(entry))] = TopicConfigValue(
                value: rd_kafka_ConfigEntry_value(entry).map { String(cString: $0) },
                isDefault: rd_kafka_ConfigEntry_is_default(entry) != 0,
                isReadOnly: rd_kafka_ConfigEntry_is_read_only(entry) != 0)
        }
        return values
    }

    private func request(for topic: NewTopic) -> Result<OpaquePointer, AdminFailure> {
        let made = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let request = rd_kafka_NewTopic_new(
                topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication ?? -1),
                text.baseAddress, text.count)
            return (request, request == nil ? String(cString: text.baseAddress!) : "")
        }
        guard let request = made.0 else { return .failure(.refused(reason: made.1)) }
        for (name, value) in topic.configs.sorted(by: { $0.key < $1.key }) {
            let code = rd_kafka_NewTopic_set_config(request, name, value)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_NewTopic_destroy(request)
                return .failure(.refused(reason: ClientError(code: code).reason(name)))
            }
        }
        return .success(request)
    }

    private func topicOutcomes(
        _ result: OpaquePointer?,
        _ topics: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafeMutablePointer<OpaquePointer?>?
    ) -> [String: TopicOutcome] {
        var count = 0
        guard let results = topics(result, &count) else { return [:] }
        var outcomes: [String: TopicOutcome] = [:]
        for index in 0..<count {
            let code = rd_kafka_topic_result_error(results[index])
            let text = rd_kafka_topic_result_error_string(results[index]).map { String(cString: $0) }
            outcomes[String(cString: rd_kafka_topic_result_name(results[index]))] =
                switch code {
                case RD_KAFKA_RESP_ERR_NO_ERROR: .done
                case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: .alreadyExists
                default: .refused(reason: text ?? ClientError(code: code).text)
                }
        }
        return outcomes
    }

    /// One request of librdkafka's admin interface, and its answer.
    private func ask(
        _ operation: rd_kafka_admin_op_t, _ name: String, _ start: (OpaquePointer?, OpaquePointer?) -> Void,
        read: (OpaquePointer) -> Void
    ) throws(AdminFailure) {
        let timeoutMs = Int32(clamping: settings.operationTimeoutMs)
        guard let options = rd_kafka_AdminOptions_new(client.pointer, operation),
            let queue = rd_kafka_queue_new(client.pointer)
        else { throw .refused(reason: "\(name): out of memory") }
        defer {
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        // Both fail only for values out of range, and the settings' range is narrower.
        rd_kafka_AdminOptions_set_request_timeout(options, timeoutMs, nil, 0)
        if operation != RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS {
            rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMs, nil, 0)
        }
        start(options, queue)
        guard let event = rd_kafka_queue_poll(queue, timeoutMs &+ 1000) else {
            throw failure(RD_KAFKA_RESP_ERR__TIMED_OUT, nil, name)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw failure(code, rd_kafka_event_error_string(event).map { String(cString: $0) }, name)
        }
        read(event)
    }
}
