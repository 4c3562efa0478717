/// A status as its readers see it (contract §5): what backends, the read model and the command line decode.
///
/// The coordinator never builds one: it writes the bytes straight from the saga. Times stay text here, because readers
/// mostly show or compare them and RFC 3339 in UTC sorts as text only where the fractions agree; parse with `TimeText`.
public struct StatusDocument: Codable, Hashable, Sendable {
    public var requestID: String
    public var term: Int64
    public var version: Int64
    public var homePartition: Int32
    public var dryRun: Bool
    public var requestType: String?
    public var regulation: String?
    public var subjectRef: String?
    public var subjectRefs: [String]
    /// `in_progress`, `on_hold`, `completed`, `completed_with_exceptions`, `failed`, `cancelled`, `rejected`.
    public var state: String
    public var reason: String?
    public var planOutdated: Bool
    public var submittedTime: String?
    public var receivedTime: String
    public var updatedTime: String
    public var finishedTime: String?
    public var sla: SLA?
    public var stages: [StageDocument]
    public var tasks: [TaskDocument]
    public var disclosures: [DisclosureDocument]
    public var artifacts: [ArtifactDocument]

    public struct SLA: Codable, Hashable, Sendable {
        /// `on_track`, `at_risk`, `breached`.
        public var status: String
        public var dueTime: String
        public var extended: Bool
        public var expectedCompletionTime: String?

        enum CodingKeys: String, CodingKey {
            case status, extended
            case dueTime = "due_time"
            case expectedCompletionTime = "expected_completion_time"
        }
    }

    public struct StageDocument: Codable, Hashable, Sendable {
        /// `export`, `source`, `sinks`, `logs`, `verify`.
        public var stage: String
        /// `blocked`, `running`, `done`.
        public var state: String
    }

    public struct TaskDocument: Codable, Hashable, Sendable {
        public var taskID: String
        public var endpointID: String
        public var kind: String
        public var action: String
        public var stage: String
        /// `blocked`, `dispatched`, `waiting`, `succeeded`, `failed`, `skipped`, `cancelled`.
        public var state: String
        public var reason: String?
        public var epoch: Int
        public var attempts: Int
        public var nextAt: String?
        public var since: String
        public var outcome: String?
        public var verified: String
        public var recordCount: Int64?
        public var method: String?
        public var evidence: [String: String]?
        public var error: ErrorDocument?

        enum CodingKeys: String, CodingKey {
            case taskID = "task_id"
            case endpointID = "endpoint_id"
            case kind, action, stage, state, reason, epoch, attempts
            case nextAt = "next_at"
            case since, outcome, verified
            case recordCount = "record_count"
            case method, evidence, error
        }
    }

    public struct ErrorDocument: Codable, Hashable, Sendable {
        public var code: String
        public var detail: String?
    }

    public struct DisclosureDocument: Codable, Hashable, Sendable {
        public var system: String
        public var reason: String
    }

    public struct ArtifactDocument: Codable, Hashable, Sendable {
        public var endpointID: String?
        public var uri: String
        public var sha256: String?
        public var bytes: Int64?
        public var contentType: String?

        enum CodingKeys: String, CodingKey {
            case endpointID = "endpoint_id"
            case uri, sha256, bytes
            case contentType = "content_type"
        }
    }

    enum CodingKeys: String, CodingKey {
        case requestID = "request_id"
        case term, version
        case homePartition = "home_partition"
        case dryRun = "dry_run"
        case requestType = "request_type"
        case regulation
        case subjectRef = "subject_ref"
        case subjectRefs = "subject_refs"
        case state, reason
        case planOutdated = "plan_outdated"
        case submittedTime = "submitted_time"
        case receivedTime = "received_time"
        case updatedTime = "updated_time"
        case finishedTime = "finished_time"
        case sla, stages, tasks, disclosures, artifacts
    }
}
