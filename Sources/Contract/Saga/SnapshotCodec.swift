public import SagaKernel

/// The record that holds a saga, or what is left of one (key: request id).
///
/// Binary and compact, because every restart reads all of them and memory holds all of them: what the key, the plans or
/// the task in front says already is left out. The first byte is the format: it is raised when the layout changes, and
/// every earlier layout stays readable. A saga refers to its hub plans by fingerprint; `PlanCodec` holds those.
public enum SnapshotCodec {
    /// See `FirstLayout`.
    static let firstSagaFormat: UInt8 = 0x11
    static let sagaFormat: UInt8 = 0x12
    static let huskFormat: UInt8 = 0x21

    /// What a snapshot record holds.
    public enum Content: Sendable {
        case saga(Saga)
        case husk(Husk)
    }

    /// What a restore needs of a snapshot; it lies in front, so that the rest is only read when something happens.
    public struct Head: Hashable, Sendable {
        public var isHusk: Bool
        /// When the saga has to be looked at; nil: when a record comes.
        public var wake: Timestamp?
        public var term: Int64
        public var version: Int64
        public var plans: PlanReferences

        public init(isHusk: Bool, wake: Timestamp?, term: Int64, version: Int64, plans: PlanReferences) {
            self.isHusk = isHusk
            self.wake = wake
            self.term = term
            self.version = version
            self.plans = plans
        }
    }

    /// - Parameter wake: `saga.nextWake`, kept beside the saga so that a restore does not have to work it out.
    public static func encode(_ saga: Saga, wake: Timestamp?) -> [UInt8] {
        var writer = ByteWriter(capacity: 192 + saga.tasks.count * 24)
        writer.byte(sagaFormat)
        writer.signed(saga.received.milliseconds)
        writer.optionalTime(wake, since: saga.received)
        writer.signed(saga.term)
        writer.signed(saga.version)
        writer.count(saga.plans.count)
        for plan in saga.plans {
            writer.word(plan.fingerprint.high)
            writer.word(plan.fingerprint.low)
        }
        writer.signed(Int64(saga.homePartition))
        RequestCodec.encode(saga.request, received: saga.received, plans: saga.plans, &writer)
        encodeProgress(of: saga, &writer)
        TaskCodec.encode(saga.tasks, base: saga.received, &writer)
        return writer.bytes
    }

