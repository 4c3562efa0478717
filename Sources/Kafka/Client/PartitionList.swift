internal import CRdKafka

/// A topic's partition by name.
struct NamedPartition: Hashable, Sendable {
    var topic: String
    var partition: Int32
}

/// Owns one of librdkafka's lists of partitions.
struct PartitionList: ~Copyable {
    private let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int) {
        // librdkafka ends the process itself when it has no memory, so that there is no nil to answer.
        pointer = rd_kafka_topic_partition_list_new(Int32(capacity))!
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(pointer)
    }

    /// Lends the list to a call; it lives at least until the call returns.
    borrowing func lend<Answer>(
        _ call: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Answer
    ) -> Answer {
        call(pointer)
    }

    func append(topic: String, partition: Int32, offset: Int64 = habeas_offset_invalid) {
        rd_kafka_topic_partition_list_add(pointer, topic, partition).pointee.offset = offset
    }

    var count: Int { Int(pointer.pointee.cnt) }

    subscript(index: Int) -> rd_kafka_topic_partition_t { pointer.pointee.elems[index] }

    func setOffset(_ offset: Int64, at index: Int) { pointer.pointee.elems[index].offset = offset }

    /// The first error of any partition.
    var firstError: rd_kafka_resp_err_t? {
        for index in 0..<count where self[index].err != RD_KAFKA_RESP_ERR_NO_ERROR { return self[index].err }
        return nil
    }

    static func read(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [NamedPartition] {
        guard let list else { return [] }
        return (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            return NamedPartition(topic: String(cString: element.topic), partition: element.partition)
        }
    }
}
