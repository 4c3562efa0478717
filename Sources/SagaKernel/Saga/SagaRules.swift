/// The numbers that a saga goes by, besides those of its endpoints. All configurable; checked by whoever reads them.
public struct SagaRules: Hashable, Sendable {
    /// How often data may come back before the verification counts as failed (contract §4).
    public var reappearancesMax = 3
    /// A `resume_at` is never nearer than this: a worker that always answers "now" must not spin.
    public var resumeDelayMinMs: Int64 = Milliseconds.second
    /// A worker's `retry_after` is believed up to this.
    public var retryAfterMaxMs: Int64 = 7 * Milliseconds.day
    /// Retry delays differ by up to this share in either direction, in percent, so that a thousand tasks that failed
    /// together do not come back together.
    public var jitterPercent: Int64 = 20
    /// An ended saga's snapshot is kept this long.
    public var graceMs: Int64 = 30 * Milliseconds.day
    /// A finished request's status is kept this long.
    public var statusGraceMs: Int64 = 3 * 365 * Milliseconds.day
    /// Ids of commands that a saga remembers, so that a repeated one does nothing.
    public var rememberedCommandsMax = 64
    /// Timeline entries of one saga in one turn; what is beyond is dropped and counted in the last entry.
    public var timelineEventsPerTurnMax = 500
    /// Bytes of reasons, operators and command ids in one timeline record; an entry whose do not fit is without.
    public var timelineReasonBytesMax = 262_144
    /// Tasks of one request; one that would have more is refused.
    public var tasksMax = 256
    /// Bytes of what workers and operators say that one saga keeps: artifacts, evidence, error details, continuations.
    /// What does not fit fails its task, so that somebody looks at it.
    public var keptBytesMax = 262_144
    /// Of those, what every task may have without being counted.
    public var keptBytesFreePerTask = 512

    public init() {}
}
