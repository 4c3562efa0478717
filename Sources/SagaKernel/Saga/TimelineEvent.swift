/// One entry of the timeline (contract §5).
public struct TimelineEvent: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case received, duplicate, planned, dispatched, acknowledged
        case ackIgnored = "ack_ignored"
        case timedOut = "timed_out"
        case stageLeft = "stage_left"
        case sweptAgain = "swept_again"
        case reappeared
        case commandApplied = "command_applied"
        case commandRefused = "command_refused"
        case slaChanged = "sla_changed"
        case stateChanged = "state_changed"
        case redacted
    }

    public var time: Timestamp
    public var kind: Kind
    /// Path of the task, without the request id.
    public var taskPath: String?
    public var epoch: Int?
    public var attempt: Int?
    public var code: String?
    /// What others have said and the entry repeats; nil in most.
    public private(set) var words: Words?

    public init(
        _ kind: Kind, at time: Timestamp, code: String? = nil, taskPath: String? = nil, epoch: Int? = nil,
        attempt: Int? = nil
    ) {
        self.kind = kind
        self.time = time
        self.code = code
        self.taskPath = taskPath
        self.epoch = epoch
        self.attempt = attempt
    }
}

extension TimelineEvent {
    /// Words of others. They lie elsewhere: few entries have any, and the twenty of a request would all be twice as
    /// large.
    public indirect enum Words: Hashable, Sendable {
        case said(commandID: String?, operator: String?, reason: String?)
    }

    public var commandID: String? {
        get { said.commandID }
        set { said.commandID = newValue }
    }

    public var `operator`: String? {
        get { said.operator }
        set { said.operator = newValue }
    }

    public var reason: String? {
        get { said.reason }
        set { said.reason = newValue }
    }

    private var said: (commandID: String?, operator: String?, reason: String?) {
        get {
            guard case .said(let commandID, let `operator`, let reason) = words else { return (nil, nil, nil) }
            return (commandID, `operator`, reason)
        }
        set {
            let isNothing = newValue == (nil, nil, nil)
            let (commandID, `operator`, reason) = newValue
            words = isNothing ? nil : .said(commandID: commandID, operator: `operator`, reason: reason)
        }
    }
}
