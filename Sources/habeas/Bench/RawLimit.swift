import Contract
import Dispatch
import Foundation
import Kafka
import RecordLog

/// What the client itself can do with a coordinator's traffic on this broker, with no coordinator in it.
///
/// A request with eight endpoints costs nine records in (the request, eight acknowledgements) and fourteen out (eight
/// tasks, and twice a snapshot, a status and a timeline record). Exactly that traffic goes through one consumer and one
/// producer in the lane's own batches and commits; nothing is read, decided or written but bytes of the right number.
/// What a lane costs beside it is its own.
struct RawLimit {
    /// What the records bear that have headers at all: the client allocates each header by itself, so that they are a
    /// good part of what a record costs.
    enum Headers {
        /// Three: nobody could say what a record is with less.
        case leanest
        /// Those of the contract, in the lengths that a lane writes.
        case contract
    }

    private static let inputBytes = 300
    private static let taskBytes = 560
    /// How long the group may take to give partitions, and then each batch to come.
    private static let patienceSeconds = 60.0

    /// What a lane writes twice for each request; the lengths are those of statuses, records and snapshots of as many
    /// tasks.
    private struct FaceBytes {
        var status: Int
        var timeline: Int
        var snapshot: Int

        init(endpoints: Int) {
            status = 600 + 300 * endpoints
            timeline = 120 + 60 * endpoints
            snapshot = 380 + 40 * endpoints
        }
    }

    private let rig: BenchRig
    private let headers: Headers
    private var recordsIn: Int { rig.plan.requests * (rig.plan.endpoints + 1) }

    /// Measures in topics of its own.
    static func measure(
        kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, headers: Headers
    ) async throws -> BenchPhase {
        let rig = try await BenchRig(kafka: kafka, turn: turn, plan: plan)
        let limit = RawLimit(rig: rig, headers: headers)
        try limit.writeInput()
        let phase = try await BlockingCall.run { try limit.drain() }
        try await rig.close()
        return phase
    }

    private init(rig: BenchRig, headers: Headers) {
        self.rig = rig
        self.headers = headers
    }

    private func writeInput() throws {
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: Self.inputBytes)
        for request in 0..<rig.plan.requests {
            let key = Array("\(request)".utf8)
            for _ in 0...rig.plan.endpoints {
                try rig.producer.enqueue(
                    topic: rig.topics.requests, partition: rig.home(of: request), key: key, value: value)
            }
        }
        try rig.producer.flush()
    }

    private func drain() throws -> BenchPhase {
        let log = try KafkaLaneLog(
            settings: rig.kafka, group: rig.topics.coordinatorGroup, instance: "raw", lane: 0,
            inputs: rig.topics.inputs, gatherMs: Int(rig.turn.commitIntervalMs))
        defer { log.leave() }
        let writer = try Writer(log: log, rig: rig, headers: headers.block(rig))
        let created = DispatchTime.now().uptimeNanoseconds
        var began: (at: UInt64, cpu: Double)?
        var (seen, commits) = (0, 0)
        var lastProgress = Date()
        try log.join()
        while seen < recordsIn {
            guard -lastProgress.timeIntervalSinceNow < Self.patienceSeconds else {
                throw CommandFailure.unreachable("the broker brought nothing for \(Int(Self.patienceSeconds)) s")
            }
            switch try log.poll(maxRecords: rig.turn.records, timeoutMs: 100) {
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
            records: seen, seconds: Double(DispatchTime.now().uptimeNanoseconds - start.at) / 1e9,
            cpuSeconds: BenchMeter.cpuSeconds - start.cpu, commits: commits,
            readyMs: Int((start.at - created) / 1_000_000), restoreMs: 0, residentBytes: nil)
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
        private let bytes: FaceBytes
        private let outputs: (tasks: Int, sagas: Int, status: Int, timeline: Int)
        private let headers: HeaderBlock
        private let noHeaders = HeaderBlock()
        private let text: [UInt8]
        /// Records in; what a request writes follows its last one.
        private var seen = 0

        init(log: KafkaLaneLog, rig: BenchRig, headers: HeaderBlock) throws {
            self.log = log
            self.headers = headers
            endpoints = rig.plan.endpoints
            bytes = FaceBytes(endpoints: endpoints)
            text = [UInt8](repeating: UInt8(ascii: "x"), count: max(bytes.status, RawLimit.taskBytes))
            outputs = (
                try log.output(topic: rig.topics.tasks(connector: BenchRig.connector)),
                try log.output(topic: rig.topics.sagas), try log.output(topic: rig.topics.status),
                try log.output(topic: rig.topics.timeline)
            )
        }

        func answer(_ records: UnsafeBufferPointer<RecordView>) throws {
            var ends: [Int64: InputPosition] = [:]
            try log.begin()
            for record in records {
                ends[Int64(record.topic) << 32 | Int64(record.partition)] = InputPosition(
                    topic: record.topic, partition: record.partition, offset: record.offset + 1)
                seen += 1
                guard seen % (endpoints + 1) == 0 else { continue }
                for _ in 0..<endpoints { try write(outputs.tasks, record, RawLimit.taskBytes, headers) }
                for _ in 0..<2 {
                    try write(outputs.sagas, record, bytes.snapshot, noHeaders)
                    try write(outputs.status, record, bytes.status, headers)
                    try write(outputs.timeline, record, bytes.timeline, headers)
                }
            }
            try log.commit(positions: Array(ends.values))
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

extension RawLimit.Headers {
    fileprivate func block(_ rig: BenchRig) -> HeaderBlock {
        switch self {
        case .leanest:
            var block = HeaderBlock()
            block.append("ce_type", "dev.habeas.task.v1")
            block.append("ce_id", "0123456789abcdef0123456789abcdef")
            block.append("content-type", "application/json")
            return block
        case .contract:
            var headers = EnvelopeHeaders(.task, source: BenchRig.source)
            headers.begin(subject: rig.id(0), path: "place-0/erase", 1, 1, time: SystemClock().now())
            return headers.block
        }
    }
}
