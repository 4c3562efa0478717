import SagaKernel

/// The tasks inside a snapshot.
///
/// Most tasks of a plan are like the one in front of them: at the next endpoint, of the same stage, as often tried.
/// Only what is not so is written.
enum TaskCodec {
    /// Which parts follow. The frequent ones are low, so that the number takes one byte.
    fileprivate enum Part {
        static let nextAt: UInt64 = 1
        static let startedAt: UInt64 = 2
        static let completion: UInt64 = 4
        static let kind: UInt64 = 8
        static let counts: UInt64 = 16
        static let endpoint: UInt64 = 32
        static let error: UInt64 = 64
        static let hub: UInt64 = 128
        static let continuation: UInt64 = 256
        static let doesNotSettle: UInt64 = 512
        /// One behind the last.
        static let end: UInt64 = 1_024
    }

    /// What a task mostly has in common with the one in front of it.
    fileprivate struct Outline {
        struct Kind: Equatable {
            var action = TaskAction.erase
            var ordinal = 0
            var stage = Stage.source
        }

        struct Counts: Equatable {
            var epoch = 1
            var attempts = 1
            var failures = 0
            var rounds = 0
        }

        var hub = 0
        var endpoint: Int
        var kind = Kind()
        var counts = Counts()

        /// In front of the first task.
        static let first = Outline(endpoint: -1)
    }

    static func encode(_ tasks: [SagaTask], base: Timestamp, _ writer: inout ByteWriter) {
        writer.count(tasks.count)
        var before = Outline.first
        for index in tasks.indices {
            let outline = Outline(of: tasks, index)
            encode(tasks, index, outline, behind: before, base: base, &writer)
            before = outline
        }
    }

    static func decode(
        _ reader: inout ByteReader, base: Timestamp, plans: [HubPlan]
    ) throws(SnapshotError) -> [SagaTask] {
        var before = Outline.first
        return try reader.array { (reader) throws(SnapshotError) in
            try task(&reader, behind: &before, base: base, plans: plans)
        }
    }

    /// By index: a task that is taken out of its array, or handed on, is copied with all that it refers to.
    private static func encode(
        _ tasks: [SagaTask], _ index: Int, _ outline: Outline, behind before: Outline, base: Timestamp,
        _ writer: inout ByteWriter
    ) {
        let parts = parts(of: tasks, index) | outline.parts(behind: before)
        writer.unsigned(parts)
        if parts & Part.hub != 0 { writer.count(outline.hub) }
        if parts & Part.endpoint != 0 { writer.count(outline.endpoint) }
        if parts & Part.kind != 0 {
            writer.place(outline.kind.action)
            writer.count(outline.kind.ordinal)
            writer.byte(outline.kind.stage.rawValue)
        }
        if parts & Part.counts != 0 {
            writer.count(outline.counts.epoch)
            writer.count(outline.counts.attempts)
            writer.count(outline.counts.failures)
            writer.count(outline.counts.rounds)
        }
        let since = tasks[index].since
        writer.byte(place(of: tasks[index].phase))
        writer.time(since, since: base)
        if let nextAt = tasks[index].nextAt { writer.time(nextAt, since: since) }
        if let startedAt = tasks[index].startedAt { writer.time(startedAt, since: since) }
        if let completion = tasks[index].completion { encode(completion, &writer) }
        if let error = tasks[index].error {
            writer.place(error.code)
            writer.optionalString(error.detail)
        }
        if let continuation = tasks[index].continuation { writer.string(continuation) }
    }

    private static func task(
        _ reader: inout ByteReader, behind before: inout Outline, base: Timestamp, plans: [HubPlan]
    ) throws(SnapshotError) -> SagaTask {
        let parts = try reader.unsigned()
        guard parts < Part.end else { throw .badValue(field: "task") }
        let outline = try outline(&reader, parts, behind: before)
        before = outline
        guard plans.indices.contains(outline.hub), plans[outline.hub].endpoints.indices.contains(outline.endpoint)
        else { throw .badValue(field: "endpoint") }
        var task = SagaTask(
            hub: outline.hub, endpoint: outline.endpoint, action: outline.kind.action, ordinal: outline.kind.ordinal,
            stage: outline.kind.stage, since: base)
        (task.epoch, task.attempts) = (outline.counts.epoch, outline.counts.attempts)
        (task.failures, task.rounds) = (outline.counts.failures, outline.counts.rounds)
        task.phase = try phase(&reader)
        task.since = try reader.time(since: base)
        task.settles = parts & Part.doesNotSettle == 0
        if parts & Part.nextAt != 0 { task.nextAt = try reader.time(since: task.since) }
        if parts & Part.startedAt != 0 { task.startedAt = try reader.time(since: task.since) }
        if parts & Part.completion != 0 { task.completion = try completion(&reader) }
        if parts & Part.error != 0 { task.error = try error(&reader) }
        if parts & Part.continuation != 0 { task.continuation = try reader.string() }
        return task
    }

