import Contract
import RecordLog
import SagaKernel

/// Writes what a turn decided. It keeps nothing between turns but its buffers, so that a turn whose transaction was
/// aborted is simply written once more.
final class TurnWriter {
    private let log: any LaneLog
    private let topics: TopicNames
    private var outputs: [String: Int] = [:]
    private var taskOutputs: [String: Int] = [:]
    private var json = JSONWriter(capacity: 8_192)
    private var taskHeaders: EnvelopeHeaders
    private var statusHeaders: EnvelopeHeaders
    private var timelineHeaders: EnvelopeHeaders
    private let noHeaders = HeaderBlock()
    private let letterBytesMax: Int
    /// Topics of tasks that the last turn could not send, because they do not exist.
    private(set) var missingTopics: Set<String> = []
    /// What the client and the broker count beside key, value and headers.
    private static let framingBytes = 1_024

    init(log: any LaneLog, topics: TopicNames, source: String, recordBytesMax: Int) {
        self.log = log
        self.topics = topics
        letterBytesMax = recordBytesMax - TurnWriter.framingBytes
        taskHeaders = EnvelopeHeaders(.task, source: source)
        statusHeaders = EnvelopeHeaders(.status, source: source)
        timelineHeaders = EnvelopeHeaders(.timeline, source: source)
    }

    /// Makes the topics known to the log before the first record goes to them.
    func open(connectors: some Sequence<String>) throws(LogFailure) {
        for topic in topics.coPartitioned + [topics.deadLetters] { outputs[topic] = try log.output(topic: topic) }
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
        try write(overlay.claims)
        for item in overlay.touched { try writeFace(of: item, now: now) }
        for letter in overlay.deadLetters { try write(letter, records[letter.record], now: now) }
        for forward in overlay.forwards { try write(forward, records[forward.record]) }
        for (partition, plan) in overlay.newPlans {
            try put(topics.sagas, partition, key: PlanCodec.key(plan.fingerprint), value: PlanCodec.encode(plan))
        }
        // A snapshot says what was sent, and refers to its plans. Where nothing ties records together, one that is
        // durable before its tasks would make a restart wait for acknowledgements of tasks that no worker ever saw, and
        // one without its plans would make every restart fail.
        try log.barrier()
        for (partition, fingerprint) in overlay.droppedPlans {
            try put(topics.sagas, partition, key: PlanCodec.key(fingerprint), value: nil)
        }
        for item in overlay.touched {
            if item.output.forgets {
                try put(topics.sagas, item, value: nil, headers: noHeaders)
            } else if let snapshot = item.output.snapshot {
                try put(topics.sagas, item, value: snapshot, headers: noHeaders)
            }
        }
        for key in overlay.repairs where !overlay.replaces(key) { try repair(key, stores: stores, now: now) }
    }

    private func write(_ claims: [(partition: Int32, term: Int64)]) throws(LogFailure) {
        guard !claims.isEmpty else { return }
        for (partition, term) in claims {
            try put(topics.sagas, partition, key: TermRecord.key, value: TermRecord.encode(term))
        }
        try log.barrier()
    }

    /// Tasks, status and timeline: what others see of a request.
    private func writeFace(of item: Overlay.Touched, now: Timestamp) throws(LogFailure) {
        if item.output.forgets {
            try put(topics.status, item, value: nil, headers: noHeaders)
            return
        }
        var version: Int64 = 0
        switch item.after {
        case .saga(let saga):
            version = saga.version
            for dispatch in item.dispatches { try write(dispatch, of: saga, now: now) }
            if item.output.writesStatus { try writeStatus(of: saga) }
        case .husk(let husk):
            version = husk.version
            if item.output.writesStatus { try writeRejection(item, husk, now: now) }
        case nil: break
        }
        if !item.events.isEmpty { try writeTimeline(item, version: version, now: now) }
    }

    private func write(_ dispatch: Dispatch, of saga: Saga, now: Timestamp) throws(LogFailure) {
        let task = saga.tasks[dispatch.task]
        let connector = saga.plans[task.hub].endpoints[task.endpoint].connector
        guard let output = try taskOutput(of: connector) else {
            missingTopics.insert(topics.tasks(connector: connector))
            return
        }
        json.reset()
        TaskWriter.write(dispatch, of: saga, replyTopic: topics.acks, to: &json)
        taskHeaders.begin(
            subject: saga.id, path: saga.path(of: task), Int64(dispatch.epoch), Int64(dispatch.attempt), time: now,
            traceparent: saga.request.traceparent)
        try produce(
            output, saga.homePartition, key: saga.plans[task.hub].endpoints[task.endpoint].id, value: json.bytes,
            headers: taskHeaders.block)
    }

    /// A saga that was restored may use a connector that the catalogue does not name any more, and whose topic is gone.
    /// That must not hold up the other places: the task is not sent, and its acknowledgement timeout takes it up again.
    private func taskOutput(of connector: String) throws(LogFailure) -> Int? {
        if let known = taskOutputs[connector] { return known }
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
        try put(topics.status, saga.homePartition, id: saga.id, value: json.bytes, headers: statusHeaders.block)
    }

