public import Contract
import Dispatch
public import Logging
public import RecordLog
public import SagaKernel
import Synchronization

/// Runs connectors: consumes their task topics, lets them work within their limits, and acknowledges.
///
/// Delivery is at least once. An offset is committed only after the acknowledgement of its task, and of every task
/// before it in the partition, is durable. A worker keeps nothing that it would miss after a crash.
public final class TaskWorker: Sendable {
    private struct State {
        var hasRun = false
        var graceTimer: Task<Void, Never>?
    }

    private let settings: WorkerSettings
    private let connectors: [String: any Connector]
    private let sink: any RecordSink
    private let makeSource: Intake.MakeSource
    private let clock: any WorkerClock
    private let observer: any WorkerObserver
    private let logger: Logger
    private let ending = Ending()
    private let state = Mutex(State())

    /// - Parameters:
    ///   - connectors: the code. The tasks of a name in `settings.connectors` that has none are acknowledged as failed
    ///     `unsupported`; code that the settings do not name is not used.
    ///   - source: makes the source of one connector's tasks; called on the thread that will use it.
    ///   - logger: gets `task.id` and `subject.ref`, never an identifier.
    public init(
        settings: WorkerSettings, connectors: [any Connector], sink: any RecordSink,
        clock: any WorkerClock = SystemClock(), observer: any WorkerObserver = NoWorkerObserver(), logger: Logger,
        source: @escaping @Sendable (_ connector: String) throws(LogFailure) -> any TaskSource
    ) throws(WorkerFailure) {
        let faults = settings.faults
        guard faults.isEmpty else { throw .settings(faults) }
        var byName: [String: any Connector] = [:]
        for connector in connectors {
            guard byName.updateValue(connector, forKey: connector.name) == nil else {
                throw .connectorTwice(connector.name)
            }
        }
        self.settings = settings
        self.connectors = byName
        self.sink = sink
        self.clock = clock
        self.observer = observer
        self.logger = logger
        makeSource = source
    }

    /// Works until `stop`, or until it cannot go on. Cancellation of the calling task is a stop without grace.
    public func run() async throws(WorkerFailure) {
        let isFirst = state.withLock { state in
            defer { state.hasRun = true }
            return !state.hasRun
        }
        guard isFirst else { throw .alreadyRun }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for connector in settings.connectors { group.addTask { await self.run(connector) } }
            }
        } onCancel: {
            ending.reach(.graceOver)
        }
        // Nothing is left to wait for.
        state.withLock { $0.graceTimer }?.cancel()
        if let failure = ending.failure { throw failure }
    }

    /// Takes no more tasks, lets those that are being worked on end within the grace period, commits and leaves. `run`
    /// returns after that. Callable from any thread, also before `run`, and more than once.
    public func stop() {
        ending.reach(.stopping)
        state.withLock { state in
            guard state.graceTimer == nil else { return }
            state.graceTimer = Task { [ending, clock, settings] in
                await clock.sleep(forMs: settings.graceMs)
                ending.reach(.graceOver)
            }
        }
    }

    /// Publishes an acknowledgement that came another way than through a connector: an owner's late answer.
    ///
    /// - Throws: when it is not known to be durable; whoever brought it should bring it again.
    public func publish(_ verdict: Acknowledgement.Verdict, of task: WorkerTask) async throws(LogFailure) {
        try await sink.publish(Publisher.acknowledgement(task, verdict, settings.worker, clock.now()))
    }

    private func run(_ name: String) async {
        let publisher = Publisher(
            connector: name, settings: settings, sink: sink, clock: clock, ending: ending, observer: observer,
            logger: logger)
        let runner = TaskRunner(name: name, connector: connectors[name], settings: settings, publisher: publisher)
        let intake = Intake(connector: name, settings: settings, publisher: publisher, makeSource: makeSource)
        let id = ending.when(.stopping) { runner.stop() }
        async let thread: Void = Self.onThread(named: name) { intake.runThread() }
        await withDiscardingTaskGroup { group in
            for await work in intake.taken {
                group.addTask { intake.ended(work, isDone: await runner.run(work.record)) }
            }
        }
        await thread
        ending.forget(id)
    }

    /// Consuming blocks, so it gets a thread that belongs to nobody else.
    private static func onThread(named name: String, _ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "habeas.worker.\(name)").async {
                body()
                continuation.resume()
            }
        }
    }
}
