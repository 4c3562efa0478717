import SagaKernel

/// The request inside a snapshot, without its id: the record's key is that.
enum RequestCodec {
    /// What is so or not so, and which parts follow.
    private enum Flag {
        static let dryRun: UInt8 = 1
        static let requestedBy: UInt8 = 2
        static let traceparent: UInt8 = 4
        /// There are several identities. A single one's reference is that of the request too (see `SubjectKey`).
        static let manyRefs: UInt8 = 8
        /// One behind the last.
        static let end: UInt8 = 16
    }

    static func encode(
        _ request: Request, received: Timestamp, plans: [HubPlan], _ writer: inout ByteWriter
    ) {
        writer.byte(flags(of: request))
        writer.place(request.type)
        writer.place(request.regulation)
        writer.time(request.submitted, since: received)
        writer.count(request.subjects.count)
        for subject in request.subjects { encode(subject, plans: plans, &writer) }
        writer.subjectRef(request.subjectRef)
        if hasManyRefs(request) {
            writer.count(request.subjectRefs.count)
            for ref in request.subjectRefs { writer.subjectRef(ref) }
        }
        writer.word(request.meaning.high)
        writer.word(request.meaning.low)
        writer.strings(request.excludedEndpoints)
        writer.strings(request.callbackURLs)
        if let requestedBy = request.requestedBy { writer.string(requestedBy) }
        if let traceparent = request.traceparent { writer.string(traceparent) }
    }

    static func decode(
        _ reader: inout ByteReader, id: RequestID, received: Timestamp, plans: [HubPlan]
    ) throws(SnapshotError) -> Request {
        let flags = try reader.byte()
        guard flags < Flag.end else { throw .badValue(field: "request") }
        let type = try reader.place(RequestType.self, "request type")
        let regulation = try reader.place(Regulation.self, "regulation")
        let submitted = try reader.time(since: received)
        let subjects = try reader.array { (reader) throws(SnapshotError) in try subject(&reader, plans: plans) }
        let ref = try reader.subjectRef()
        var refs = [ref]
        if flags & Flag.manyRefs != 0 {
            refs = try reader.array { (reader) throws(SnapshotError) in try reader.subjectRef() }
        }
        let meaning = Fingerprint(high: try reader.word(), low: try reader.word())
        var request = Request(
            id: id, type: type, regulation: regulation, submitted: submitted, subjects: subjects, subjectRefs: refs,
            subjectRef: ref, meaning: meaning)
        request.dryRun = flags & Flag.dryRun != 0
        request.excludedEndpoints = try reader.strings()
        request.callbackURLs = try reader.strings()
        if flags & Flag.requestedBy != 0 { request.requestedBy = try reader.string() }
        if flags & Flag.traceparent != 0 { request.traceparent = try reader.string() }
        return request
    }

    private static func flags(of request: Request) -> UInt8 {
        (request.dryRun ? Flag.dryRun : 0) | (request.requestedBy == nil ? 0 : Flag.requestedBy)
            | (request.traceparent == nil ? 0 : Flag.traceparent) | (hasManyRefs(request) ? Flag.manyRefs : 0)
    }

    private static func hasManyRefs(_ request: Request) -> Bool {
        request.subjectRefs.count != 1 || request.subjectRefs[0] != request.subjectRef
    }

    /// The plan says how the hub is called. One that has no plan is written out, behind a zero.
    private static func encode(_ subject: Subject, plans: [HubPlan], _ writer: inout ByteWriter) {
        if let place = plans.firstIndex(where: { $0.host == subject.hub }) {
            writer.count(place + 1)
        } else {
            writer.count(0)
            writer.string(subject.hub)
        }
        writer.string(subject.deviceID)
        writer.optionalString(subject.moduleID)
        writer.count(subject.aliases.count)
        for alias in subject.aliases {
            writer.string(alias.identityType)
            writer.string(alias.identityValue)
        }
    }

    private static func subject(
        _ reader: inout ByteReader, plans: [HubPlan]
    ) throws(SnapshotError) -> Subject {
        Subject(
            hub: try hub(&reader, plans: plans), deviceID: try reader.string(),
            moduleID: try reader.optionalString(),
            aliases: try reader.array { (reader) throws(SnapshotError) in try reader.alias() })
    }

    private static func hub(_ reader: inout ByteReader, plans: [HubPlan]) throws(SnapshotError) -> String {
        let place = try reader.int()
        if place == 0 { return try reader.string() }
        guard place <= plans.count else { throw .badValue(field: "hub") }
        return plans[place - 1].host
    }
}

extension ByteWriter {
    mutating func subjectRef(_ ref: SubjectRef) {
        word(ref.words.0)
        word(ref.words.1)
        word(ref.words.2)
        word(ref.words.3)
    }

    mutating func strings(_ texts: [String]) {
        count(texts.count)
        for text in texts { string(text) }
    }
}

extension ByteReader {
    mutating func subjectRef() throws(SnapshotError) -> SubjectRef {
        SubjectRef(try word(), try word(), try word(), try word())
    }

    mutating func strings() throws(SnapshotError) -> [String] {
        try array { (reader) throws(SnapshotError) in try reader.string() }
    }

    mutating func alias() throws(SnapshotError) -> Subject.Alias {
        Subject.Alias(identityType: try string(), identityValue: try string())
    }
}
