import SagaKernel

/// One task inside a snapshot.
enum TaskCodec {
    /// Which optional parts follow. Most tasks have few, so that the flags save a byte for each that is missing.
    private enum Part {
        static let nextAt: UInt8 = 1
        static let startedAt: UInt8 = 2
        static let completion: UInt8 = 4
        static let error: UInt8 = 8
        static let continuation: UInt8 = 16
        static let settles: UInt8 = 32
    }

    static func encode(_ task: SagaTask, base: Timestamp, _ writer: inout ByteWriter) {
        writer.count(task.hub)
        writer.count(task.endpoint)
        writer.place(task.action)
        writer.count(task.ordinal)
        writer.byte(task.stage.rawValue)
        writer.byte(place(of: task.phase))
        writer.time(task.since, since: base)
        writer.count(task.epoch)
        writer.count(task.attempts)
        writer.count(task.failures)
        writer.count(task.rounds)
        writer.byte(parts(of: task))
        if let nextAt = task.nextAt { writer.time(nextAt, since: task.since) }
        if let startedAt = task.startedAt { writer.time(startedAt, since: task.since) }
        if let completion = task.completion { encode(completion, &writer) }
        if let error = task.error {
            writer.place(error.code)
            writer.optionalString(error.detail)
        }
        if let continuation = task.continuation { writer.string(continuation) }
    }

    static func decode(
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
        task.phase = try phase(&reader)
        task.since = try reader.time(since: base)
        task.epoch = try reader.int()
        task.attempts = try reader.int()
        task.failures = try reader.int()
        task.rounds = try reader.int()
        let parts = try reader.byte()
        task.settles = parts & Part.settles != 0
        if parts & Part.nextAt != 0 { task.nextAt = try reader.time(since: task.since) }
        if parts & Part.startedAt != 0 { task.startedAt = try reader.time(since: task.since) }
        if parts & Part.completion != 0 { task.completion = try completion(&reader) }
        if parts & Part.error != 0 {
            task.error = TaskError(
                code: try reader.place(TaskErrorCode.self, "error code"), detail: try reader.optionalString())
        }
        if parts & Part.continuation != 0 { task.continuation = try reader.string() }
        return task
    }

    private static func parts(of task: SagaTask) -> UInt8 {
        (task.nextAt == nil ? 0 : Part.nextAt) | (task.startedAt == nil ? 0 : Part.startedAt)
            | (task.completion == nil ? 0 : Part.completion) | (task.error == nil ? 0 : Part.error)
            | (task.continuation == nil ? 0 : Part.continuation) | (task.settles ? Part.settles : 0)
    }

    private static func place(of phase: TaskPhase) -> UInt8 {
        switch phase {
        case .blocked: 0
        case .dispatched: 1
        case .succeeded: 2
        case .failed: 3
        case .skipped: 4
        case .cancelled: 5
        case .waiting(let reason): 16 + UInt8(WaitReason.allCases.firstIndex(of: reason) ?? 0)
        }
    }

    private static func phase(_ reader: inout ByteReader) throws(SnapshotError) -> TaskPhase {
        let place = try reader.byte()
        switch place {
        case 0: return .blocked
        case 1: return .dispatched
        case 2: return .succeeded
        case 3: return .failed
        case 4: return .skipped
        case 5: return .cancelled
        case 16..<(16 + UInt8(WaitReason.allCases.count)): return .waiting(WaitReason.allCases[Int(place) - 16])
        default: throw .badValue(field: "phase")
        }
    }

    private static func encode(_ completion: Completion, _ writer: inout ByteWriter) {
        writer.place(completion.outcome)
        writer.place(completion.verified)
        writer.optional(completion.recordCount) { $0.signed($1) }
        writer.optionalString(completion.method)
        writer.count(completion.artifacts.count)
        for artifact in completion.artifacts {
            writer.string(artifact.uri)
            writer.optionalString(artifact.sha256)
            writer.optional(artifact.bytes) { $0.signed($1) }
            writer.optionalString(artifact.contentType)
        }
        writer.count(completion.evidence.count)
        for evidence in completion.evidence {
            writer.string(evidence.name)
            writer.string(evidence.value)
        }
    }

    private static func completion(_ reader: inout ByteReader) throws(SnapshotError) -> Completion {
        let outcome = try reader.place(Outcome.self, "outcome")
        let verified = try reader.place(Verified.self, "verified")
        let recordCount = try reader.optional { (reader) throws(SnapshotError) in try reader.signed() }
        var completion = Completion(
            outcome: outcome, recordCount: recordCount, method: try reader.optionalString(), verified: verified)
        completion.artifacts = try reader.array { (reader) throws(SnapshotError) in
            Artifact(
                uri: try reader.string(), sha256: try reader.optionalString(),
                bytes: try reader.optional { (reader) throws(SnapshotError) in try reader.signed() },
                contentType: try reader.optionalString())
        }
        completion.evidence = try reader.array { (reader) throws(SnapshotError) in
            Evidence(name: try reader.string(), value: try reader.string())
        }
        return completion
    }
}
