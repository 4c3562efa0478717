import Contract
import Coordinator
import Logging
import SagaKernel
import TestSeed

/// What the parts of one run share: time, dice, broker, and the places where things are told.
final class World: @unchecked Sendable {
    static let topics = TopicNames(prefix: "")

    let options: SimulationOptions
    let scheduler = Scheduler()
    var random: SeededRandom
    let trace: Trace
    let catalogue: SimulatedCatalogue
    let ledger: Ledger
    var successions = Successions()
    let directory = SimulatedDirectory()
    private(set) lazy var broker = SimulatedBroker(
        settings: SimulatedBroker.Settings(
            partitions: options.partitions, transactionTimeoutMs: options.transactionTimeoutMs,
            sessionTimeoutMs: options.sessionTimeoutMs, rebalanceTimeoutMs: options.sessionTimeoutMs * 2,
            tombstonesLiveMs: options.tombstonesLiveMs, markerDelayMaxMs: options.markerDelayMaxMs),
        topics: World.topics.coPartitioned + [World.topics.deadLetters]
            + SimulatedCatalogue.connectors.map { World.topics.tasks(connector: $0) },
        scheduler: scheduler, world: self)
    private(set) lazy var faults = Faults(self)
    private(set) lazy var workers = Workers(self)
    var isBrokerUp = true
    /// Nobody asks for anything any more.
    var isQuiet = false
    /// Of the processes that run.
    var logs: [SimulatedLaneLog] = []

    let mutant: Mutant?
    let coverage = Coverage()
    var cells: Set<TransitionCell> { coverage.cells }

    init(_ options: SimulationOptions, mutant: Mutant?, isTraced: Bool) {
        self.options = options
        self.mutant = mutant
        random = SeededRandom(seed: options.seed)
        trace = Trace(isOn: isTraced)
        catalogue = SimulatedCatalogue(options)
        ledger = Ledger(options, trace: trace)
    }

    /// The run is over: everything lets go of everything.
    func dismantle() {
        scheduler.clear()
        broker.group.clear()
        logs = []
    }

    var now: Timestamp { SimulatedClock.beginning.adding(milliseconds: scheduler.nowMs) }

    func note(_ who: String, _ what: @autoclosure () -> String) { trace.note(scheduler.nowMs, who, what()) }

    func latencyMs() -> Int64 { Int64(random.below(options.latencyMaxMs + 1)) }
    func gatherMs() -> Int64 { Int64(random.below(options.gatherMaxMs + 1)) }
    func backoffMs() -> Int64 { options.retryBackoffMs + Int64(random.below(Int(options.retryBackoffMs))) }
    func heartbeatMs() -> Int64 { Int64(random.below(options.heartbeatMaxMs + 1)) }

    /// Markers of one transaction reach their partitions at different times: mostly soon, now and then late.
    func markerDelayMs() -> Int64 {
        let most = random.chance(1, in: 8) ? options.markerDelayMaxMs : min(20, options.markerDelayMaxMs)
        return Int64(random.below(most + 1))
    }

    /// A record is in a log, whatever becomes of it.
    func appended(_ place: Place, _ offset: Int64, _ record: SimulatedRecord, transaction: Int?) {
        trace.appended(scheduler.nowMs, place, offset, record, transaction: transaction)
    }

    /// Records are certain to be seen by readers of committed records.
    func committed(_ records: [(place: Place, record: SimulatedRecord)]) {
        let findings = ledger.take(records, nowMs: scheduler.nowMs)
        directory.take(findings.homes)
        for task in findings.tasks { workers.see(task) }
    }

    func wakeReaders() {
        for log in logs where log.isWaiting && log.hasSomething && log.process.isBeating {
            if let fiber = log.process.fiber { scheduler.wake(fiber) }
        }
    }

    func hearAll() { for log in logs { log.hear() } }
}

/// The read model, as far as a lane asks it: where requests live that have been seen.
final class SimulatedDirectory: RequestDirectory, @unchecked Sendable {
    private var homes: [RequestID: Int32] = [:]

    func homePartition(of id: RequestID) -> Int32? { homes[id] }

    func take(_ found: [RequestID: Int32]) { homes.merge(found) { _, new in new } }
}
