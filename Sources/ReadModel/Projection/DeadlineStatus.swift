import Contract

/// Whether an unfinished request will meet its deadline. The raw values are what the database holds.
enum DeadlineStatus: Int, CaseIterable, Sendable {
    /// Finished, or without a deadline: nobody waits for it.
    case none, onTrack, atRisk, breached

    /// nil for `none`, which is not shown.
    var name: String? {
        switch self {
        case .none: nil
        case .onTrack: "on_track"
        case .atRisk: "at_risk"
        case .breached: "breached"
        }
    }

    /// A word that this version does not know is no deadline that it could count.
    init(text: JSONText) {
        switch text {
        case "on_track": self = .onTrack
        case "at_risk": self = .atRisk
        case "breached": self = .breached
        default: self = .none
        }
    }
}
