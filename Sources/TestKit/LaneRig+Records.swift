public import Contract
import Coordinator
import Foundation
import Kafka
public import RecordLog
public import SagaKernel

extension LaneRig {
    static func create(_ topics: [String], partitions: Int, _ settings: KafkaSettings) async throws {
        let admin = try KafkaAdmin(settings: settings)
        defer { admin.close() }
        let wanted = topics.map { NewTopic(name: $0, partitions: partitions, replication: 1) }
        _ = try await admin.run { (admin) throws(AdminFailure) in try admin.createTopics(wanted) }
    }

    /// Publishes a request on a partition of one's choice.
    public func submit(
        _ id: RequestID, device: String, type: RequestType = .erasure, hub: String? = nil, partition: Int32 = 0,
        change: (inout RequestDraft) -> Void = { _ in }
    ) async throws {
        var draft = RequestDraft(
            id: id, type: type, submitted: TestClock().now(),
            identities: [.device(hub: hub ?? plans.plans.keys.sorted()[0], deviceID: device)])
        change(&draft)
        try await producer.send(
            topic: topics.requests, partition: partition, key: Array(id.description.utf8),
            value: RequestWriter.bytes(draft))
    }

    /// Answers a task as a worker would.
    public func acknowledge(
        _ task: WorkerTask, _ verdict: Acknowledgement.Verdict, partition: Int32? = nil
    ) async throws {
        let bytes = AcknowledgementWriter.bytes(
            task: task, verdict: verdict, worker: "test", time: TestClock().now())
        try await producer.send(
            topic: task.replyTopic, partition: partition ?? task.replyPartition,
            key: Array(task.requestID.description.utf8), value: bytes)
    }

    public func command(_ command: Command, partition: Int32 = 0) async throws {
        let bytes = CommandWriter.bytes(command, homePartition: partition, time: TestClock().now())
        try await producer.send(
            topic: topics.commands, partition: partition, key: Array(command.requestID.description.utf8),
            value: bytes)
    }

    /// Opens everything of a topic.
    public func open(_ topic: String) throws -> TopicTail {
        guard let reader = try KafkaLogReader.openAll(settings: kafka, topic: topic) else {
            throw LaneRigFault.noTopic(topic)
        }
        return TopicTail(reader: reader)
    }
}

public enum LaneRigFault: Error {
    case noTopic(String)
    case deadline(waitingFor: String)
}

/// Reads a topic from its beginning, and remembers what came.
public final class TopicTail {
    /// A record that outlives its batch.
    public struct Record: Sendable {
        public var partition: Int32
        public var offset: Int64
        public var key: String
        public var value: [UInt8]?
        public var headers: [(name: String, value: String)]
    }

    private let reader: any LogReader
    public private(set) var records: [Record] = []

    public init(reader: any LogReader) {
        self.reader = reader
    }

    deinit { reader.close() }

    /// Reads on until the condition holds.
    ///
    /// - Throws: `LaneRigFault.deadline` when it does not within `seconds`.
    public func wait(
        for what: String, seconds: Double = 30, until condition: ([Record]) throws -> Bool
    ) throws {
        let deadline = Date().addingTimeInterval(seconds)
        while try !condition(records) {
            if Date() > deadline { throw LaneRigFault.deadline(waitingFor: what) }
            try read(timeoutMs: 50)
        }
    }

    /// Reads everything that was written before the call.
    public func readToEnd(seconds: Double = 30) throws {
        let bounds = try reader.highWatermarks()
        let deadline = Date().addingTimeInterval(seconds)
        while try !zip(bounds, reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) {
            if Date() > deadline { throw LaneRigFault.deadline(waitingFor: "the end of a topic") }
            try read(timeoutMs: 50)
        }
    }

    public func read(timeoutMs: Int) throws {
        for view in try reader.poll(maxRecords: 10_000, timeoutMs: timeoutMs) {
            records.append(
                Record(
                    partition: view.partition, offset: view.offset,
                    key: view.key.map { String(decoding: $0, as: UTF8.self) } ?? "",
                    value: view.value.map { [UInt8]($0) },
                    headers: view.headers.map { header in
                        (
                            String(decoding: header.name, as: UTF8.self),
                            header.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
                        )
                    }))
        }
    }

    /// The tasks among the records, in their order.
    ///
    /// - Throws: the refusal of the first record that is none.
    public func tasks() throws -> [WorkerTask] {
        try records.compactMap { record in
            try record.value?.withUnsafeBytes { bytes in
                try TaskReader().read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0)).get()
            }
        }
    }

    /// The newest status of each request.
    public func statuses() throws -> [String: StatusDocument] {
        var newest: [String: StatusDocument] = [:]
        for record in records {
            guard let value = record.value else {
                newest[record.key] = nil
                continue
            }
            newest[record.key] = try StatusDocument.decode(value)
        }
        return newest
    }
}
