import Contract
import SagaKernel
import TestSeed

/// People who hold, release, replay, skip, attest, extend and cancel: at random, and in the end to bring things to one.
final class Operators {
    private unowned let world: World
    private unowned let backend: Backend
    private var commands = 0

    init(_ world: World, _ backend: Backend) {
        self.world = world
        self.backend = backend
    }

    func start() {
        guard world.options.commandEveryMs > 0 else { return }
        world.scheduler.after(Int64(world.random.below(Int(2 * world.options.commandEveryMs)))) { [self] in
            guard !world.faults.areOver else { return }
            act()
            start()
        }
    }

    private func act() {
        guard !backend.ids.isEmpty else { return }
        let id = world.random.pick(backend.ids)
        let paths = world.ledger.paths(of: id)
        let some = paths.isEmpty ? [] : [world.random.pick(paths)]
        let verb: Command.Verb
        switch world.random.below(20) {
        case 0, 1, 2: verb = .hold
        case 3, 4, 5, 6: verb = .release
        case 7, 8, 9, 10: verb = .replay(tasks: world.random.chance(1, in: 2) ? some : [], scope: .failed)
        case 11, 12: verb = .replay(tasks: some, scope: .all)
        case 13: verb = .replay(tasks: [], scope: .all)
        case 14: verb = .skip(tasks: some)
        case 15, 16: verb = .attest(tasks: some, outcome: .attested, evidence: [Evidence(name: "ticket", value: "7")])
        case 17: verb = .extend(until: world.now.adding(milliseconds: 40 * Milliseconds.day))
        case 18: verb = world.random.chance(1, in: 3) ? .cancel : .hold
        default: verb = .skip(tasks: ["nowhere/erase"])
        }
        command(id, verb, isSentTwice: world.random.chance(1, in: 3))
    }

    private func command(_ id: RequestID, _ verb: Command.Verb, isSentTwice: Bool = false) {
        commands += 1
        let command = Command(
            id: "command-\(commands)", requestID: id, verb: verb, reason: "INC-42", operator: "dana")
        world.ledger.commanded(command)
        send(command)
        guard isSentTwice else { return }
        world.scheduler.after(Int64(world.random.below(30)) * Milliseconds.minute) { [self] in send(command) }
    }

    private func send(_ command: Command) {
        if world.isQuiet { return }
        guard world.isBrokerUp else { return world.scheduler.after(1_000) { [self] in send(command) } }
        world.note("operator", "\(command.verb.name) \(command.requestID)")
        let home = backend.partition(of: command.requestID)
        // A tool that does not know the home partition better than the directory does.
        let isAstray = world.random.chance(1, in: 10)
        let partition = isAstray ? Int32(world.random.below(Int(world.options.partitions))) : home
        let bytes = CommandWriter.bytes(command, homePartition: home, time: world.now)
        world.broker.append(
            SimulatedRecord(key: Array("\(command.requestID)".utf8), value: bytes),
            to: Place(topic: World.topics.commands, partition: partition))
    }

    /// What a person does about a request that does not end by itself.
    func help(_ saga: Saga) {
        switch saga.state {
        case .onHold: command(saga.id, .release)
        case .failed: command(saga.id, .replay(tasks: [], scope: .failed))
        case .inProgress:
            // Only where nothing but a person can go on: whatever has a due time must come by itself.
            let waiting = saga.tasks.filter { task in
                if case .waiting = task.phase { task.nextAt == nil } else { false }
            }
            guard !waiting.isEmpty else { return }
            command(saga.id, .attest(tasks: waiting.map { saga.path(of: $0) }, outcome: .attested, evidence: []))
        case .completed, .completedWithExceptions, .cancelled: break
        }
    }
}
