import Contract
import RecordLog
import SagaKernel

/// Writes what a turn decided. It keeps nothing between turns but its buffers, so that a turn whose transaction was
/// aborted is simply written once more.
final class TurnWriter {
    private let log: any LaneLog
    private let topics: TopicNames
    /// Every task names it; the names of topics are put together each time that somebody asks for them.
    private let replyTopic: String
    private var outputs = TurnOutputs()
    private var taskOutputs: [String: Int] = [:]
    /// The one of the task before: most tasks of a request go to few connectors.
    private var lastTaskOutput: (connector: String, output: Int)?
    private var json = JSONWriter(capacity: 8_192)
    private var taskHeaders: EnvelopeHeaders
    private var statusHeaders: EnvelopeHeaders
    private var timelineHeaders: EnvelopeHeaders
    private let noHeaders = HeaderBlock()
    private let recordBytesMax: Int
    /// Topics of tasks that the last turn could not send, because they do not exist.
    private(set) var missingTopics: Set<String> = []

    init(log: any LaneLog, topics: TopicNames, source: String, recordBytesMax: Int) {
        self.log = log
        self.topics = topics
        replyTopic = topics.acks
        self.recordBytesMax = recordBytesMax
        taskHeaders = EnvelopeHeaders(.task, source: source)
        statusHeaders = EnvelopeHeaders(.status, source: source)
        timelineHeaders = EnvelopeHeaders(.timeline, source: source)
    }

    /// Makes the topics known to the log before the first record goes to them.
    func open(connectors: some Sequence<String>) throws(LogFailure) {
        outputs = try TurnOutputs(log: log, topics: topics)
        for connector in connectors {
            taskOutputs[connector] = try log.output(topic: topics.tasks(connector: connector))
        }
    }

    /// - Parameters:
    ///   - records: the batch that the overlay's dead letters and forwards refer to.
    ///   - stores: as they were when the turn decided.
    func write(
        _ overlay: Overlay, records: UnsafeBufferPointer<RecordView>, stores: [Int32: PartitionStore], now: Timestamp
    ) throws(LogFailure) {
        missingTopics = []
        // Whoever reads in order knows a plan before the first snapshot that refers to it.
        for (partition, plan) in overlay.newPlans {
            let record = PlanCodec.encode(plan)
            try put(outputs.sagas, partition, key: PlanCodec.key(plan.fingerprint), record)
        }
        for item in overlay.openersFirst {
            try writeFace(of: item, now: now)
            if log.isTransactional { try writeSnapshot(of: item) }
        }
        for letter in overlay.deadLetters { try write(letter, records[letter.record], now: now) }
        for forward in overlay.forwards { try write(forward, records[forward.record], now: now) }
        // A snapshot says what was sent, and refers to its plans. Where nothing ties records together, one that is
        // durable before its tasks would make a restart wait for acknowledgements of tasks that no worker ever saw, and
        // one without its plans would make every restart fail.
        try log.barrier()
        for (partition, fingerprint) in overlay.droppedPlans {
            try put(outputs.sagas, partition, key: PlanCodec.key(fingerprint), nil)
        }
        if !log.isTransactional {
            for item in overlay.touched { try writeSnapshot(of: item) }
        }
        for key in overlay.repairs where !overlay.replaces(key) { try repair(key, stores: stores, now: now) }
    }

    /// - Parameter owner: see `TermRecord`.
    func claim(_ terms: [(partition: Int32, term: Int64)], owner: String) throws(LogFailure) {
        for (partition, term) in terms {
            let record = TermRecord(term: term, owner: owner)
            try put(outputs.sagas, partition, key: TermRecord.key, record.bytes)
        }
    }

    /// Tasks, status and timeline: what others see of a request.
    private func writeFace(of item: TouchedRequest, now: Timestamp) throws(LogFailure) {
        if item.output.forgets {
            try put(outputs.status, item.partition, id: item.id, nil, noHeaders)
            return
        }
        var version: Int64 = 0
        try item.look { (saga) throws(LogFailure) in
            version = saga.version
            var tasks = TaskWriter(for: item.id, replyTopic: replyTopic)
            for dispatch in item.directives.dispatches { try write(dispatch, of: saga, &tasks, now: now) }
            if item.output.writesStatus { try writeStatus(of: saga) }
        }
        if let husk = item.husk {
            version = husk.version
            if item.output.writesStatus, let reason = item.rejection {
                try writeRejection(of: item.id, husk, reason: reason, partition: item.partition, now: now)
            }
        }
        let events = item.directives.events
        if !events.isEmpty {
            try writeTimeline(events, of: item.id, version: version, partition: item.partition, now: now)
        }
    }