    private static func outline(
        _ reader: inout ByteReader, _ parts: UInt64, behind before: Outline
    ) throws(SnapshotError) -> Outline {
        var outline = before
        if parts & Part.hub != 0 { outline.hub = try reader.int() }
        // The one before was checked to be an endpoint of a plan.
        outline.endpoint = parts & Part.endpoint != 0 ? try reader.int() : before.endpoint + 1
        if parts & Part.kind != 0 {
            outline.kind.action = try reader.place(TaskAction.self, "action")
            outline.kind.ordinal = try reader.int()
            outline.kind.stage = try reader.raw(Stage.self, "stage")
        }
        if parts & Part.counts != 0 {
            outline.counts.epoch = try reader.int()
            outline.counts.attempts = try reader.int()
            outline.counts.failures = try reader.int()
            outline.counts.rounds = try reader.int()
        }
        return outline
    }

    /// Those that a task has or has not, whatever stands in front of it. A completion as a whole is not compared with
    /// nil: it would be copied for it.
    private static func parts(of tasks: [SagaTask], _ index: Int) -> UInt64 {
        (tasks[index].nextAt == nil ? 0 : Part.nextAt) | (tasks[index].startedAt == nil ? 0 : Part.startedAt)
            | (tasks[index].completion?.outcome == nil ? 0 : Part.completion)
            | (tasks[index].error?.code == nil ? 0 : Part.error)
            | (tasks[index].continuation == nil ? 0 : Part.continuation)
            | (tasks[index].settles ? 0 : Part.doesNotSettle)
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

    static func phase(_ reader: inout ByteReader) throws(SnapshotError) -> TaskPhase {
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

    static func error(_ reader: inout ByteReader) throws(SnapshotError) -> TaskError {
        TaskError(code: try reader.place(TaskErrorCode.self, "error code"), detail: try reader.optionalString())
    }

    static func completion(_ reader: inout ByteReader) throws(SnapshotError) -> Completion {
        let outcome = try reader.place(Outcome.self, "outcome")
        let verified = try reader.place(Verified.self, "verified")
        let recordCount = try reader.optional { (reader) throws(SnapshotError) in try reader.signed() }
        let method = try reader.optionalString()
        let artifacts = try reader.array { (reader) throws(SnapshotError) in
            Artifact(
                uri: try reader.string(), sha256: try reader.optionalString(),
                bytes: try reader.optional { (reader) throws(SnapshotError) in try reader.signed() },
                contentType: try reader.optionalString())
        }
        let evidence = try reader.array { (reader) throws(SnapshotError) in
            Evidence(name: try reader.string(), value: try reader.string())
        }
        return Completion(
            outcome: outcome, recordCount: recordCount, method: method, verified: verified, artifacts: artifacts,
            evidence: evidence)
    }
}

extension TaskCodec.Outline {
    fileprivate init(of tasks: [SagaTask], _ index: Int) {
        self.init(
            hub: tasks[index].hub, endpoint: tasks[index].endpoint,
            kind: Kind(action: tasks[index].action, ordinal: tasks[index].ordinal, stage: tasks[index].stage),
            counts: Counts(
                epoch: tasks[index].epoch, attempts: tasks[index].attempts, failures: tasks[index].failures,
                rounds: tasks[index].rounds))
    }

    /// Those that must be written since they are not as the task in front has them.
    fileprivate func parts(behind before: Self) -> UInt64 {
        (hub == before.hub ? 0 : TaskCodec.Part.hub) | (endpoint == before.endpoint + 1 ? 0 : TaskCodec.Part.endpoint)
            | (kind == before.kind ? 0 : TaskCodec.Part.kind) | (counts == before.counts ? 0 : TaskCodec.Part.counts)
    }
}
