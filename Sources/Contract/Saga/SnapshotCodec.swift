public import SagaKernel

/// The record that holds a saga, or what is left of one (key: request id).
///
/// Binary and compact, because every restart reads all of them and memory holds all of them. The first byte is the
/// format: it is raised when the layout changes, and every earlier layout stays readable. A saga refers to its hub
/// plans by fingerprint; `PlanCodec` holds those.
public enum SnapshotCodec {
    static let sagaFormat: UInt8 = 0x11
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
        var writer = ByteWriter(capacity: 256 + saga.tasks.count * 48)
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
        encode(saga.request, received: saga.received, &writer)
        encodeProgress(of: saga, &writer)
        writer.count(saga.tasks.count)
        for task in saga.tasks { TaskCodec.encode(task, base: saga.received, &writer) }
        return writer.exactBytes
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
        return writer.exactBytes
    }

    /// - Parameter plan: the hub plan with this fingerprint, which the partition's log holds in front of the sagas that
    ///   refer to it.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, plan: (Fingerprint) -> HubPlan?
    ) throws(SnapshotError) -> Content {
        var reader = ByteReader(bytes)
        let format = try reader.byte()
        switch format {
        case sagaFormat: return .saga(try saga(&reader, plan: plan))
        case huskFormat: return .husk(try husk(&reader))
        default: throw .unknownFormat(format)
        }
    }

    public static func head(of bytes: UnsafeRawBufferPointer) throws(SnapshotError) -> Head {
        var reader = ByteReader(bytes)
        let format = try reader.byte()
        switch format {
        case sagaFormat: return try head(&reader).head
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
        _ reader: inout ByteReader, plan: (Fingerprint) -> HubPlan?
    ) throws(SnapshotError) -> Saga {
        let (head, received) = try head(&reader)
        let home = Int32(truncatingIfNeeded: try reader.signed())
        let request = try request(&reader, received: received)
        var plans: [HubPlan] = []
        for fingerprint in head.plans {
            guard let found = plan(fingerprint) else { throw .missingPlan }
            plans.append(found)
        }
        var saga = Saga(
            request: request, homePartition: home, plans: plans, tasks: [], disclosures: [], stages: [],
            term: head.term, now: received)
        saga.version = head.version
        try decodeProgress(of: &saga, &reader)
        saga.tasks = try reader.array { (reader) throws(SnapshotError) in
            try TaskCodec.decode(&reader, base: received, plans: plans)
        }
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
        writer.count(saga.commandIDs.count)
        for id in saga.commandIDs { writer.string(id) }
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
        saga.commandIDs = try reader.array { (reader) throws(SnapshotError) in try reader.string() }
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

extension SnapshotCodec {
    private static func encode(_ request: Request, received: Timestamp, _ writer: inout ByteWriter) {
        writer.word(request.id.high)
        writer.word(request.id.low)
        writer.place(request.type)
        writer.place(request.regulation)
        writer.time(request.submitted, since: received)
        writer.count(request.subjects.count)
        for subject in request.subjects { encode(subject, &writer) }
        writer.count(request.subjectRefs.count)
        for ref in request.subjectRefs { encode(ref, &writer) }
        encode(request.subjectRef, &writer)
        writer.word(request.meaning.high)
        writer.word(request.meaning.low)
        writer.byte(request.dryRun ? 1 : 0)
        for list in [request.excludedEndpoints, request.callbackURLs] {
            writer.count(list.count)
            for text in list { writer.string(text) }
        }
        writer.optionalString(request.requestedBy)
        writer.optionalString(request.traceparent)
    }

    private static func request(
        _ reader: inout ByteReader, received: Timestamp
    ) throws(SnapshotError) -> Request {
        let id = RequestID(high: try reader.word(), low: try reader.word())
        let type = try reader.place(RequestType.self, "request type")
        let regulation = try reader.place(Regulation.self, "regulation")
        let submitted = try reader.time(since: received)
        let subjects = try reader.array { (reader) throws(SnapshotError) in try subject(&reader) }
        let refs = try reader.array { (reader) throws(SnapshotError) in try subjectRef(&reader) }
        let ref = try subjectRef(&reader)
        let meaning = Fingerprint(high: try reader.word(), low: try reader.word())
        var request = Request(
            id: id, type: type, regulation: regulation, submitted: submitted, subjects: subjects, subjectRefs: refs,
            subjectRef: ref, meaning: meaning)
        request.dryRun = try reader.byte() != 0
        request.excludedEndpoints = try reader.array { (reader) throws(SnapshotError) in try reader.string() }
        request.callbackURLs = try reader.array { (reader) throws(SnapshotError) in try reader.string() }
        request.requestedBy = try reader.optionalString()
        request.traceparent = try reader.optionalString()
        return request
    }

    private static func encode(_ subject: Subject, _ writer: inout ByteWriter) {
        writer.string(subject.hub)
        writer.string(subject.deviceID)
        writer.optionalString(subject.moduleID)
        writer.count(subject.aliases.count)
        for alias in subject.aliases {
            writer.string(alias.identityType)
            writer.string(alias.identityValue)
        }
    }

    private static func subject(_ reader: inout ByteReader) throws(SnapshotError) -> Subject {
        Subject(
            hub: try reader.string(), deviceID: try reader.string(), moduleID: try reader.optionalString(),
            aliases: try reader.array { (reader) throws(SnapshotError) in
                Subject.Alias(identityType: try reader.string(), identityValue: try reader.string())
            })
    }

    private static func encode(_ ref: SubjectRef, _ writer: inout ByteWriter) {
        writer.word(ref.words.0)
        writer.word(ref.words.1)
        writer.word(ref.words.2)
        writer.word(ref.words.3)
    }

    private static func subjectRef(_ reader: inout ByteReader) throws(SnapshotError) -> SubjectRef {
        SubjectRef(try reader.word(), try reader.word(), try reader.word(), try reader.word())
    }
}
