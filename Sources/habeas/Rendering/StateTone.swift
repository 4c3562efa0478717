/// Colours of states. Words carry the meaning; colours only help the eye.
enum StateTone {
    static func request(_ state: RequestState) -> Tone {
        switch state {
        case .completed: .good
        case .completedWithExceptions: .warning
        case .inProgress: .busy
        case .onHold: .warning
        case .failed, .rejected: .bad
        case .cancelled: .faint
        case .other: .plain
        }
    }

    /// What is none of today's states may be one of a newer coordinator's.
    static func task(_ state: String) -> Tone {
        switch state {
        case "succeeded": .good
        case "dispatched", "waiting": .busy
        case "failed": .bad
        case "blocked", "skipped", "cancelled": .faint
        default: .plain
        }
    }

    static func sla(_ status: String) -> Tone {
        switch status {
        case "on_track": .good
        case "at_risk": .warning
        case "breached": .bad
        default: .plain
        }
    }
}