    public static func encode(_ husk: Husk, id: RequestID) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(huskFormat)
        writer.byte(husk.kind.rawValue)
        writer.word(id.high)
        writer.word(id.low)
        writer.word(husk.meaning.high)
        writer.word(husk.meaning.low)
        writer.signed(husk.term)
        writer.signed(husk.version)
        writer.signed(husk.forgetAt.milliseconds)
        return writer.bytes
    }

    /// - Parameters:
    ///   - id: whose it is; the record's key says so.
    ///   - plan: the hub plan with this fingerprint, which the partition's log holds in front of the sagas that refer
    ///     to it.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, of id: RequestID, plan: (Fingerprint) -> HubPlan?
    ) throws(SnapshotError) -> Content {
        var reader = ByteReader(bytes)
        let format = try reader.byte()
        switch format {
        case sagaFormat, firstSagaFormat: return .saga(try saga(&reader, format, id, plan: plan))
        case huskFormat: return .husk(try husk(&reader))
        default: throw .unknownFormat(format)
        }
    }

    public static func head(of bytes: UnsafeRawBufferPointer) throws(SnapshotError) -> Head {
        var reader = ByteReader(bytes)
        let format = try reader.byte()
        switch format {
        case sagaFormat, firstSagaFormat: return try head(&reader).head
        case huskFormat:
            let husk = try husk(&reader)
            return Head(isHusk: true, wake: husk.forgetAt, term: husk.term, version: husk.version, plans: [])
        default: throw .unknownFormat(format)
        }
    }

    private static func head(
        _ reader: inout ByteReader
    ) throws(SnapshotError) -> (head: Head, received: Timestamp) {
        let received = Timestamp(milliseconds: try reader.signed())
        let wake = try reader.optionalTime(since: received)
        let term = try reader.signed()
        let version = try reader.signed()
        var plans = PlanReferences()
        for _ in 0..<(try reader.count()) {
            plans.append(Fingerprint(high: try reader.word(), low: try reader.word()))
        }
        return (Head(isHusk: false, wake: wake, term: term, version: version, plans: plans), received)
    }

    private static func husk(_ reader: inout ByteReader) throws(SnapshotError) -> Husk {
        let kind = try reader.raw(Husk.Kind.self, "husk kind")
        _ = RequestID(high: try reader.word(), low: try reader.word())
        return Husk(
            kind: kind, meaning: Fingerprint(high: try reader.word(), low: try reader.word()),
            term: try reader.signed(), version: try reader.signed(),
            forgetAt: Timestamp(milliseconds: try reader.signed()))
    }

    private static func saga(
        _ reader: inout ByteReader, _ format: UInt8, _ id: RequestID, plan: (Fingerprint) -> HubPlan?
    ) throws(SnapshotError) -> Saga {
        let isFirst = format == firstSagaFormat
        let (head, received) = try head(&reader)
        var plans: [HubPlan] = []
        for fingerprint in head.plans {
            guard let found = plan(fingerprint) else { throw .missingPlan }
            plans.append(found)
        }
        let home = Int32(truncatingIfNeeded: try reader.signed())
        let request =
            isFirst
            ? try FirstLayout.request(&reader, id: id, received: received)
            : try RequestCodec.decode(&reader, id: id, received: received, plans: plans)
        var saga = Saga(
            request: request, homePartition: home, plans: plans, tasks: [], disclosures: [], stages: [],
            term: head.term, now: received)
        saga.version = head.version
        try decodeProgress(of: &saga, &reader)
        saga.tasks =
            isFirst
            ? try FirstLayout.tasks(&reader, base: received, plans: plans)
            : try TaskCodec.decode(&reader, base: received, plans: plans)
        return saga
    }

    private static func encodeProgress(of saga: Saga, _ writer: inout ByteWriter) {
        let base = saga.received
        writer.time(saga.updated, since: base)
        writer.optionalTime(saga.finished, since: base)
        writer.time(saga.due, since: base)
        let flags = [saga.isExtended, saga.isHeld, saga.isCancelled, saga.isPlanOutdated]
        writer.byte(flags.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) })
        writer.place(saga.deadline)
        writer.place(saga.state)
        writer.strings(saga.commandIDs)
        writer.count(saga.disclosures.count)
        for disclosure in saga.disclosures {
            writer.string(disclosure.system)
            writer.string(disclosure.reason)
        }
        writer.count(saga.stages.count)
        for record in saga.stages {
            writer.byte(record.stage.rawValue)
            writer.optionalTime(record.openedAt, since: base)
            writer.optionalTime(record.leftAt, since: base)
        }
    }

    private static func decodeProgress(of saga: inout Saga, _ reader: inout ByteReader) throws(SnapshotError) {
        let base = saga.received
        saga.updated = try reader.time(since: base)
        saga.finished = try reader.optionalTime(since: base)
        saga.due = try reader.time(since: base)
        let flags = try reader.byte()
        saga.isExtended = flags & 1 != 0
        saga.isHeld = flags & 2 != 0
        saga.isCancelled = flags & 4 != 0
        saga.isPlanOutdated = flags & 8 != 0
        saga.deadline = try reader.place(DeadlineState.self, "deadline")
        saga.state = try reader.place(SagaState.self, "state")
        saga.commandIDs = try reader.strings()
        saga.disclosures = try reader.array { (reader) throws(SnapshotError) in
            Disclosure(system: try reader.string(), reason: try reader.string())
        }
        saga.stages = try reader.array { (reader) throws(SnapshotError) in
            Saga.StageRecord(
                stage: try reader.raw(Stage.self, "stage"), openedAt: try reader.optionalTime(since: base),
                leftAt: try reader.optionalTime(since: base))
        }
    }
}
