public import Kafka
public import RecordLog

/// Publishes with a producer of the worker's process. The producer stays its maker's, to be closed after the worker.
public struct KafkaRecordSink: RecordSink {
    private let producer: PlainProducer

    public init(producer: PlainProducer) {
        self.producer = producer
    }

    public func publish(_ record: OutgoingRecord) async throws(LogFailure) {
        _ = try await producer.send(
            topic: record.topic, partition: record.partition, key: record.key, value: record.value,
            headers: record.headers)
    }
}
