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
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        var ends: [Int64] = []
        for partition in partitions { ends.append(try watermarks(topic, partition, deadline).high) }
        return ends
    }

    /// First offset that is kept, and the offset behind the last record.
    func watermarks(_ topic: String, _ partition: Int32, _ deadline: Deadline) throws(LogFailure) -> (
        low: Int64, high: Int64
    ) {
        while true {
            var low: Int64 = 0
            var high: Int64 = 0
            let code = rd_kafka_query_watermark_offsets(
                client.pointer, topic, partition, &low, &high, deadline.remainingMs)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return (low, high) }
            let error = ClientError(code: code)
            try client.checkUsable("watermarks of \(topic)")
            guard error.meaning == .passing, !deadline.hasPassed else {
                throw error.failure("watermarks of \(topic) [\(partition)]")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    func partitionCount(topic: String) throws(LogFailure) -> Int? {
        try client.partitionCount(topic: topic, within: Deadline(afterMs: settings.operationTimeoutMs))
    }

    func close() {
        client.destroy(withinMs: settings.leaveTimeoutMs)
    }
}
