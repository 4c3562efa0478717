import Contract
import Logging
import RecordLog
import SagaKernel

/// Takes one record of a connector's topic from its bytes to its durable acknowledgement.
struct TaskRunner: Sendable {
    typealias Verdict = Acknowledgement.Verdict

    let name: String
    /// nil: this process has no code of that name.
    let connector: (any Connector)?
    let limits: ConnectorLimits
    let reader: TaskReader
    let publisher: Publisher
    let memory: TaskMemory
    let rates: RateKeeper
    /// One place for each endpoint: two tasks must never rewrite the same place at once.
    let endpoints: Gate
    /// The connector's own places.
    let places: Gate

    private static let allPlaces = ""

    private var clock: any WorkerClock { publisher.clock }
    private var ending: Ending { publisher.ending }
    private var observer: any WorkerObserver { publisher.observer }
    private var logger: Logger { publisher.logger }

    init(name: String, connector: (any Connector)?, settings: WorkerSettings, publisher: Publisher) {
        self.name = name
        self.connector = connector
        self.publisher = publisher
        limits = settings.limits(of: name)
        reader = TaskReader(bytesMaximum: settings.taskBytesMax)
        memory = TaskMemory(completedEntriesMax: limits.completedEntriesMax)
        rates = RateKeeper(limits: limits, clock: publisher.clock)
        endpoints = Gate(width: 1, queueMax: limits.endpointQueueMax, clock: publisher.clock)
        places = Gate(width: limits.concurrency, queueMax: .max, clock: publisher.clock)
    }

    /// From now on nothing is begun that has not begun.
    func stop() {
        endpoints.stop()
        places.stop()
    }

    /// True when the record's offset may be passed.
    func run(_ record: TaskRecord) async -> Bool {
        switch record.withViews({ value, headers in reader.read(value: value, headers: headers) }) {
        case .failure(let refusal):
            return await publisher.deadLetter(record, refusal) != .abandoned
        case .success(let task):
            let startMs = clock.monotonicMs()
            guard let verdict = await verdict(of: task) else { return false }
            switch await publisher.acknowledge(task, verdict, of: record) {
            case .acknowledged:
                tell(task, verdict, clock.monotonicMs() - startMs)
                return true
            case .buried: return true
            case .abandoned: return false
            }
        }
    }

    /// nil: the worker stopped before there was one.
    private func verdict(of task: WorkerTask) async -> Verdict? {
        guard ending.phase == .running else { return nil }
        let key = TaskKey(taskID: task.taskID, epoch: task.epoch)
        switch memory.start(key) {
        case .answer(let verdict):
            observer.observe(.repeated(connector: name))
            return verdict
        case .wait(let result):
            observer.observe(.repeated(connector: name))
            return await result.value
        case .work(let result):
            var verdict = await work(task)
            if var spoken = verdict {
                let count = Redactor(subjects: task.subjects).redact(&spoken)
                if count > 0 { observer.observe(.redacted(connector: name, strings: count)) }
                verdict = spoken
            }
            memory.end(key, result, verdict)
            return verdict
        }
    }

    private func work(_ task: WorkerTask) async -> Verdict? {
        guard let connector else {
            let error = TaskError(code: .unsupported, detail: "this worker has no such connector")
            return .failed(error, retryable: false, retryAfterMs: nil)
        }
        let endpoint = task.endpoint.id
        switch await endpoints.enter(endpoint, waitMaxMs: limits.endpointWaitMs) {
        case .admitted: break
        case .full, .late: return turnedAway(task)
        case .stopped: return nil
        }
        guard let waitMs = rates.reserve(endpoint: endpoint) else {
            endpoints.leave(endpoint)
            return turnedAway(task)
        }
        if waitMs > 0 { observer.observe(.rateLimited(connector: name, delayMs: waitMs)) }
        guard await ending.sleep(forMs: waitMs, until: .stopping, clock: clock) else {
            endpoints.leave(endpoint)
            return nil
        }
        switch await places.enter(Self.allPlaces, waitMaxMs: limits.endpointWaitMs) {
        case .admitted: return await perform(task, connector)
        case .full, .late:
            endpoints.leave(endpoint)
            return turnedAway(task)
        case .stopped:
            endpoints.leave(endpoint)
            return nil
        }
    }

    /// Lets the connector work until it is done, its time is over or the worker stops.
    ///
    /// The work is a task of its own, because a connector may not heed its cancellation: then the acknowledgement goes
    /// out in time all the same, while endpoint and place stay taken until the work has really ended. One that heeds it
    /// says how far it came, and that counts.
    private func perform(_ task: WorkerTask, _ connector: any Connector) async -> Verdict? {
        let promise = Promise<Verdict?>()
        let (endpoints, places, clock, limits) = (endpoints, places, clock, limits)
        let work = Task {
            let verdict = await connector.perform(task)
            promise.keep(verdict)
            places.leave(Self.allPlaces)
            endpoints.leave(task.endpoint.id)
        }
        let timer = Task {
            await clock.sleep(forMs: limits.taskTimeoutMs)
            guard !Task.isCancelled else { return }
            work.cancel()
            await clock.sleep(forMs: limits.cancelPatienceMs)
            let error = TaskError(code: .timeout, detail: "task_timeout")
            if !Task.isCancelled { promise.keep(.failed(error, retryable: true, retryAfterMs: nil)) }
        }
        let id = ending.when(.graceOver) {
            if promise.keep(nil) { work.cancel() }
        }
        let verdict = await promise.value
        ending.forget(id)
        timer.cancel()
        return verdict
    }

    /// The task would wait longer than whoever sent it: it comes back later, at no cost.
    private func turnedAway(_ task: WorkerTask) -> Verdict {
        observer.observe(.turnedAway(connector: name))
        return .pending(
            .throttled, resumeAt: clock.now().adding(milliseconds: limits.busyRetryMs),
            continuation: task.continuation)
    }

    private func tell(_ task: WorkerTask, _ verdict: Verdict, _ durationMs: Int64) {
        let (status, answer) = verdict.words
        observer.observe(
            .acknowledged(
                connector: name, action: task.action, status: status, answer: answer, durationMs: durationMs))
        logger.log(
            .info, "a task was acknowledged",
            [
                .connector: name, .taskID: task.taskID, .epoch: "\(task.epoch)", .attempt: "\(task.attempt)",
                .action: task.action.rawValue, .endpoint: task.endpoint.id, .subjectRef: task.subjectRef,
                .status: status.rawValue, .answer: answer,
            ])
    }
}

extension Acknowledgement.Verdict {
    /// The status, and the word that says most about it.
    fileprivate var words: (WorkerEvent.Status, String) {
        switch self {
        case .completed(let completion): (.completed, completion.outcome.rawValue)
        case .pending(let reason, _, _): (.pending, reason.rawValue)
        case .failed(let error, _, _): (.failed, error.code.rawValue)
        }
    }
}