    /// What the next owner of the partition goes on from.
    private func writeSnapshot(of item: TouchedRequest) throws(LogFailure) {
        if item.output.forgets {
            try put(outputs.sagas, item.partition, id: item.id, nil, noHeaders)
        } else if let snapshot = item.output.snapshot {
            try put(outputs.sagas, item.partition, id: item.id, snapshot, noHeaders)
        }
    }

    private func write(
        _ dispatch: Dispatch, of saga: Saga, _ tasks: inout TaskWriter, now: Timestamp
    ) throws(LogFailure) {
        let (hub, endpoint) = (saga.tasks[dispatch.task].hub, saga.tasks[dispatch.task].endpoint)
        let connector = saga.plans[hub].endpoints[endpoint].connector
        guard let output = try taskOutput(of: connector) else {
            missingTopics.insert(topics.tasks(connector: connector))
            return
        }
        json.reset()
        tasks.write(dispatch, of: saga, to: &json)
        taskHeaders.begin(
            subject: saga.id, path: saga.path(at: dispatch.task), Int64(dispatch.epoch),
            Int64(dispatch.attempt), time: now, traceparent: saga.request.traceparent)
        try putJSON(output, saga.homePartition, key: saga.plans[hub].endpoints[endpoint].id, taskHeaders.block)
    }

    /// A saga that was restored may use a connector that the catalogue does not name any more, and whose topic is gone.
    /// That must not hold up the other places: the task is not sent, and its acknowledgement timeout takes it up again.
    private func taskOutput(of connector: String) throws(LogFailure) -> Int? {
        if let last = lastTaskOutput, last.connector == connector { return last.output }
        if let known = taskOutputs[connector] {
            lastTaskOutput = (connector, known)
            return known
        }
        let topic = topics.tasks(connector: connector)
        guard try log.partitionCount(topic: topic) != nil else { return nil }
        let output = try log.output(topic: topic)
        taskOutputs[connector] = output
        return output
    }

    private func writeStatus(of saga: Saga) throws(LogFailure) {
        json.reset()
        StatusWriter.write(saga, to: &json)
        statusHeaders.begin(subject: saga.id, path: "status", saga.term, saga.version, time: saga.updated)
        try putJSON(outputs.status, saga.homePartition, id: saga.id, statusHeaders.block)
    }

    private func writeRejection(
        of id: RequestID, _ husk: Husk, reason: String, partition: Int32, now: Timestamp
    ) throws(LogFailure) {
        json.reset()
        StatusWriter.writeRejected(
            id: id, term: husk.term, version: husk.version, homePartition: partition, reason: reason, now: now,
            to: &json)
        statusHeaders.begin(subject: id, path: "status", husk.term, husk.version, time: now)
        try putJSON(outputs.status, partition, id: id, statusHeaders.block)
    }

    private func writeTimeline(
        _ events: [TimelineEvent], of id: RequestID, version: Int64, partition: Int32, now: Timestamp
    ) throws(LogFailure) {
        json.reset()
        TimelineWriter.write(events, of: id, version: version, to: &json)
        // Turns that change nothing repeat the version; the moment tells their records apart.
        timelineHeaders.begin(subject: id, path: "timeline", version, now.milliseconds, time: now)
        try putJSON(outputs.timeline, partition, id: id, timelineHeaders.block)
    }

    /// Writes again what memory holds, over what a former owner wrote.
    private func repair(
        _ key: Overlay.Key, stores: [Int32: PartitionStore], now: Timestamp
    ) throws(LogFailure) {
        guard let store = stores[key.partition], let snapshot = store.snapshot(of: key.id) else { return }
        try put(outputs.sagas, key.partition, id: key.id, snapshot, noHeaders)
        // A rejected status cannot be written again from its husk; readers rank it by its term all the same.
        let content: SnapshotCodec.Content?
        do throws(SnapshotError) { content = try store.content(of: key.id) } catch {
            throw .fatal(reason: "a snapshot in memory cannot be read: \(error)")
        }
        if case .saga(let saga) = content { try writeStatus(of: saga) }
    }

