import SagaKernel

/// Reads the sagas of the first layout, in which requests and tasks were written out in full.
enum FirstLayout {
    static func request(
        _ reader: inout ByteReader, id: RequestID, received: Timestamp
    ) throws(SnapshotError) -> Request {
        guard RequestID(high: try reader.word(), low: try reader.word()) == id else { throw .badValue(field: "id") }
        let type = try reader.place(RequestType.self, "request type")
        let regulation = try reader.place(Regulation.self, "regulation")
        let submitted = try reader.time(since: received)
        let subjects = try reader.array { (reader) throws(SnapshotError) in try subject(&reader) }
        let refs = try reader.array { (reader) throws(SnapshotError) in try reader.subjectRef() }
        let ref = try reader.subjectRef()
        let meaning = Fingerprint(high: try reader.word(), low: try reader.word())
        var request = Request(
            id: id, type: type, regulation: regulation, submitted: submitted, subjects: subjects, subjectRefs: refs,
            subjectRef: ref, meaning: meaning)
        request.dryRun = try reader.byte() != 0
        request.excludedEndpoints = try reader.strings()
        request.callbackURLs = try reader.strings()
        request.requestedBy = try reader.optionalString()
        request.traceparent = try reader.optionalString()
        return request
    }

    private static func subject(_ reader: inout ByteReader) throws(SnapshotError) -> Subject {
        Subject(
            hub: try reader.string(), deviceID: try reader.string(), moduleID: try reader.optionalString(),
            aliases: try reader.array { (reader) throws(SnapshotError) in try reader.alias() })
    }

    static func tasks(
        _ reader: inout ByteReader, base: Timestamp, plans: [HubPlan]
    ) throws(SnapshotError) -> [SagaTask] {
        try reader.array { (reader) throws(SnapshotError) in try task(&reader, base: base, plans: plans) }
    }

    /// Which optional parts of a task follow.
    private enum Part {
        static let nextAt: UInt8 = 1
        static let startedAt: UInt8 = 2
        static let completion: UInt8 = 4
        static let error: UInt8 = 8
        static let continuation: UInt8 = 16
        static let settles: UInt8 = 32
    }

    private static func task(
        _ reader: inout ByteReader, base: Timestamp, plans: [HubPlan]
    ) throws(SnapshotError) -> SagaTask {
        let hub = try reader.int()
        let endpoint = try reader.int()
        guard plans.indices.contains(hub), plans[hub].endpoints.indices.contains(endpoint) else {
            throw .badValue(field: "endpoint")
        }
        let action = try reader.place(TaskAction.self, "action")
        let ordinal = try reader.int()
        let stage = try reader.raw(Stage.self, "stage")
        var task = SagaTask(
            hub: hub, endpoint: endpoint, action: action, ordinal: ordinal, stage: stage, since: base)
        task.phase = try TaskCodec.phase(&reader)
        task.since = try reader.time(since: base)
        task.epoch = try reader.int()
        task.attempts = try reader.int()
        task.failures = try reader.int()
        task.rounds = try reader.int()
        let parts = try reader.byte()
        task.settles = parts & Part.settles != 0
        if parts & Part.nextAt != 0 { task.nextAt = try reader.time(since: task.since) }
        if parts & Part.startedAt != 0 { task.startedAt = try reader.time(since: task.since) }
        if parts & Part.completion != 0 { task.completion = try TaskCodec.completion(&reader) }
        if parts & Part.error != 0 { task.error = try TaskCodec.error(&reader) }
        if parts & Part.continuation != 0 { task.continuation = try reader.string() }
        return task
    }
}
