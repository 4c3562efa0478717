internal import CRdKafka
internal import Foundation
internal import RecordLog

/// Asks brokers for the ends of partitions, uncommitted records included.
///
/// A client of its own, since librdkafka asks with the isolation of the client: one that reads committed records is
/// told where the first open transaction begins, which can lie before a commit that is under way.
final class WatermarkClient {
    private let client: ClientHandle
    private let settings: KafkaSettings

    init(_ settings: KafkaSettings, log: @escaping KafkaLog) throws(LogFailure) {
        self.settings = settings
        client = try ClientHandle(.reader, settings, own: ["isolation.level": "read_uncommitted"], log: log)
    }

    /// The offsets behind the last record of each partition.
    func highWatermarks(topic: String, partitions: [Int32]) throws(LogFailure) -> [Int64] {
        try offsets(habeas_offset_end, topic, partitions, Deadline(afterMs: settings.operationTimeoutMs))
    }

    /// The first offsets that are kept, of each partition.
    func lowWatermarks(
        topic: String, partitions: [Int32], within deadline: Deadline
    ) throws(LogFailure) -> [Int64] {
        try offsets(habeas_offset_beginning, topic, partitions, deadline)
    }

    /// First offset that is kept, and the offset behind the last record, of each partition.
    func watermarks(topic: String, partitions: [Int32]) throws(LogFailure) -> [(low: Int64, high: Int64)] {
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        let low = try lowWatermarks(topic: topic, partitions: partitions, within: deadline)
        let high = try offsets(habeas_offset_end, topic, partitions, deadline)
        return zip(low, high).map { ($0, $1) }
    }

    /// Asked as if for times, of which the beginning and the end are two: the call for watermarks itself takes a
    /// timeout and, up to librdkafka 2.3, does not keep it while a leader is away.
    private func offsets(
        _ place: Int64, _ topic: String, _ partitions: [Int32], _ deadline: Deadline
    ) throws(LogFailure) -> [Int64] {
        guard !partitions.isEmpty else { return [] }
        while true {
            let list = PartitionList(capacity: partitions.count)
            for partition in partitions { list.append(topic: topic, partition: partition, offset: place) }
            let code = list.lend { rd_kafka_offsets_for_times(client.pointer, $0, deadline.remainingMs) }
            let failed = code == RD_KAFKA_RESP_ERR_NO_ERROR ? list.firstError : code
            guard let failed else { return try answers(list, topic, partitions) }
            let error = ClientError(code: failed)
            try client.checkUsable("ends of \(topic)")
            guard error.meaning == .passing, !deadline.hasPassed else { throw error.failure("ends of \(topic)") }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func answers(
        _ list: borrowing PartitionList, _ topic: String, _ partitions: [Int32]
    ) throws(LogFailure) -> [Int64] {
        var offsets: [Int32: Int64] = [:]
        for index in 0..<list.count { offsets[list[index].partition] = list[index].offset }
        var answers: [Int64] = []
        for partition in partitions {
            guard let offset = offsets[partition], offset >= 0 else {
                throw .retriable(reason: "ends of \(topic): no answer for partition \(partition)")
            }
            answers.append(offset)
        }
        return answers
    }

    func partitionCount(topic: String) throws(LogFailure) -> Int? {
        try client.partitionCount(topic: topic, within: Deadline(afterMs: settings.operationTimeoutMs))
    }

    func close() {
        client.destroy(withinMs: settings.leaveTimeoutMs)
    }
}
