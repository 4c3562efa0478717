/// Where a task is in its life.
public enum TaskPhase: Hashable, Sendable {
    /// An earlier stage is not left yet, or (a verification) its own erasure has not succeeded. Goes on to `waiting`
    /// for settle or reverify, or to `dispatched`.
    case blocked
    /// A worker has it. Goes wherever the acknowledgement says, or is dispatched again when none comes in time.
    case dispatched
    /// Something has to happen first: a moment, an acknowledgement, or a person.
    case waiting(WaitReason)
    /// Done. Left only by a replay of everything, or because its sweep became stale.
    case succeeded
    /// Parked for an operator. Healed by a late acknowledgement, a replay, an attestation.
    case failed
    /// An operator decided that it is not done, and said why.
    case skipped
    /// Its request was cancelled first.
    case cancelled

    public static let allCases: [TaskPhase] =
        [.blocked, .dispatched] + WaitReason.allCases.map { .waiting($0) } + [
            .succeeded, .failed, .skipped, .cancelled,
        ]

    /// The contract's word for it; the reason of `waiting` is a field of its own.
    public var name: String {
        switch self {
        case .blocked: "blocked"
        case .dispatched: "dispatched"
        case .waiting: "waiting"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .skipped: "skipped"
        case .cancelled: "cancelled"
        }
    }

    /// No acknowledgement and no timer is expected for it.
    public var isSettled: Bool {
        switch self {
        case .succeeded, .failed, .skipped, .cancelled: true
        case .blocked, .dispatched, .waiting: false
        }
    }
}

/// What a waiting task waits for.
public enum WaitReason: String, CaseIterable, Sendable {
    /// The worker began something that takes its time; `next_at` or a late acknowledgement.
    case operationRunning = "operation_running"
    /// The data expires by itself.
    case retention
    /// A person must answer.
    case awaitingOwner = "awaiting_owner"
    /// The endpoint asked for patience.
    case throttled
    /// The attempt before failed; the next one is due at `next_at`.
    case retry
    /// Late data may still arrive; it starts at `next_at`.
    case settle
    /// A verification that starts some time after its erasure succeeded.
    case reverify

    public init(_ reason: PendingReason) {
        switch reason {
        case .operationRunning: self = .operationRunning
        case .retention: self = .retention
        case .awaitingOwner: self = .awaitingOwner
        case .throttled: self = .throttled
        }
    }
}
