public import Contract
public import SagaKernel

/// What a lane goes by. Checked where it is read from the configuration.
public struct LaneSettings: Sendable {
    public var topics: TopicNames
    /// Records taken in one turn at most.
    public var turnRecordsMax = 5_000
    /// How long the lane waits for a first record before it looks around. The log's `gatherMs` says how long it waits
    /// for further ones.
    public var idleMs = 250
    /// Due timers worked off in one turn at most; the rest goes into the next, so that a burst of timers does not keep
    /// records waiting.
    public var turnTimersMax = 1_000
    /// A restore that reads nothing new for this long has failed.
    public var restoreStallMs: Int64 = 60_000
    /// How long calls that the log answers with "try again" are repeated before the lane gives up.
    public var retryMs: Int64 = 60_000
    /// The largest record that the log takes.
    public var recordBytesMax = 1_000_000
    public var rules = SagaRules()
    public var requestLimits = RequestLimits()
    public var acknowledgementLimits = AcknowledgementLimits()
    /// Without transactions nothing keeps an owner that lost its partitions from writing once more; the lane then reads
    /// its own snapshots back and repairs what such an owner wrote.
    public var watchesForeignWrites = false

    public init(topics: TopicNames) {
        self.topics = topics
    }

    /// What the largest record that these limits allow can take: the snapshot, with the request, everything that was
    /// said of its tasks, and the ids of the commands that it remembers.
    public var recordBytesNeeded: Int {
        let perTask = LaneSettings.taskBytes + rules.keptBytesFreePerTask
        let commands = rules.rememberedCommandsMax * CommandLimits().stringBytes
        return requestLimits.requestBytes + rules.keptBytesMax + commands + rules.tasksMax * perTask
    }

    /// Of a task in a snapshot or a status, without what was said of it.
    private static let taskBytes = 322
}

/// The catalogue as a lane uses it: the plan of each hub by host name, and the connectors that tasks may go to.
public struct LanePlans: Sendable {
    public var plans: [String: HubPlan]

    public init(plans: [String: HubPlan]) {
        self.plans = plans
    }

    public var connectors: Set<String> {
        Set(plans.values.flatMap { $0.endpoints.map(\.connector) })
    }
}

/// Time, as the lane sees it. The simulator has its own.
public protocol LaneClock: Sendable {
    /// Wall clock: goes into records.
    func now() -> Timestamp
    /// Never jumps: for deadlines inside the process. Milliseconds from an arbitrary beginning.
    func monotonicMs() -> Int64
}

/// Where requests live that this lane does not hold: what the read model knows. Asked on the lane's thread.
public protocol RequestDirectory: Sendable {
    /// The home partition of a request; nil where nothing is known of it.
    func homePartition(of id: RequestID) -> Int32?
}

/// A directory that knows nothing.
public struct EmptyDirectory: RequestDirectory {
    public init() {}

    public func homePartition(of id: RequestID) -> Int32? { nil }
}
