import Contract
import Kafka
import RecordLog
import SagaKernel

/// Reads and writes what a lane reads and writes, with its codec, and does nothing else that a lane does: what is
/// written about a request was decided beforehand, of one that stands for all. Snapshots, which are a lane's own, stay
/// bytes.
///
/// The one request is always in the caches, so that this is less than any coordinator can do with.
final class RawRecords: RawAnswering {
    private let log: KafkaLaneLog
    private let outputs: RawOutputs
    private let requests: RequestReader
    private let acknowledgements = AcknowledgementReader()
    private let begun: SampleTurn
    private let completed: SampleTurn
    private let endpoints: Int
    private var answered = 0
    private var json = JSONWriter(capacity: 8_192)
    private let replyTopic: String
    private var taskHeaders = EnvelopeHeaders(.task, source: BenchRig.source)
    private var statusHeaders = EnvelopeHeaders(.status, source: BenchRig.source)
    private var timelineHeaders = EnvelopeHeaders(.timeline, source: BenchRig.source)
    private let noHeaders = HeaderBlock()

    init(log: KafkaLaneLog, rig: BenchRig) throws {
        self.log = log
        replyTopic = rig.topics.acks
        endpoints = rig.plan.endpoints
        outputs = try RawOutputs(log: log, topics: rig.topics)
        requests = rig.requestReader()
        (begun, completed) = try SampleTurn.both(rig)
    }

    func answer(_ records: UnsafeBufferPointer<RecordView>) throws {
        let now = SystemClock().now()
        var positions = RawPositions()
        try log.begin()
        for record in records {
            positions.note(record)
            // In the order of `TopicNames.inputs`.
            if record.topic == 0 {
                _ = try requests.read(value: record.value, headers: record.headers, now: now).get()
                try write(begun, record, now)
            } else {
                _ = try acknowledgements.read(value: record.value, headers: record.headers).get()
                answered += 1
                if answered % endpoints == 0 { try write(completed, record, now) }
            }
        }
        try log.commit(positions: positions.all)
    }

    private func write(_ turn: SampleTurn, _ record: RecordView, _ now: Timestamp) throws {
        let saga = turn.saga
        let key = record.key ?? UnsafeRawBufferPointer(start: nil, count: 0)
        var tasks = TaskWriter(for: saga.id, replyTopic: replyTopic)
        for dispatch in turn.directives.dispatches {
            json.reset()
            tasks.write(dispatch, of: saga, to: &json)
            taskHeaders.begin(
                subject: saga.id, path: saga.path(at: dispatch.task), Int64(dispatch.epoch),
                Int64(dispatch.attempt), time: now)
            try write(outputs.tasks, record, key, taskHeaders.block)
        }
        json.reset()
        StatusWriter.write(saga, to: &json)
        statusHeaders.begin(subject: saga.id, path: "status", saga.term, saga.version, time: now)
        try write(outputs.status, record, key, statusHeaders.block)
        json.reset()
        TimelineWriter.write(turn.directives.events, of: saga.id, version: saga.version, to: &json)
        timelineHeaders.begin(subject: saga.id, path: "timeline", saga.version, now.milliseconds, time: now)
        try write(outputs.timeline, record, key, timelineHeaders.block)
        try turn.snapshot.withUnsafeBytes {
            try log.produce(
                output: outputs.sagas, partition: record.partition, key: key, value: $0, headers: noHeaders)
        }
    }

    /// What the JSON writer holds.
    private func write(
        _ output: Int, _ record: RecordView, _ key: UnsafeRawBufferPointer, _ headers: HeaderBlock
    ) throws {
        try json.withUnsafeBytes {
            try log.produce(output: output, partition: record.partition, key: key, value: $0, headers: headers)
        }
    }
}

/// What a lane makes of the request of a benchmark in one turn.
private struct SampleTurn {
    var saga: Saga
    var directives: Directives
    var snapshot: [UInt8]

    /// The turn in which the request is read, and the one that reads all its acknowledgements.
    static func both(_ rig: BenchRig) throws -> (begun: SampleTurn, completed: SampleTurn) {
        let now = SystemClock().now()
        let request = try rig.request(rig.id(0), 0, now, reader: rig.requestReader())
        let beginning = Saga.begin(request, plans: [rig.hubPlan], homePartition: 0, now: now, rules: SagaRules())
        var saga = beginning.saga
        _ = saga.seal(since: nil, term: 1, now: now)
        let begun = SampleTurn(saga, beginning.directives)
        var directives = Directives()
        for place in 0..<rig.plan.endpoints {
            saga.acknowledged(
                Acknowledgement(
                    requestID: saga.id, taskPath: BenchRig.taskPath(place), epoch: 1, attempt: 1,
                    verdict: BenchRig.erased),
                now: now, rules: SagaRules(), &directives)
        }
        _ = saga.seal(since: begun.saga, term: 1, now: now)
        return (begun, SampleTurn(saga, directives))
    }

    private init(_ saga: Saga, _ directives: Directives) {
        self.saga = saga
        self.directives = directives
        snapshot = SnapshotCodec.encode(saga, wake: saga.nextWake(rules: SagaRules()))
    }
}
