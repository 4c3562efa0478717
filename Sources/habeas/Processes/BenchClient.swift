import Contract
import Dispatch
import Foundation
import Kafka
import RecordLog

/// The traffic of the measured requests through the client alone: as many records in and out, as long and with as many
/// headers as those of a lane, and nobody who decides anything. What a lane costs beside it is its own.
struct BenchClient {
    private static let inputBytes = 300
    private static let taskBytes = 560
    private static let snapshotBytes = 700
    private static let statusBytes = 3_000
    private static let timelineBytes = 600
    /// How long the group may take to give partitions, and then each batch to come.
    private static let patienceSeconds = 60.0

    let kafka: KafkaSettings
    let turn: TurnSection
    let plan: BenchPlan
    let topics: TopicNames
    let connector: String

    private var recordsIn: Int { plan.requests * (plan.endpoints + 1) }

    func write(to producer: PlainProducer) throws {
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: Self.inputBytes)
        for request in 0..<plan.requests {
            let partition = Int32(request % plan.partitions)
            let key = Array("\(request)".utf8)
            try producer.enqueue(topic: topics.requests, partition: partition, key: key, value: value)
            for _ in 0..<plan.endpoints {
                try producer.enqueue(topic: topics.acks, partition: partition, key: key, value: value)
            }
        }
        try producer.flush()
    }

    func drain() throws -> BenchPhase {
        let log = try KafkaLaneLog(
            settings: kafka, group: topics.coordinatorGroup, instance: "bench", lane: 0, inputs: topics.inputs,
            gatherMs: Int(turn.commitIntervalMs))
        defer { log.leave() }
        let writer = try Writer(log: log, topics: topics, connector: connector, endpoints: plan.endpoints)
        let created = DispatchTime.now().uptimeNanoseconds
        var began: (at: UInt64, cpu: Double)?
        var (seen, commits) = (0, 0)
        var lastProgress = Date()
        try log.join()
        while seen < recordsIn {
            guard -lastProgress.timeIntervalSinceNow < Self.patienceSeconds else {
                throw CommandFailure.unreachable("the broker brought nothing for \(Int(Self.patienceSeconds)) s")
            }
            switch try log.poll(maxRecords: turn.records, timeoutMs: 100) {
            case .nothing: continue
            case .revoked: try log.unassign()
            case .assigned(let partitions):
                try assign(partitions, log)
                began = began ?? (DispatchTime.now().uptimeNanoseconds, BenchMeter.cpuSeconds)
            case .records(let records):
                try writer.answer(records)
                seen += records.count
                commits += 1
            }
            lastProgress = Date()
        }
        guard let start = began else { throw CommandFailure.internal("records came without an assignment") }
        return BenchPhase(
            seconds: Double(DispatchTime.now().uptimeNanoseconds - start.at) / 1e9,
            cpuSeconds: BenchMeter.cpuSeconds - start.cpu, commits: commits,
            readyMs: Int((start.at - created) / 1_000_000), residentBytes: nil)
    }

    /// A coordinator of the group that has just begun asks to try again.
    private func assign(_ partitions: [Int32], _ log: KafkaLaneLog) throws {
        let deadline = Date(timeIntervalSinceNow: Self.patienceSeconds)
        while true {
            do throws(LogFailure) { return try log.assign(partitions: partitions) } catch {
                guard case .retriable = error, Date() < deadline else { throw error }
            }
        }
    }

    /// Writes for each batch what a lane would.
    private final class Writer {
        private let log: KafkaLaneLog
        private let endpoints: Int
        private let outputs: (tasks: Int, sagas: Int, status: Int, timeline: Int)
        private var headers = HeaderBlock()
        private let noHeaders = HeaderBlock()
        private let text = [UInt8](repeating: UInt8(ascii: "x"), count: BenchClient.statusBytes)
        /// Answers of the request under way, of each partition.
        private var answers: [Int32: Int] = [:]

        init(log: KafkaLaneLog, topics: TopicNames, connector: String, endpoints: Int) throws {
            self.log = log
            self.endpoints = endpoints
            outputs = (
                try log.output(topic: topics.tasks(connector: connector)), try log.output(topic: topics.sagas),
                try log.output(topic: topics.status), try log.output(topic: topics.timeline)
            )
            for name in ["ce_specversion", "ce_source", "ce_type", "content-type", "ce_id", "ce_time", "ce_subject"] {
                headers.append(name, "0123456789abcdef0123456789abcdef")
            }
        }

        func answer(_ records: UnsafeBufferPointer<RecordView>) throws {
            var ends: [Int64: InputPosition] = [:]
            try log.begin()
            for record in records {
                ends[Int64(record.topic) << 32 | Int64(record.partition)] = InputPosition(
                    topic: record.topic, partition: record.partition, offset: record.offset + 1)
                if record.topic == 0 {
                    for _ in 0..<endpoints { try write(outputs.tasks, record, BenchClient.taskBytes, headers) }
                    try writeFace(record)
                } else {
                    answers[record.partition, default: 0] += 1
                    if answers[record.partition] == endpoints {
                        answers[record.partition] = 0
                        try writeFace(record)
                    }
                }
            }
            try log.commit(positions: Array(ends.values))
        }

        private func writeFace(_ record: RecordView) throws {
            try write(outputs.status, record, BenchClient.statusBytes, headers)
            try write(outputs.timeline, record, BenchClient.timelineBytes, headers)
            try write(outputs.sagas, record, BenchClient.snapshotBytes, noHeaders)
        }

        private func write(_ output: Int, _ record: RecordView, _ bytes: Int, _ headers: HeaderBlock) throws {
            let key = record.key ?? UnsafeRawBufferPointer(start: nil, count: 0)
            try text.withUnsafeBytes { text in
                try log.produce(
                    output: output, partition: record.partition, key: key,
                    value: UnsafeRawBufferPointer(rebasing: text[..<bytes]), headers: headers)
            }
        }
    }
}
