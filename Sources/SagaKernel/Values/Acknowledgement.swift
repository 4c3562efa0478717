/// How a completed task ended.
public enum Outcome: String, CaseIterable, Sendable {
    case erased
    case alreadyAbsent = "already_absent"
    case exported
    case noData = "no_data"
    case expired
    case attested
    case notApplicable = "not_applicable"
    /// Of a `verify`: nothing there.
    case absent
    /// Of a `verify`: data came back.
    case reappeared
}

/// Why a task is not done although nothing is wrong.
public enum PendingReason: String, CaseIterable, Sendable {
    case operationRunning = "operation_running"
    case retention
    case awaitingOwner = "awaiting_owner"
    case throttled
}

/// How much a completion is worth.
public enum Verified: String, CaseIterable, Sendable {
    case none
    case selfReported = "self_reported"
    case readBack = "read_back"
}

/// Why an attempt failed. The codes are contract; the texts are not.
public enum TaskErrorCode: String, CaseIterable, Sendable {
    case unauthorized, forbidden
    case notFound = "not_found"
    case throttled, timeout, unavailable, conflict, immutable, unsupported
    case invalidTask = "invalid_task"
    case `internal`
}

public struct TaskError: Hashable, Sendable {
    public var code: TaskErrorCode
    public var detail: String?

    public init(code: TaskErrorCode, detail: String? = nil) {
        self.code = code
        self.detail = detail
    }
}

/// A file that an export left for the requester.
public struct Artifact: Hashable, Sendable {
    public var uri: String
    /// Lower-case hexadecimal.
    public var sha256: String?
    public var bytes: Int64?
    public var contentType: String?

    public init(uri: String, sha256: String? = nil, bytes: Int64? = nil, contentType: String? = nil) {
        self.uri = uri
        self.sha256 = sha256
        self.bytes = bytes
        self.contentType = contentType
    }
}

/// What an endpoint said when it was done.
public struct Completion: Hashable, Sendable {
    public var outcome: Outcome
    public var recordCount: Int64?
    public var method: String?
    public var verified: Verified
    public var artifacts: [Artifact]
    /// Facts for an auditor, in the worker's own words: operation ids, client request ids.
    public var evidence: [Evidence]

    public init(
        outcome: Outcome, recordCount: Int64? = nil, method: String? = nil, verified: Verified = .none,
        artifacts: [Artifact] = [], evidence: [Evidence] = []
    ) {
        self.outcome = outcome
        self.recordCount = recordCount
        self.method = method
        self.verified = verified
        self.artifacts = artifacts
        self.evidence = evidence
    }
}

/// One named fact.
public struct Evidence: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What a worker says of one attempt at a task.
public struct Acknowledgement: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        case completed(Completion)
        /// `resumeAt` nil: an acknowledgement or an operator will come.
        case pending(PendingReason, resumeAt: Timestamp?, continuation: String?)
        case failed(TaskError, retryable: Bool, retryAfterMs: Int64?)
    }

    public var requestID: RequestID
    /// The part of the task id behind the request id: `telemetry-archive/erase`.
    public var taskPath: String
    public var epoch: Int
    public var attempt: Int
    public var verdict: Verdict
    public var worker: String?

    public init(
        requestID: RequestID, taskPath: String, epoch: Int, attempt: Int, verdict: Verdict, worker: String? = nil
    ) {
        self.requestID = requestID
        self.taskPath = taskPath
        self.epoch = epoch
        self.attempt = attempt
        self.verdict = verdict
        self.worker = worker
    }
}
