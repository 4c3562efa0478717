internal import CRdKafka
internal import Foundation
internal import RecordLog

/// Calls about offsets that wait for the group's coordinator, each with a deadline.
extension ClientHandle {
    /// Commits offsets and waits for the answer. librdkafka's own blocking call has no deadline.
    func commit(_ offsets: borrowing PartitionList, within deadline: Deadline) -> ClientError? {
        guard let queue = rd_kafka_queue_new(pointer) else { return ClientError(code: RD_KAFKA_RESP_ERR__FAIL) }
        defer { rd_kafka_queue_destroy(queue) }
        let started = offsets.lend { rd_kafka_commit_queue(pointer, $0, queue, nil, nil) }
        guard started == RD_KAFKA_RESP_ERR_NO_ERROR else { return ClientError(code: started) }
        guard let event = rd_kafka_queue_poll(queue, deadline.remainingMs) else {
            return ClientError(code: RD_KAFKA_RESP_ERR__TIMED_OUT, text: "no answer from the group coordinator")
        }
        defer { rd_kafka_event_destroy(event) }
        let error = rd_kafka_event_error(event)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { return ClientError(code: error) }
        guard let answer = rd_kafka_event_topic_partition_list(event) else { return nil }
        for index in 0..<Int(answer.pointee.cnt) {
            let error = answer.pointee.elems[index].err
            if error != RD_KAFKA_RESP_ERR_NO_ERROR { return ClientError(code: error) }
        }
        return nil
    }

    /// Fills in the committed offsets, waiting for transactions that are about to change them.
    ///
    /// A consumer that reads committed records asks for stable offsets: as long as a transaction with offsets of these
    /// partitions is open the broker answers "unstable", and the question is asked again.
    func fetchCommitted(_ offsets: borrowing PartitionList, within deadline: Deadline) throws(LogFailure) {
        while true {
            let code = offsets.lend { rd_kafka_committed(pointer, $0, deadline.remainingMs) }
            let failed = code == RD_KAFKA_RESP_ERR_NO_ERROR ? offsets.firstError : code
            guard let failed else { return }
            let error = ClientError(code: failed)
            guard error.meaning == .passing, !deadline.hasPassed else { throw error.failure("committed offsets") }
            // The broker tells neither when nor that a transaction has ended: ask again a little later.
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Number of partitions of a topic; nil where there is none.
    ///
    /// - Parameter topic: a handle, to make the client itself know the topic; or only its name, which asks for the
    ///   list of all topics, since a broker may create a topic that it is asked for.
    func partitionCount(topic: String, handle: OpaquePointer? = nil, within deadline: Deadline) throws(LogFailure)
        -> Int?
    {
        while true {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let all: Int32 = handle == nil ? 1 : 0
            var code = rd_kafka_metadata(pointer, all, handle, &metadata, deadline.remainingMs)
            defer { if let metadata { rd_kafka_metadata_destroy(metadata) } }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata {
                let topics = UnsafeBufferPointer(start: metadata.pointee.topics, count: Int(metadata.pointee.topic_cnt))
                guard let found = topics.first(where: { String(cString: $0.topic) == topic }) else { return nil }
                switch found.err {
                case RD_KAFKA_RESP_ERR_NO_ERROR: return Int(found.partition_cnt)
                case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return nil
                default: code = found.err
                }
            }
            let error = ClientError(code: code)
            if let hopeless = context.hopelessError { throw hopeless.failure("metadata of \(topic)") }
            guard error.meaning == .passing, !deadline.hasPassed else { throw error.failure("metadata of \(topic)") }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// Throws the error that has made this client unusable, if there is one.
    func checkUsable(_ operation: String) throws(LogFailure) {
        if let error = ClientError.fatal(of: pointer) { throw error.failure(operation) }
        if let error = context.hopelessError { throw error.failure(operation) }
    }
}
