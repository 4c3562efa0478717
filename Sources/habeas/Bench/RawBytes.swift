import Contract
import Kafka
import RecordLog

/// Writes for each batch of the raw limit what a lane would.
protocol RawAnswering {
    func answer(_ records: UnsafeBufferPointer<RecordView>) throws
}

/// The log's numbers of the topics that a lane writes to in a benchmark.
struct RawOutputs {
    let tasks: Int
    let sagas: Int
    let status: Int
    let timeline: Int

    init(log: KafkaLaneLog, topics: TopicNames) throws {
        tasks = try log.output(topic: topics.tasks(connector: BenchRig.connector))
        sagas = try log.output(topic: topics.sagas)
        status = try log.output(topic: topics.status)
        timeline = try log.output(topic: topics.timeline)
    }
}

/// Where a batch ends in each partition.
struct RawPositions {
    private var ends: [Int64: InputPosition] = [:]

    mutating func note(_ record: RecordView) {
        ends[Int64(record.topic) << 32 | Int64(record.partition)] = InputPosition(
            topic: record.topic, partition: record.partition, offset: record.offset + 1)
    }

    var all: [InputPosition] { Array(ends.values) }
}

/// Answers with as many bytes as a lane writes, and looks at none that come in.
final class RawBytes: RawAnswering {
    /// What a lane writes twice for each request; the lengths are those of its statuses, timelines and snapshots of as
    /// many tasks, in the middle of both turns (a test holds them to it).
    private struct FaceBytes {
        var status: Int
        var timeline: Int
        var snapshot: Int

        init(endpoints: Int) {
            status = 840 + 336 * endpoints
            timeline = 286 + 151 * endpoints
            snapshot = 135 + 29 * endpoints / 2
        }
    }

    private static let taskBytes = 580

    private let log: KafkaLaneLog
    private let endpoints: Int
    private let bytes: FaceBytes
    private let outputs: RawOutputs
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
        text = [UInt8](repeating: UInt8(ascii: "x"), count: max(bytes.status, Self.taskBytes))
        outputs = try RawOutputs(log: log, topics: rig.topics)
    }

    func answer(_ records: UnsafeBufferPointer<RecordView>) throws {
        var positions = RawPositions()
        try log.begin()
        for record in records {
            positions.note(record)
            seen += 1
            guard seen % (endpoints + 1) == 0 else { continue }
            for _ in 0..<endpoints { try write(outputs.tasks, record, Self.taskBytes, headers) }
            for _ in 0..<2 {
                try write(outputs.sagas, record, bytes.snapshot, noHeaders)
                try write(outputs.status, record, bytes.status, headers)
                try write(outputs.timeline, record, bytes.timeline, headers)
            }
        }
        try log.commit(positions: positions.all)
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

extension HeaderBlock {
    /// With less nobody could say what a record is.
    static var leanest: HeaderBlock {
        var block = HeaderBlock()
        block.append("ce_type", "dev.habeas.task.v1")
        block.append("ce_id", "0123456789abcdef0123456789abcdef")
        block.append("content-type", "application/json")
        return block
    }

    /// Those of a task.
    static func contract(_ rig: BenchRig) -> HeaderBlock {
        var headers = EnvelopeHeaders(.task, source: BenchRig.source)
        headers.begin(subject: rig.id(0), path: "place-0/erase", 1, 1, time: SystemClock().now())
        return headers.block
    }
}
