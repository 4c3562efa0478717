/// What is not as it must be.
struct SoakFault: Hashable, Sendable, Codable {
    enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A request without a status.
        case lostRequest = "lost_request"
        /// A request that has neither ended nor is parked.
        case unfinished
        /// A status, a snapshot or a task of a request that nobody sent.
        case foreignRecord = "foreign_record"
        case missingTask = "missing_task"
        /// A task that the catalogue does not ask for, or one of a request that has ended.
        case extraTask = "extra_task"
        /// A (task id, epoch, attempt) that was committed twice.
        case repeatedAttempt = "repeated_attempt"
        /// An attempt or an epoch whose predecessor is not there.
        case skippedAttempt = "skipped_attempt"
        /// An attempt that neither an acknowledgement nor a timeout called for.
        case unjustifiedAttempt = "unjustified_attempt"
        case unjustifiedEpoch = "unjustified_epoch"
        /// A stage that began before the one before it could be left.
        case stageOrder = "stage_order"
        /// A record that is not in its request's home partition.
        case wrongPartition = "wrong_partition"
        case statusWentBack = "status_went_back"
        /// A version that was never shown.
        case statusGap = "status_gap"
        case changedAfterEnd = "changed_after_end"
        /// More repetitions of a status than requests that were repeated.
        case repeatedStatus = "repeated_status"
        /// `completed` without a completed acknowledgement of each task's last epoch.
        case completedTooEarly = "completed_too_early"
        /// `failed` without an acknowledgement or a spent budget that says so.
        case unjustifiedFailure = "unjustified_failure"
        /// A status that says of its tasks something else than tasks and acknowledgements do.
        case statusDisagrees = "status_disagrees"
        /// A refused request whose status does not say so.
        case wrongRejection = "wrong_rejection"
        case snapshotDisagrees = "snapshot_disagrees"
        /// A record that had to be refused and was not.
        case lostDeadLetter = "lost_dead_letter"
        /// A dead letter of a record that was in order, or with another code.
        case foreignDeadLetter = "foreign_dead_letter"
        case repeatedDeadLetter = "repeated_dead_letter"
        /// An acknowledgement in a wrong partition that was not sent home, or more than once.
        case forwarding
        case unreadable
        /// A process that ended in a way that it must not.
        case processEnded = "process_ended"
    }

    var kind: Kind
    /// The request that it is about.
    var request: String?
    var detail: String
    /// Whether time alone may still put it right. What is there and must not be never goes away.
    var mayHeal: Bool

    init(_ kind: Kind, _ request: String? = nil, _ detail: String, mayHeal: Bool = false) {
        self.kind = kind
        self.request = request
        self.detail = detail
        self.mayHeal = mayHeal
    }

    var text: String { "\(kind.rawValue): \(request.map { "\($0): " } ?? "")\(detail)" }
}
