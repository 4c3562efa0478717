/// One endpoint's share of a request, and how far it is.
public struct SagaTask: Hashable, Sendable {
    /// Which of the saga's hub plans the endpoint is in, and where in it.
    public var hub: Int
    public var endpoint: Int
    public var action: TaskAction
    /// 1, 2, … for the verifications of an endpoint; 0 for everything else.
    public var ordinal: Int
    public var stage: Stage

    public var phase: TaskPhase = .blocked
    /// When the phase ends by itself: the acknowledgement deadline of a dispatched task, the start of a waiting one.
    /// nil where only an acknowledgement or a person can end it.
    public var nextAt: Timestamp?
    /// When the phase began.
    public var since: Timestamp
    /// Rises when the task is begun anew; from 1.
    public var epoch = 1
    /// Dispatches in this epoch.
    public var attempts = 0
    /// Dispatches in this epoch that failed or timed out.
    public var failures = 0
    /// First dispatch in this epoch, for the feasibility sum.
    public var startedAt: Timestamp?
    /// False after a replay: the operator wants it now.
    public var settles = true
    /// Of an erasure: how often its data came back since its last replay.
    public var rounds = 0
    public var completion: Completion?
    public var error: TaskError?
    /// What the worker asked to be given back.
    public var continuation: String?

    public init(hub: Int, endpoint: Int, action: TaskAction, ordinal: Int, stage: Stage, since: Timestamp) {
        self.hub = hub
        self.endpoint = endpoint
        self.action = action
        self.ordinal = ordinal
        self.stage = stage
        self.since = since
    }

    /// Enters a phase. Where the phase does not change, `since` stays.
    mutating func enter(_ newPhase: TaskPhase, until: Timestamp?, now: Timestamp) {
        if newPhase != phase { since = now }
        phase = newPhase
        nextAt = until
    }

    /// A new epoch with a fresh budget. One that was never dispatched keeps its number: no worker has seen it.
    mutating func restart(now: Timestamp, settles: Bool) {
        if attempts > 0 || phase.isSettled, !Mutant.replaysInOldEpoch.isOn { epoch += 1 }
        attempts = 0
        failures = 0
        startedAt = nil
        completion = nil
        error = nil
        continuation = nil
        self.settles = settles
        enter(.blocked, until: nil, now: now)
    }
}
