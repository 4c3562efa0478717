/// What a lane tells the outside while it works: the source of metrics. Called on the lane's thread; must not block.
public protocol LaneObserver: Sendable {
    func turnEnded(_ report: TurnReport)
    func acknowledgementIgnored(code: String)
    func deadLettered(code: String)
    func redacted(count: Int)
    func forwarded()
    /// A timer was worked off this long after it was due.
    func timerFired(latenessMs: Int64)
    /// Timers that are due and have to wait for the next turn, as far as a turn has looked.
    func timersDue(_ count: Int)
    /// After each batch, and once more when all is in its place.
    func restoreProgressed(_ progress: RestoreProgress)
    /// An assignment, an empty one too, was restored and answered: the lane works.
    func assignmentAnswered(partitions: Int)
    /// Memory and producer were thrown away and read back, because nobody could say what the log holds.
    func beganAnew()
    /// The lane is alive: told at least once a step and while it restores.
    func heartbeat()
}

/// One turn in numbers.
public struct TurnReport: Sendable {
    public var records = 0
    public var timers = 0
    /// From the first record in hand to the commit's answer.
    public var durationMs: Int64 = 0
    /// Of which the commit.
    public var commitMs: Int64 = 0
    /// How often the turn had to be written again.
    public var aborted = 0
}

public struct RestoreProgress: Sendable {
    public var partitions: Int
    /// Records read so far.
    public var records: Int
    /// What the offsets say is left; 0 when done.
    public var remaining: Int64
    public var sagas: Int
    /// Since the topic was opened, before anybody asked how much it holds.
    public var elapsedMs: Int64 = 0
}
