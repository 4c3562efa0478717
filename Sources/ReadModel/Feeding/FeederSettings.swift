/// How the feeder paces itself.
public struct FeederSettings: Hashable, Sendable {
    /// Records applied in one transaction at most. 1...100 000.
    public var batchRecordsMax = 2_000
    /// Longest time from a batch's first record to its transaction, milliseconds. 1...10 000.
    public var batchWaitMs = 200
    /// How long to wait for a record when nothing is there, milliseconds. 1...10 000.
    public var idleWaitMs = 50
    /// How long to wait after a failure, milliseconds. 1...600 000.
    public var retryDelayMs = 1_000
    /// How often the ends of the partitions are asked for, milliseconds; what the lag is measured by. 100...600 000.
    public var lagIntervalMs = 5_000
    /// A file that was last level with the log longer ago than this is filled anew from the beginning, milliseconds: a
    /// broker keeps tombstones of a compacted topic for a day (`delete.retention.ms`) and a status whose tombstone was
    /// missed would be shown for ever. A minute or more.
    public var resumeAgeMaxMs: Int64 = 20 * 3_600_000

    public init() {}

    func checked() -> FeederSettings {
        precondition((1...100_000).contains(batchRecordsMax), "batchRecordsMax: 1...100000")
        precondition((1...10_000).contains(batchWaitMs), "batchWaitMs: 1...10000")
        precondition((1...10_000).contains(idleWaitMs), "idleWaitMs: 1...10000")
        precondition((1...600_000).contains(retryDelayMs), "retryDelayMs: 1...600000")
        precondition((100...600_000).contains(lagIntervalMs), "lagIntervalMs: 100...600000")
        precondition(resumeAgeMaxMs >= 60_000, "resumeAgeMaxMs: at least a minute")
        return self
    }
}