    private func writeRejection(_ item: Overlay.Touched, _ husk: Husk, now: Timestamp) throws(LogFailure) {
        guard let reason = item.rejection else { return }
        json.reset()
        StatusWriter.writeRejected(
            id: item.id, term: husk.term, version: husk.version, homePartition: item.partition, reason: reason,
            now: now, to: &json)
        statusHeaders.begin(subject: item.id, path: "status", husk.term, husk.version, time: now)
        try put(topics.status, item, value: json.bytes, headers: statusHeaders.block)
    }

    private func writeTimeline(_ item: Overlay.Touched, version: Int64, now: Timestamp) throws(LogFailure) {
        json.reset()
        TimelineWriter.write(item.events, of: item.id, version: version, to: &json)
        // Turns that change nothing repeat the version; the moment tells their records apart.
        timelineHeaders.begin(subject: item.id, path: "timeline", version, now.milliseconds, time: now)
        try put(topics.timeline, item, value: json.bytes, headers: timelineHeaders.block)
    }

    /// Writes again what memory holds, over what a former owner wrote.
    private func repair(
        _ key: Overlay.Key, stores: [Int32: PartitionStore], now: Timestamp
    ) throws(LogFailure) {
        guard let store = stores[key.partition], let snapshot = store.snapshot(of: key.id) else { return }
        try put(topics.sagas, key.partition, id: key.id, value: snapshot, headers: noHeaders)
        // A rejected status cannot be written again from its husk; readers rank it by its term all the same.
        let content: SnapshotCodec.Content
        do throws(SnapshotError) { content = try store.decode(snapshot) } catch {
            throw .fatal(reason: "a snapshot in memory cannot be read: \(error)")
        }
        if case .saga(let saga) = content { try writeStatus(of: saga) }
    }

    private func write(
        _ letter: Overlay.DeadLetter, _ record: RecordView, now: Timestamp
    ) throws(LogFailure) {
        var headers = DeadLetter.headers(
            original: record.headers, refusal: letter.refusal,
            source: RecordSource(
                topic: topics.inputs[record.topic], partition: record.partition, offset: record.offset),
            time: now)
        let key = record.key ?? UnsafeRawBufferPointer(start: nil, count: 0)
        var value = record.value
        // A letter that no broker takes would come up again after every restart, and the partition stand still.
        if let count = value?.count, count + key.count + headers.bytes.count > letterBytesMax {
            DeadLetter.omit(bytes: count, from: &headers)
            value = UnsafeRawBufferPointer(start: nil, count: 0)
        }
        try log.produce(
            output: outputs[topics.deadLetters] ?? 0, partition: LanePartition.any, key: key, value: value,
            headers: headers)
    }

    /// The record as it came, with the mark that keeps it from travelling on.
    private func write(_ forward: Overlay.Forward, _ record: RecordView) throws(LogFailure) {
        var headers = HeaderBlock(copying: record.headers)
        headers.append("habeas.forwarded", "1")
        try log.produce(
            output: outputs[topics.inputs[record.topic]] ?? 0, partition: forward.partition,
            key: record.key ?? UnsafeRawBufferPointer(start: nil, count: 0), value: record.value, headers: headers)
    }

    private func put(
        _ topic: String, _ item: Overlay.Touched, value: [UInt8]?, headers: HeaderBlock
    ) throws(LogFailure) {
        try put(topic, item.partition, id: item.id, value: value, headers: headers)
    }

    private func put(
        _ topic: String, _ partition: Int32, id: RequestID, value: [UInt8]?, headers: HeaderBlock
    ) throws(LogFailure) {
        var key: (UInt64, UInt64, UInt64, UInt64, UInt32) = (0, 0, 0, 0, 0)
        let result = withUnsafeMutableBytes(of: &key) { buffer -> Result<Void, LogFailure> in
            var count = 0
            id.forEachASCII { byte in
                buffer[count] = byte
                count += 1
            }
            return send(
                outputs[topic] ?? 0, partition, key: UnsafeRawBufferPointer(rebasing: buffer[..<36]), value, headers)
        }
        try result.get()
    }

    private func put(_ topic: String, _ partition: Int32, key: String, value: [UInt8]?) throws(LogFailure) {
        try produce(outputs[topic] ?? 0, partition, key: key, value: value, headers: noHeaders)
    }

    private func produce(
        _ output: Int, _ partition: Int32, key: String, value: [UInt8]?, headers: HeaderBlock
    ) throws(LogFailure) {
        var key = key
        let result = key.withUTF8 { send(output, partition, key: UnsafeRawBufferPointer($0), value, headers) }
        try result.get()
    }

    /// As a result, since closures that lend memory do not carry typed errors.
    private func send(
        _ output: Int, _ partition: Int32, key: UnsafeRawBufferPointer, _ value: [UInt8]?, _ headers: HeaderBlock
    ) -> Result<Void, LogFailure> {
        guard let value else {
            return Result { () throws(LogFailure) in
                try log.produce(output: output, partition: partition, key: key, value: nil, headers: headers)
            }
        }
        return value.withUnsafeBytes { bytes in
            Result { () throws(LogFailure) in
                try log.produce(output: output, partition: partition, key: key, value: bytes, headers: headers)
            }
        }
    }
}

/// Partition numbers with a meaning.
enum LanePartition {
    /// The producer chooses, by the key.
    static let any: Int32 = -1
}
