/// What may be asked about requests: the read model answers, the HTTP API and its clients ask.
public protocol StatusSource: Sendable {
    /// The newest status of a request, as the bytes that the coordinator wrote; nil for an unknown id.
    func status(id: String) async throws -> StatusAnswer?

    /// What happened to a request, oldest first, at most `limit` events (the newest are kept).
    func timeline(id: String, limit: Int) async throws -> [TimelineDocument.EventDocument]

    /// Requests in the order of their due time, then id.
    func list(_ query: StatusQuery) async throws -> StatusPage

    func summary() async throws -> StatusSummary
}

/// One status with the age of the answer.
public struct StatusAnswer: Sendable {
    /// The status record's JSON, unchanged.
    public var json: [UInt8]
    /// When the newest record that the read model has seen was written to the log (RFC 3339): the answer may lack what
    /// came later.
    public var asOf: String

    public init(json: [UInt8], asOf: String) {
        self.json = json
        self.asOf = asOf
    }
}

/// Which requests to list. Every condition that is given must hold.
public struct StatusQuery: Hashable, Sendable {
    public var state: String?
    /// Requests with an unsettled task at this endpoint; together with `state` failed, with a failed task there.
    public var endpoint: String?
    /// Unfinished requests that are due before this moment (milliseconds since 1970).
    public var dueBeforeMs: Int64?
    /// `hmac-sha256:…`: matches either the reference of the whole request or that of one of its identities.
    public var subjectRef: String?
    /// From the page before; opaque.
    public var cursor: String?
    public var limit: Int

    public init(limit: Int = 100) {
        self.limit = limit
    }
}

public struct StatusPage: Sendable {
    /// Status records, unchanged.
    public var requests: [[UInt8]]
    /// nil on the last page.
    public var nextCursor: String?
    public var asOf: String

    public init(requests: [[UInt8]], nextCursor: String?, asOf: String) {
        self.requests = requests
        self.nextCursor = nextCursor
        self.asOf = asOf
    }
}

public struct StatusSummary: Hashable, Sendable {
    public var total: Int
    /// By state; every state is there, also those without requests.
    public var byState: [String: Int]
    public var asOf: String

    public init(total: Int, byState: [String: Int], asOf: String) {
        self.total = total
        self.byState = byState
        self.asOf = asOf
    }
}
