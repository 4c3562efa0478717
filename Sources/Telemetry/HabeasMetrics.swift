/// Every metric of Habeas, in one place: what `/metrics` may show, with its help text.
///
/// Names start with `habeas_` (process facts: with `process_`, as everywhere) and end in their unit. No label ever
/// holds an identifier of a device or a person.
public struct HabeasMetrics: Sendable {
    public let registry: MetricsRegistry
    public let process: ProcessMetrics
    public let coordinator: CoordinatorMetrics
    public let readModel: ReadModelMetrics
    public let worker: WorkerMetrics
    public let http: HTTPMetrics

    /// - Parameters:
    ///   - version: of the program.
    ///   - role: `coordinator`, `worker`, `demo`.
    public init(registry: MetricsRegistry = MetricsRegistry(), version: String, role: String) {
        self.registry = registry
        process = ProcessMetrics(registry: registry, version: version, role: role)
        coordinator = CoordinatorMetrics(registry: registry)
        readModel = ReadModelMetrics(registry: registry)
        worker = WorkerMetrics(registry: registry)
        http = HTTPMetrics(registry: registry)
    }
}

/// What the lanes do. All are labelled with the lane or with a code, so that a worker shows none of them.
public struct CoordinatorMetrics: Sendable {
    public let turnDuration: Family<Histogram>
    public let commitDuration: Family<Histogram>
    public let turnRecords: Family<Histogram>
    public let turnsRewritten: Family<Counter>
    public let begunAnew: Family<Counter>
    public let timerLateness: Family<Histogram>
    public let timersDue: Family<Gauge>
    public let restoreRecords: Family<Counter>
    public let restorePartitionsRemaining: Family<Gauge>
    public let restoredSagas: Family<Gauge>
    public let deadLetters: Family<Counter>
    public let acksIgnored: Family<Counter>
    public let redactions: Family<Counter>
    public let forwarded: Family<Counter>
    public let consumerLag: Family<Gauge>
    public let consumerLagMeasured: Family<Gauge>

    init(registry: MetricsRegistry) {
        let lane = ["lane"]
        turnDuration = registry.histograms(
            "habeas_turn_duration_seconds", "Time from a gathered batch to its commit.", labels: lane,
            bounds: Bounds.turns)
        commitDuration = registry.histograms(
            "habeas_commit_duration_seconds", "Time that the commit of a turn took.", labels: lane,
            bounds: Bounds.turns)
        turnRecords = registry.histograms(
            "habeas_turn_records", "Records that one turn took.", labels: lane, bounds: Bounds.records)
        turnsRewritten = registry.counters(
            "habeas_turns_rewritten_total", "Times that a turn was written again after an aborted transaction.",
            labels: lane)
        begunAnew = registry.counters(
            "habeas_lane_restarts_total",
            "Times that a lane read its memory back because a commit's outcome was unknown.",
            labels: lane)
        timerLateness = registry.histograms(
            "habeas_timer_lateness_seconds", "How long after its due time a timer was served.", labels: lane,
            bounds: Bounds.lateness)
        timersDue = registry.gauges(
            "habeas_timers_due", "Timers that are due and not served yet.", labels: lane)
        restoreRecords = registry.counters(
            "habeas_restore_records_total", "Snapshot records read while restoring.", labels: lane)
        restorePartitionsRemaining = registry.gauges(
            "habeas_restore_partitions_remaining", "Partitions whose restore is not finished.", labels: lane)
        restoredSagas = registry.gauges(
            "habeas_restored_sagas", "Sagas that the last restore brought into memory.", labels: lane)
        deadLetters = registry.counters(
            "habeas_dead_letters_total", "Records that went to the dead-letter topic, by error code.",
            labels: ["code"])
        acksIgnored = registry.counters(
            "habeas_acks_ignored_total", "Acknowledgements that changed nothing, by reason.", labels: ["code"])
        redactions = registry.counters(
            "habeas_redactions_total", "Strings of workers that held an identifier and were replaced.",
            labels: lane)
        forwarded = registry.counters(
            "habeas_forwarded_total", "Records that arrived on a foreign partition and were sent home.",
            labels: lane)
        consumerLag = registry.gauges(
            "habeas_consumer_lag_records", "Records between a reader's position and the end of the partition.",
            labels: ["topic", "partition"])
        consumerLagMeasured = registry.gauges(
            "habeas_consumer_lag_measured_timestamp_seconds",
            "When the lag was last measured, in Unix time; its age tells how far to trust habeas_consumer_lag_records.",
            labels: [])
    }

