public import SagaKernel

/// What happens in a worker, for metrics. Names and numbers only: no ids, so that nothing here can become a label with
/// a million values, or an identifier.
public enum WorkerEvent: Hashable, Sendable {
    case taken(connector: String)
    /// A task was acknowledged. `answer` is the outcome, the reason or the error code.
    case acknowledged(connector: String, action: TaskAction, status: Status, answer: String, durationMs: Int64)
    /// A repetition was answered without work.
    case repeated(connector: String)
    case deadLettered(connector: String, code: String)
    /// Strings of a verdict were replaced because they named the subject.
    case redacted(connector: String, strings: Int)
    case inFlight(connector: String, tasks: Int)
    /// A task had to wait for its rate.
    case rateLimited(connector: String, delayMs: Int64)
    /// A task was sent away with `pending` because its endpoint is busy or its rate used up.
    case turnedAway(connector: String)
    /// A record could not be published and will be tried again.
    case publishRetried(connector: String)
    case partitions(connector: String, count: Int)
    /// Reading or committing failed and will be tried again.
    case sourceRetried(connector: String)

    public enum Status: String, Sendable {
        case completed, pending, failed
    }
}

/// Called from any thread, `inFlight` under a lock of the worker; must return at once and not call the worker.
public protocol WorkerObserver: Sendable {
    func observe(_ event: WorkerEvent)
}

/// Looks away.
public struct NoWorkerObserver: WorkerObserver {
    public init() {}

    public func observe(_ event: WorkerEvent) {}
}
