/// What the committed topics hold about one request.
struct RequestFacts: Sendable {
    /// What a worker said, as far as it decides anything.
    struct Said: Hashable, Sendable {
        enum Verdict: Hashable, Sendable {
            case completed
            /// A verification that found data again.
            case reappeared
            case pending(resumeAtMs: Int64?, letsStageGo: Bool)
            case failed(retryable: Bool)
        }

        var path: String
        var epoch: Int
        var attempt: Int
        var verdict: Verdict
    }

    struct Ack: Hashable, Sendable {
        var said: Said
        var atMs: Int64
        var partition: Int32
        var isForwarded: Bool
    }

    struct Status: Hashable, Sendable {
        struct Task: Hashable, Sendable {
            var state: String
            var epoch: Int
            var attempts: Int
            var hasError: Bool
        }

        var term: Int64
        var version: Int64
        var state: String
        var reason: String?
        var tasks: [String: Task]
        /// Of the record's bytes.
        var digest: Int
        var isEnded: Bool { state == "completed" || state == "completed_with_exceptions" || state == "cancelled" }
    }

    enum Snapshot: Hashable, Sendable {
        case head(term: Int64, version: Int64, isHusk: Bool)
        case tombstone
    }

    /// Of the first valid request; nil without one.
    var kind: RequestKind?
    /// Where its first record lies.
    var home: Int32?
    /// Where its tasks, statuses and snapshots lie, and where they say that they are at home.
    var partitions: Set<Int32> = []
    /// Valid records of the request, the first included.
    var sends = 0
    /// The codes of refused records that bear its id.
    var refusals: Set<String> = []
    /// When each attempt was decided, milliseconds since 1970: by path, epoch and attempt.
    var dispatches: [String: [Int: [Int: [Int64]]]] = [:]
    var acks: [Ack] = []
    var status: Status?
    /// Of the first status that was shown.
    var firstVersion: Int64 = 1
    var republished = 0
    var snapshot: Snapshot?

    func lastEpoch(_ path: String) -> Int? { dispatches[path]?.keys.max() }

    func lastAttempt(_ path: String, _ epoch: Int) -> Int { dispatches[path]?[epoch]?.keys.max() ?? 0 }

    /// When the first attempt of an epoch was decided.
    func begun(_ path: String, _ epoch: Int) -> Int64? { dispatches[path]?[epoch]?[1]?.min() }

    func said(_ path: String, _ epoch: Int) -> [Ack] { acks.filter { $0.said.path == path && $0.said.epoch == epoch } }
}

/// What is kept of a request that has ended and was found in order.
struct ClosedRequest: Hashable, Sendable {
    var term: Int64
    var version: Int64
    var state: String
    var digest: Int

    /// What was shown last.
    init(_ end: RequestFacts.Status) {
        term = end.term
        version = end.version
        state = end.state
        digest = end.digest
    }
}
