import SagaKernel

/// How many tasks may begin in a second on average, and how many at once after a pause.
public struct RateLimit: Hashable, Sendable {
    /// Above 0, at most 100000.
    public var perSecond: Double
    /// 1…100000.
    public var burst: Int

    public init(perSecond: Double, burst: Int = 1) {
        self.perSecond = perSecond
        self.burst = burst
    }

    fileprivate var isValid: Bool {
        perSecond > 0 && perSecond <= 100_000 && (1...100_000).contains(burst)
    }
}

/// How much of one connector's work is done at a time.
///
/// | setting | default | range | |
/// |---|---|---|---|
/// | `concurrency` | 4 | 1…1024 | tasks whose connector is working |
/// | `in_flight_max` | 64 | concurrency…65536 | tasks taken and not acknowledged; then none is taken any more |
/// | `endpoint_queue_max` | 16 | 0…in_flight_max − 1 | tasks that wait for one endpoint; a further one gets `pending` |
/// | `endpoint_wait_ms` | 300000 | 0…86400000 | a task's wait for its endpoint, its rate, a place; then `pending` |
/// | `busy_retry_ms` | 60000 | 1000…86400000 | when such a task is asked to come back |
/// | `task_timeout_ms` | 600000 | 1…86400000 | then the work is cancelled |
/// | `cancel_patience_ms` | 5000 | 0…600000 | so long cancelled work may say how far it came; then failed `timeout` |
/// | `rate` | none | | of the connector |
/// | `endpoint_rate` | none | | of each of its endpoints |
/// | `completed_entries_max` | 10000 | 0…1000000 | completed tasks remembered, to answer a repetition at once |
///
/// A task is worked on only when no other task of the same endpoint is.
public struct ConnectorLimits: Hashable, Sendable {
    public var concurrency = 4
    public var inFlightMax = 64
    public var endpointQueueMax = 16
    public var endpointWaitMs: Int64 = 300_000
    public var busyRetryMs: Int64 = 60_000
    public var taskTimeoutMs: Int64 = 600_000
    public var cancelPatienceMs: Int64 = 5_000
    public var rate: RateLimit?
    public var endpointRate: RateLimit?
    public var completedEntriesMax = 10_000

    public init() {}

    /// The settings that are out of range.
    fileprivate var faults: [String] {
        let day: Int64 = 86_400_000
        let checks: [(String, Bool)] = [
            ("concurrency", (1...1_024).contains(concurrency)),
            ("in_flight_max", (concurrency...max(concurrency, 65_536)).contains(inFlightMax)),
            ("endpoint_queue_max", (0...max(0, inFlightMax - 1)).contains(endpointQueueMax)),
            ("endpoint_wait_ms", (0...day).contains(endpointWaitMs)),
            ("busy_retry_ms", (1_000...day).contains(busyRetryMs)),
            ("task_timeout_ms", (1...day).contains(taskTimeoutMs)),
            ("cancel_patience_ms", (0...600_000).contains(cancelPatienceMs)),
            ("rate", rate?.isValid ?? true),
            ("endpoint_rate", endpointRate?.isValid ?? true),
            ("completed_entries_max", (0...1_000_000).contains(completedEntriesMax)),
        ]
        return checks.compactMap { $0.1 ? nil : $0.0 }
    }
}

/// What a worker process is told.
///
/// | setting | default | range | |
/// |---|---|---|---|
/// | `worker` | – | not empty | its name in acknowledgements |
/// | `connectors` | – | at least one, each once | whose task topics it consumes |
/// | `topic_prefix` | `habeas.` | | |
/// | `grace_ms` | 20000 | 0…3600000 | how long a stop waits for tasks that are being worked on |
/// | `commit_interval_ms` | 1000 | 0…60000 | |
/// | `poll_ms` | 100 | 1…10000 | the longest that a poll waits |
/// | `publish_retry_ms`, `publish_retry_max_ms` | 100, 10000 | 1…600000 | doubling waits between attempts to publish |
/// | `reply_patience_ms` | 300000 | 1000…86400000 | then a task whose reply cannot be written is a dead letter |
/// | `record_bytes_max` | 1000000 | 2048…100000000 | the largest dead letter; the client's own limit |
/// | `task_bytes_max` | 1048576 | 1024…16777216 | a longer task is a dead letter |
public struct WorkerSettings: Hashable, Sendable {
    public var worker: String
    public var connectors: [String]
    public var topicPrefix = "habeas."
    public var graceMs: Int64 = 20_000
    public var commitIntervalMs: Int64 = 1_000
    public var pollMs = 100
    public var publishRetryMs: Int64 = 100
    public var publishRetryMaxMs: Int64 = 10_000
    public var replyPatienceMs: Int64 = 300_000
    public var taskBytesMax = 1_048_576
    /// The largest record that the client writes; a dead letter leaves out what does not fit.
    public var recordBytesMax = 1_000_000
    /// For connectors that `limitsByConnector` does not name.
    public var limits = ConnectorLimits()
    public var limitsByConnector: [String: ConnectorLimits] = [:]

    public init(worker: String, connectors: [String]) {
        self.worker = worker
        self.connectors = connectors
    }

    public func limits(of connector: String) -> ConnectorLimits {
        limitsByConnector[connector] ?? limits
    }

    /// The names of all settings that are out of range, so that they can be told together; empty where all is well.
    public var faults: [String] {
        let checks: [(String, Bool)] = [
            ("worker", !worker.isEmpty),
            ("connectors", !connectors.isEmpty && Set(connectors).count == connectors.count),
            ("grace_ms", (0...3_600_000).contains(graceMs)),
            ("commit_interval_ms", (0...60_000).contains(commitIntervalMs)),
            ("poll_ms", (1...10_000).contains(pollMs)),
            ("publish_retry_ms", (1...600_000).contains(publishRetryMs)),
            ("publish_retry_max_ms", (publishRetryMs...max(publishRetryMs, 600_000)).contains(publishRetryMaxMs)),
            ("reply_patience_ms", (1_000...86_400_000).contains(replyPatienceMs)),
            ("record_bytes_max", (2_048...100_000_000).contains(recordBytesMax)),
            ("task_bytes_max", (1_024...16_777_216).contains(taskBytesMax)),
        ]
        let named = limitsByConnector.sorted { $0.key < $1.key }.flatMap { connector, limits in
            limits.faults.map { "\(connector).\($0)" }
        }
        let foreign = limitsByConnector.keys.filter { !connectors.contains($0) }.sorted().map { "limits of \($0)" }
        return checks.compactMap { $0.1 ? nil : $0.0 } + limits.faults + named + foreign
    }

    func tasksTopic(of connector: String) -> String { "\(topicPrefix)tasks.\(connector)" }
    func group(of connector: String) -> String { "\(topicPrefix)worker.\(connector)" }
    var deadLettersTopic: String { "\(topicPrefix)dead-letters" }
}
