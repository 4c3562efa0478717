/// What is asked for (contract: `subject_request_type`; aliases are resolved on intake).
public enum RequestType: String, CaseIterable, Sendable {
    case erasure, access, portability
}

/// The law that sets the deadline.
public enum Regulation: String, CaseIterable, Sendable {
    case gdpr
    case ukGDPR = "uk_gdpr"
    case ccpa

    /// When a request that was submitted at `submitted` is due: one calendar month (GDPR art. 12(3), and the same under
    /// the UK's), or 45 days (CCPA § 1798.130).
    public func due(submitted: Timestamp) -> Timestamp {
        switch self {
        case .gdpr, .ukGDPR: submitted.adding(months: 1)
        case .ccpa: submitted.adding(milliseconds: 45 * Milliseconds.day)
        }
    }

    /// The latest deadline that an extension may set: two further months, or 45 further days.
    public func latestExtension(firstDue: Timestamp) -> Timestamp {
        switch self {
        case .gdpr, .ukGDPR: firstDue.adding(months: 2)
        case .ccpa: firstDue.adding(milliseconds: 45 * Milliseconds.day)
        }
    }
}

/// A request as it was accepted: validated, normalised, and free of everything that only the wire needs.
public struct Request: Hashable, Sendable {
    public var id: RequestID
    public var type: RequestType
    public var regulation: Regulation
    public var submitted: Timestamp
    public var subjects: [Subject]
    /// One per identity of the request, in its order.
    public var subjectRefs: [SubjectRef]
    /// Over the sorted list of all identities.
    public var subjectRef: SubjectRef
    /// Equal for two requests that mean the same (contract §2: id case, alias, identity order and `submitted_time` do
    /// not count). Keyed, so that it tells nothing about the subject.
    public var meaning: Fingerprint
    public var dryRun: Bool
    public var excludedEndpoints: [String]
    public var requestedBy: String?
    public var callbackURLs: [String]
    /// W3C trace context of the request, carried to its tasks.
    public var traceparent: String?

    public init(
        id: RequestID, type: RequestType, regulation: Regulation = .gdpr, submitted: Timestamp, subjects: [Subject],
        subjectRefs: [SubjectRef], subjectRef: SubjectRef, meaning: Fingerprint
    ) {
        self.id = id
        self.type = type
        self.regulation = regulation
        self.submitted = submitted
        self.subjects = subjects
        self.subjectRefs = subjectRefs
        self.subjectRef = subjectRef
        self.meaning = meaning
        dryRun = false
        excludedEndpoints = []
        callbackURLs = []
    }

    /// The hubs that the request names, each once, in the order of their first appearance.
    public var hubs: [String] {
        var seen: [String] = []
        for subject in subjects where !seen.contains(subject.hub) { seen.append(subject.hub) }
        return seen
    }
}
