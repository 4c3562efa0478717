/// What the saga tells the shell to do.
public enum Directive: Hashable, Sendable {
    /// Publish the task to its connector's topic.
    case dispatch(Dispatch)
    /// Write this into the request's timeline.
    case record(TimelineEvent)
    /// Publish the last status again, unchanged.
    case republish
}

/// One dispatch of a task. It carries what may differ from dispatch to dispatch, since one turn can hold several.
public struct Dispatch: Hashable, Sendable {
    /// Index into the saga's tasks.
    public var task: Int
    public var epoch: Int
    public var attempt: Int
    public var continuation: String?

    public init(task: Int, epoch: Int, attempt: Int, continuation: String?) {
        self.task = task
        self.epoch = epoch
        self.attempt = attempt
        self.continuation = continuation
    }
}

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
    public var commandID: String?
    public var `operator`: String?
    public var reason: String?

    public init(_ kind: Kind, at time: Timestamp, code: String? = nil) {
        self.kind = kind
        self.time = time
        self.code = code
    }
}
