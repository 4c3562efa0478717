/// Where a request is in its life (contract §5). `rejected` is missing: a rejected request never became a saga.
public enum SagaState: String, CaseIterable, Sendable {
    /// Tasks are outstanding.
    case inProgress = "in_progress"
    /// A person stopped dispatching. Timers wait, acknowledgements still count.
    case onHold = "on_hold"
    /// Every task is done. Ends.
    case completed
    /// Every task is done or was skipped by a recorded decision. Ends.
    case completedWithExceptions = "completed_with_exceptions"
    /// Nothing is outstanding and at least one task failed. Parked: heals by a late acknowledgement, a replay, an
    /// attestation.
    case failed
    /// A person cancelled. Ends.
    case cancelled

    /// Acknowledgements and timers change nothing any more.
    public var isEnded: Bool {
        switch self {
        case .completed, .completedWithExceptions, .cancelled: true
        case .inProgress, .onHold, .failed: false
        }
    }
}

/// Whether the deadline will be met.
public enum DeadlineState: String, CaseIterable, Sendable {
    case onTrack = "on_track"
    /// What remains, at its worst, ends after the deadline.
    case atRisk = "at_risk"
    case breached
}