    /// The handles that a lane touches on every turn, resolved once.
    public func lane(_ index: Int) -> LaneMetrics {
        let label = String(index)
        return LaneMetrics(
            turnDuration: turnDuration.with(label), commitDuration: commitDuration.with(label),
            turnRecords: turnRecords.with(label), turnsRewritten: turnsRewritten.with(label),
            begunAnew: begunAnew.with(label), timerLateness: timerLateness.with(label),
            timersDue: timersDue.with(label), restoreRecords: restoreRecords.with(label),
            restorePartitionsRemaining: restorePartitionsRemaining.with(label),
            restoredSagas: restoredSagas.with(label), redactions: redactions.with(label),
            forwarded: forwarded.with(label))
    }
}

/// One lane's own series.
public struct LaneMetrics: Sendable {
    public let turnDuration: Histogram
    public let commitDuration: Histogram
    public let turnRecords: Histogram
    public let turnsRewritten: Counter
    public let begunAnew: Counter
    public let timerLateness: Histogram
    public let timersDue: Gauge
    public let restoreRecords: Counter
    public let restorePartitionsRemaining: Gauge
    public let restoredSagas: Gauge
    public let redactions: Counter
    public let forwarded: Counter
}

/// What the read model knows, copied at each scrape.
public struct ReadModelMetrics: Sendable {
    public let requests: Family<Gauge>
    public let deadlines: Family<Gauge>
    public let tasks: Family<Gauge>
    /// Set only where a read model reports: a worker has none.
    public let statusAsOf: Family<Gauge>
    public let records: Family<SampledCounter>
    public let unreadable: Family<SampledCounter>

    init(registry: MetricsRegistry) {
        requests = registry.gauges("habeas_requests", "Requests by the state of their status.", labels: ["state"])
        deadlines = registry.gauges(
            "habeas_deadlines", "Unfinished requests by whether they will meet their deadline.", labels: ["sla"])
        tasks = registry.gauges(
            "habeas_tasks", "Tasks of all known requests by endpoint and state.", labels: ["endpoint", "state"])
        statusAsOf = registry.gauges(
            "habeas_status_as_of_timestamp_seconds",
            "When the newest status that the read model has seen was written, seconds since 1970.", labels: [])
        records = registry.sampledCounters(
            "habeas_read_model_records_total", "Records that the read model has taken in.", labels: ["topic"])
        unreadable = registry.sampledCounters(
            "habeas_read_model_unreadable_total", "Records that the read model could not read and passed over.",
            labels: ["topic"])
    }
}

/// What the connectors of a worker do.
public struct WorkerMetrics: Sendable {
    /// `result`: `completed`, `pending`, `failed`, `duplicate`.
    public let tasks: Family<Counter>
    public let taskDuration: Family<Histogram>
    public let tasksInFlight: Family<Gauge>
    public let rateLimitWait: Family<Histogram>

    init(registry: MetricsRegistry) {
        tasks = registry.counters(
            "habeas_worker_tasks_total", "Tasks that a worker has acknowledged.",
            labels: ["connector", "action", "result"])
        taskDuration = registry.histograms(
            "habeas_worker_task_duration_seconds", "Time that a connector took for one task.",
            labels: ["connector"], bounds: Bounds.tasks)
        tasksInFlight = registry.gauges(
            "habeas_worker_tasks_in_flight", "Tasks that a connector is working on.", labels: ["connector"])
        rateLimitWait = registry.histograms(
            "habeas_worker_rate_limit_wait_seconds", "Time that a task waited for its connector's rate limit.",
            labels: ["connector"], bounds: Bounds.tasks)
    }
}

/// What the HTTP servers answer. `route` is the route's pattern, never the path.
public struct HTTPMetrics: Sendable {
    public let requests: Family<Counter>
    public let duration: Family<Histogram>

    init(registry: MetricsRegistry) {
        requests = registry.counters(
            "habeas_http_requests_total", "Answered HTTP requests.", labels: ["route", "method", "status"])
        duration = registry.histograms(
            "habeas_http_request_duration_seconds", "Time to answer an HTTP request.", labels: ["route"],
            bounds: Bounds.turns)
    }
}

/// Ranges that fit what is measured: most of the answers must fall inside, and the alarming ones must stand apart.
enum Bounds {
    /// Around the 50 ms of a turn, seconds.
    static let turns: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Up to the 5 000 records that a turn takes.
    static let records: [Double] = [1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]
    /// From the blink of a turn to the hours of an outage, seconds.
    static let lateness: [Double] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600]
    /// From a local call to the 15 minutes of an acknowledgement timeout, seconds.
    static let tasks: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]
}
