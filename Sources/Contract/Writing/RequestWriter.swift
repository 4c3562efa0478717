public import SagaKernel

/// A request as a client writes it.
public struct RequestDraft: Hashable, Sendable {
    public var id: RequestID
    public var type: RequestType
    public var regulation: Regulation
    public var submitted: Timestamp
    public var identities: [SubjectIdentity]
    public var callbackURLs: [String] = []
    public var dryRun = false
    public var excludedEndpoints: [String] = []
    public var requestedBy: String?

    public init(
        id: RequestID, type: RequestType, regulation: Regulation = .gdpr, submitted: Timestamp,
        identities: [SubjectIdentity]
    ) {
        self.id = id
        self.type = type
        self.regulation = regulation
        self.submitted = submitted
        self.identities = identities
    }

    /// The draft that would be read as this request.
    public init(_ request: Request) {
        self.init(
            id: request.id, type: request.type, regulation: request.regulation, submitted: request.submitted,
            identities: request.subjects.flatMap(SubjectIdentity.identities))
        callbackURLs = request.callbackURLs
        dryRun = request.dryRun
        excludedEndpoints = request.excludedEndpoints
        requestedBy = request.requestedBy
    }
}

/// Writes requests (contract §2).
public enum RequestWriter {
    /// The record's value. What the reader would refuse is written all the same: readers judge.
    public static func bytes(_ draft: RequestDraft) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.name("regulation")
        json.string(draft.regulation.rawValue)
        json.name("subject_request_id")
        json.id(draft.id)
        json.name("subject_request_type")
        json.string(draft.type.rawValue)
        json.name("submitted_time")
        json.time(draft.submitted)
        json.name("subject_identities")
        json.beginArray()
        for identity in draft.identities {
            json.beginObject()
            json.name("identity_type")
            json.string(identity.type)
            json.name("identity_value")
            json.string(identity.value)
            json.name("identity_format")
            json.string(plain: "raw")
            json.endObject()
        }
        json.endArray()
        json.strings("status_callback_urls", draft.callbackURLs)
        writeExtensions(draft, &json)
        json.endObject()
        return json.bytes
    }

    private static func writeExtensions(_ draft: RequestDraft, _ json: inout JSONWriter) {
        guard draft.dryRun || !draft.excludedEndpoints.isEmpty || draft.requestedBy != nil else { return }
        json.name("extensions")
        json.beginObject()
        json.name("habeas")
        json.beginObject()
        json.name("dry_run")
        json.boolean(draft.dryRun)
        json.strings("exclude_endpoints", draft.excludedEndpoints)
        json.optional("requested_by", draft.requestedBy)
        json.endObject()
        json.endObject()
    }
}

// A null field may be left out (contract), and is.
extension JSONWriter {
    /// Nothing where there is no value.
    mutating func optional(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        string(value)
    }

    /// Nothing for an empty list.
    mutating func strings(_ name: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// Nothing for an empty list.
    mutating func evidence(_ evidence: [Evidence]) {
        guard !evidence.isEmpty else { return }
        name("evidence")
        beginObject()
        for fact in evidence {
            name(escaping: fact.name)
            string(fact.value)
        }
        endObject()
    }
}
