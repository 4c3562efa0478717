import Contract

/// A request's state. The raw values are what the database holds: only ever add at the end.
enum StatusState: Int, CaseIterable, Sendable {
    case inProgress, onHold, completed, completedWithExceptions, failed, cancelled, rejected

    var name: String {
        switch self {
        case .inProgress: "in_progress"
        case .onHold: "on_hold"
        case .completed: "completed"
        case .completedWithExceptions: "completed_with_exceptions"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .rejected: "rejected"
        }
    }

    init?(name: String) {
        guard let state = StatusState.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }

    init?(text: JSONText) {
        switch text {
        case "in_progress": self = .inProgress
        case "on_hold": self = .onHold
        case "completed": self = .completed
        case "completed_with_exceptions": self = .completedWithExceptions
        case "failed": self = .failed
        case "cancelled": self = .cancelled
        case "rejected": self = .rejected
        default: return nil
        }
    }

    /// Whether something may still happen to the request: a failed one waits for an operator.
    var isUnfinished: Bool {
        switch self {
        case .inProgress, .onHold, .failed: true
        case .completed, .completedWithExceptions, .cancelled, .rejected: false
        }
    }
}

/// A task's state. The raw values are what the database holds: only ever add at the end.
enum TaskStatus: UInt8, CaseIterable, Sendable {
    case blocked, dispatched, waiting, succeeded, failed, skipped, cancelled

    var name: String {
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

    init?(text: JSONText) {
        switch text {
        case "blocked": self = .blocked
        case "dispatched": self = .dispatched
        case "waiting": self = .waiting
        case "succeeded": self = .succeeded
        case "failed": self = .failed
        case "skipped": self = .skipped
        case "cancelled": self = .cancelled
        default: return nil
        }
    }

    var standing: EndpointStanding {
        switch self {
        case .blocked, .dispatched, .waiting: .unsettled
        case .failed: .failed
        case .succeeded, .skipped, .cancelled: .settled
        }
    }
}

/// How a request stands with an endpoint, as far as a question can ask: one index entry for each that applies. The raw
/// values are what the database holds.
enum EndpointStanding: Int, CaseIterable, Sendable {
    case unsettled, failed, settled
}
