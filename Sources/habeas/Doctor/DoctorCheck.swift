/// What one look at a deployment showed.
struct DoctorCheck: Hashable, Sendable {
    enum Verdict: String, Sendable {
        case ok
        /// It works, and something should be done about it.
        case warn
        /// It will not work, or not as promised.
        case fail
        /// Could not be looked at.
        case skipped

        var tone: Tone {
            switch self {
            case .ok: .good
            case .warn: .warning
            case .fail: .bad
            case .skipped: .faint
            }
        }
    }

    /// For scripts; never changes.
    var id: String
    var title: String
    var verdict: Verdict
    /// What was seen.
    var detail: String
    /// What to do; nil where nothing is to be done.
    var advice: String?

    static func ok(_ id: String, _ title: String, _ detail: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, verdict: .ok, detail: detail)
    }

    static func warn(_ id: String, _ title: String, _ detail: String, _ advice: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, verdict: .warn, detail: detail, advice: advice)
    }

    static func fail(_ id: String, _ title: String, _ detail: String, _ advice: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, verdict: .fail, detail: detail, advice: advice)
    }

    static func skipped(_ id: String, _ title: String, _ detail: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, verdict: .skipped, detail: detail)
    }
}
