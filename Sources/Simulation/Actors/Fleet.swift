import Contract
import Coordinator
import Logging
import RecordLog
import SagaKernel
import TestSeed

/// The coordinators of a run, each on its machine, and whoever starts them again.
final class Fleet {
    private struct Machine {
        var instance: String
        var process: CoordinatorProcess?
        var starts = 0
        var isWanted = true
    }

    private unowned let world: World
    private var machines: [Machine]
    /// Also those that were replaced and do not know it.
    private var processes: [CoordinatorProcess] = []
    private let subjectKey: SubjectKey

    init(_ world: World) throws {
        self.world = world
        machines = (0..<world.options.coordinators).map { Machine(instance: "c\($0)") }
        subjectKey = try SubjectKey(bytes: Array(repeating: 7, count: 32))
    }

    func start() { for index in machines.indices { startProcess(index) } }

    private func startProcess(_ index: Int) {
        guard machines[index].isWanted else { return }
        machines[index].starts += 1
        let instance = machines[index].instance
        let process = CoordinatorProcess(
            name: "\(instance).\(machines[index].starts)", instance: instance, scheduler: world.scheduler)
        // A machine's clock stays wrong when its process begins anew.
        process.clock.offsetMs = machines[index].process?.clock.offsetMs ?? 0
        machines[index].process = process
        processes.append(process)
        let log = SimulatedLaneLog(world, process, inputs: World.topics.inputs)
        world.logs.append(log)
        world.note(process.name, "starts")
        process.fiber = world.scheduler.spawn(process.name) { [self] in
            SimulationScope.enter(world) { work(process, log) }
            process.end()
            world.logs.removeAll { $0 === log }
            processes.removeAll { $0 === process }
            world.broker.group.watch()
            restartLater(index, process)
        }
    }

    private func work(_ process: CoordinatorProcess, _ log: SimulatedLaneLog) {
        let lane = Lane(
            log: log,
            parts: Lane.Parts(
                settings: settings, subjectKey: subjectKey, plans: world.catalogue.plans, clock: process.clock,
                directory: world.directory, observer: SilentObserver(),
                logger: Logger(label: "lane", factory: { _ in SwiftLogNoOpLogHandler() }), source: "/habeas",
                owner: process.name),
            mailbox: process.mailbox)
        do throws(LaneFailure) {
            try lane.run()
            world.note(process.name, "has ended")
        } catch {
            world.note(process.name, "has ended: \(error)")
            guard !process.hasCrashed else { return }
            switch error {
            case .log(.fenced):
                guard !world.successions.isReplaced(process) else { return }
                world.ledger.violate("\(process.name) was fenced by nobody", nowMs: world.scheduler.nowMs)
            case .log(let failure):
                guard case .fatal = failure else { return }
                world.ledger.violate("a coordinator cannot go on: \(error)", nowMs: world.scheduler.nowMs)
            case .restoreStalled, .unavailable, .stopping: break
            case .unreadableSnapshot, .missingPlans, .missingTopic, .unequalPartitions:
                world.ledger.violate("a coordinator cannot go on: \(error)", nowMs: world.scheduler.nowMs)
            }
        }
    }

    private func restartLater(_ index: Int, _ process: CoordinatorProcess) {
        guard machines.indices.contains(index), machines[index].process === process else { return }
        world.scheduler.after(500 + Int64(world.random.below(20_000))) { [self] in
            guard machines.indices.contains(index), machines[index].process === process else { return }
            startProcess(index)
        }
    }

    private var settings: LaneSettings {
        let options = world.options
        var settings = LaneSettings(topics: World.topics)
        settings.turnRecordsMax = options.turnRecordsMax
        settings.turnTimersMax = options.turnTimersMax
        settings.idleMs = options.idleMs
        settings.retryMs = 2 * options.operationTimeoutMs
        settings.restoreStallMs = 2 * options.operationTimeoutMs + 2 * options.transactionTimeoutMs
        settings.rules.graceMs = options.graceMs
        settings.rules.statusGraceMs = options.statusGraceMs
        settings.watchesForeignWrites = options.guarantee == .atLeastOnce
        return settings
    }
}

extension Fleet {
    /// An orderly restart, as of a deployment.
    func restartOne() {
        let index = world.random.below(machines.count)
        guard let process = machines[index].process, !process.hasEnded else { return }
        world.note(process.name, "is asked to end")
        process.mailbox.stop()
    }

    /// Another process under the same name, while the one before only stands still.
    func replaceLater(_ process: CoordinatorProcess) {
        guard let index = machines.firstIndex(where: { $0.process === process }) else { return }
        world.scheduler.after(Int64(world.random.below(20_000))) { [self] in
            guard !world.faults.areOver, machines[index].process === process else { return }
            startProcess(index)
        }
    }

    func reload() {
        let plans = world.catalogue.change()
        for process in processes {
            world.scheduler.after(Int64(world.random.below(60_000))) { [world] in
                world.note(process.name, "is given another catalogue")
                process.mailbox.reload(plans)
            }
        }
    }

    func turnClock(toMs offsetMs: Int64) {
        let index = world.random.below(machines.count)
        guard let process = machines[index].process else { return }
        world.note(process.name, "has its clock \(offsetMs) ms off")
        process.clock.offsetMs = offsetMs
    }

    func mend() {
        for process in processes {
            process.resume()
            process.connect(true)
            process.clock.offsetMs = 0
        }
    }

    /// Ends all of them at once. Whoever is started afterwards knows what the log says and nothing else.
    func crashAll() {
        for index in machines.indices { machines[index].isWanted = false }
        for process in processes { process.crash() }
    }

    var areAllGone: Bool { processes.isEmpty }

    /// One coordinator that nobody has seen before.
    func startFresh() {
        machines = [Machine(instance: "fresh")]
        startProcess(0)
    }
}

/// The simulator looks at what is written, not at what a lane says of itself.
private struct SilentObserver: LaneObserver {
    func turnEnded(_ report: TurnReport) {}
    func acknowledgementIgnored(code: String) {}
    func deadLettered(code: String) {}
    func redacted(count: Int) {}
    func forwarded() {}
    func timerFired(latenessMs: Int64) {}
    func timersDue(_ count: Int) {}
    func restoreProgressed(_ progress: RestoreProgress) {}
    func assignmentAnswered(partitions: Int) {}
    func beganAnew() {}
    func heartbeat() {}
}