    private func write(
        _ letter: Overlay.DeadLetter, _ record: RecordView, now: Timestamp
    ) throws(LogFailure) {
        let letter = DeadLetter.letter(
            key: record.key, value: record.value, original: record.headers, refusal: letter.refusal,
            source: RecordSource(
                topic: topics.inputs[record.topic], partition: record.partition, offset: record.offset),
            time: now, bytesMax: recordBytesMax)
        try log.produce(
            output: outputs.deadLetters, partition: LanePartition.any,
            key: letter.key ?? UnsafeRawBufferPointer(start: nil, count: 0), value: letter.value,
            headers: letter.headers)
    }

    /// The record as it came, with the mark that keeps it from travelling on. One that is too long for the mark stays
    /// here, as a dead letter.
    private func write(_ forward: Overlay.Forward, _ record: RecordView, now: Timestamp) throws(LogFailure) {
        var headers = HeaderBlock(copying: record.headers)
        headers.markForwarded()
        let key = record.key ?? UnsafeRawBufferPointer(start: nil, count: 0)
        guard headers.recordBytes(key: key, value: record.value) <= recordBytesMax else {
            let refusal = Refusal(code: .tooLarge, message: "the record is too long to be sent to its home partition")
            return try write(Overlay.DeadLetter(record: forward.record, refusal: refusal), record, now: now)
        }
        try log.produce(
            output: outputs.inputs[record.topic], partition: forward.partition, key: key, value: record.value,
            headers: headers)
    }

    /// What the JSON writer holds, under a request's id.
    private func putJSON(
        _ output: Int, _ partition: Int32, id: RequestID, _ headers: HeaderBlock
    ) throws(LogFailure) {
        try id.withKey { key in
            json.withUnsafeBytes { value in send(output, partition, key: key, value: value, headers) }
        }.get()
    }

    private func putJSON(
        _ output: Int, _ partition: Int32, key: String, _ headers: HeaderBlock
    ) throws(LogFailure) {
        var key = key
        try key.withUTF8 { key in
            json.withUnsafeBytes { send(output, partition, key: UnsafeRawBufferPointer(key), value: $0, headers) }
        }.get()
    }

    private func put(
        _ output: Int, _ partition: Int32, id: RequestID, _ value: [UInt8]?, _ headers: HeaderBlock
    ) throws(LogFailure) {
        try id.withKey { key in value.withBytes { send(output, partition, key: key, value: $0, headers) } }.get()
    }

    private func put(_ output: Int, _ partition: Int32, key: String, _ value: [UInt8]?) throws(LogFailure) {
        var key = key
        try key.withUTF8 { key in
            value.withBytes {
                send(output, partition, key: UnsafeRawBufferPointer(key), value: $0, noHeaders)
            }
        }.get()
    }

    /// As a result, since closures that lend memory do not carry typed errors.
    private func send(
        _ output: Int, _ partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        _ headers: HeaderBlock
    ) -> Result<Void, LogFailure> {
        Result { () throws(LogFailure) in
            try log.produce(output: output, partition: partition, key: key, value: value, headers: headers)
        }
    }
}

/// The log's numbers of the topics that turns write to, besides the tasks'.
private struct TurnOutputs {
    /// Until the topics are known there is nothing to write to: no log has an output with this number.
    private static let unknown = -1

    var sagas = unknown
    var status = unknown
    var timeline = unknown
    var deadLetters = unknown
    /// In the order of `TopicNames.inputs`.
    var inputs: [Int] = []

    init() {}

    init(log: any LaneLog, topics: TopicNames) throws(LogFailure) {
        sagas = try log.output(topic: topics.sagas)
        status = try log.output(topic: topics.status)
        timeline = try log.output(topic: topics.timeline)
        deadLetters = try log.output(topic: topics.deadLetters)
        for topic in topics.inputs { inputs.append(try log.output(topic: topic)) }
    }
}

extension RequestID {
    /// Lends the key of the records about a request: its text form.
    fileprivate func withKey<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        var key: (UInt64, UInt64, UInt64, UInt64, UInt32) = (0, 0, 0, 0, 0)
        return withUnsafeMutableBytes(of: &key) { buffer in
            write(into: buffer, at: 0)
            return body(UnsafeRawBufferPointer(rebasing: buffer[..<RequestID.textLength]))
        }
    }
}

extension [UInt8]? {
    /// Lends the bytes; nil stays nil, a tombstone.
    fileprivate func withBytes<Value>(_ body: (UnsafeRawBufferPointer?) -> Value) -> Value {
        guard let bytes = self else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}

/// Partition numbers with a meaning.
enum LanePartition {
    /// The producer chooses, by the key.
    static let any: Int32 = -1
}
