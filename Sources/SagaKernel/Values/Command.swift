/// What an operator may ask of a saga.
public struct Command: Hashable, Sendable {
    /// Tasks are named by their paths within the saga (`telemetry-archive/erase`), which is what remains of a task id
    /// without the request's.
    public enum Verb: Hashable, Sendable {
        /// Begins failed tasks anew, or all of them.
        case replay(tasks: [String], scope: ReplayScope)
        case cancel
        case hold
        case release
        case extend(until: Timestamp)
        case skip(tasks: [String])
        case attest(tasks: [String], outcome: Outcome, evidence: [Evidence])

        public var name: String {
            switch self {
            case .replay: "replay"
            case .cancel: "cancel"
            case .hold: "hold"
            case .release: "release"
            case .extend: "extend"
            case .skip: "skip"
            case .attest: "attest"
            }
        }
    }

    public enum ReplayScope: String, Sendable {
        case failed, all
    }

    public var id: String
    public var requestID: RequestID
    public var verb: Verb
    public var reason: String?
    public var `operator`: String?

    public init(id: String, requestID: RequestID, verb: Verb, reason: String? = nil, operator: String? = nil) {
        self.id = id
        self.requestID = requestID
        self.verb = verb
        self.reason = reason
        self.operator = `operator`
    }
}
