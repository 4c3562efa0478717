import Contract
public import SagaKernel

/// One run: a seed, and what came of it.
public struct Simulation: Sendable {
    public let options: SimulationOptions
    /// The deliberate bug that the coordinators have; nil: none.
    public let mutant: Mutant?
    public let isTraced: Bool
    /// A run that has not come to its end after so many happenings is a violation: something spins.
    public let happeningsMax: Int

    public init(
        options: SimulationOptions, mutant: Mutant? = nil, isTraced: Bool = false, happeningsMax: Int = 5_000_000
    ) {
        self.options = options
        self.mutant = mutant
        self.isTraced = isTraced
        self.happeningsMax = happeningsMax
    }

    /// Works the run off. Blocks its thread; other runs may go on in other threads meanwhile.
    public func run() throws -> SimulationVerdict { try runWithWorld().verdict }

    func runWithWorld() throws -> (verdict: SimulationVerdict, world: World) {
        let world = World(options, mutant: mutant, isTraced: isTraced)
        let backend = Backend(world)
        let operators = Operators(world, backend)
        let fleet = try Fleet(world)
        let main = Fiber(name: "main")
        let story = Story(
            world: world, main: main, backend: backend, operators: operators, fleet: fleet,
            happeningsMax: happeningsMax)
        SimulationScope.enter(world) { story.tell() }
        world.dismantle()
        let verdict = SimulationVerdict(
            options: options, violation: world.ledger.violation, virtualMs: world.scheduler.nowMs,
            happenings: world.scheduler.count, records: world.trace.records, tasks: world.ledger.tasks,
            fingerprint: world.trace.fingerprint, trace: world.trace.lines, cells: world.cells)
        return (verdict, world)
    }
}

/// What came of a run.
public struct SimulationVerdict: Sendable {
    public var options: SimulationOptions
    /// The first thing that must not be, with its moment; nil: nothing.
    public var violation: String?
    public var virtualMs: Int64
    public var happenings: Int
    public var records: Int
    public var tasks: Int
    /// Equal for two runs that are the same, to the byte.
    public var fingerprint: UInt64
    /// Empty where it was not asked for.
    public var trace: [String]
    /// Cells of the table of transitions that were asked for.
    public var cells: Set<TransitionCell>
}

/// The course of a run: a while in which everything goes wrong, then a while in which nothing does, and then the end,
/// which has to come.
private struct Story {
    let world: World
    let main: Fiber
    let backend: Backend
    let operators: Operators
    let fleet: Fleet
    let happeningsMax: Int

    func tell() {
        fleet.start()
        backend.start()
        operators.start()
        world.faults.start(fleet)
        _ = wait(untilMs: world.options.faultsMs) { false }
        world.note("world", "is whole again")
        world.faults.end()
        world.workers.areHonest = true
        repeat {
            world.isQuiet = false
            bringToAnEnd()
            // Somebody may have asked for something in the last moment: what is on its way counts.
            world.isQuiet = true
            _ = wait(untilMs: world.scheduler.nowMs + Milliseconds.minute) { false }
        } while world.ledger.violation == nil && !isAtRest
        if world.ledger.violation == nil { lookAgain() }
        checkTheEnd()
        tearDown()
    }

    /// Nothing is unfinished, and nothing is left unread that could begin something again.
    private var isAtRest: Bool {
        world.ledger.unfinished.isEmpty && !world.broker.hasUnread(World.topics.inputs)
    }

    /// People look after what is held, parked, or waits for them; everything else has to come by itself.
    private func bringToAnEnd() {
        let limitMs = world.scheduler.nowMs + 20 * Milliseconds.day
        while world.scheduler.nowMs < limitMs, world.ledger.violation == nil {
            if isAtRest { return }
            for (_, saga) in world.ledger.unfinished { if let saga { operators.help(saga) } }
            _ = wait(untilMs: world.scheduler.nowMs + 20 * Milliseconds.minute) { isAtRest }
        }
        guard world.ledger.violation == nil else { return }
        guard let (id, saga) = world.ledger.unfinished.first else {
            return world.ledger.violate("a record is never read", nowMs: world.scheduler.nowMs)
        }
        let state = saga.map { saga in
            let waiting = saga.tasks.filter { !$0.phase.isSettled }.map { "\(saga.path(of: $0)) is \($0.phase.name)" }
            return "\(saga.state.rawValue), \(waiting.joined(separator: ", "))"
        }
        world.ledger.violate(
            "\(id) does not come to an end: \(state ?? "nothing is known of it")", nowMs: world.scheduler.nowMs)
    }

    /// Whoever reads the log from its beginning finds nothing left to do.
    private func lookAgain() {
        fleet.crashAll()
        _ = wait(untilMs: world.scheduler.nowMs + Milliseconds.minute) { fleet.areAllGone }
        let tasks = world.ledger.tasks
        fleet.startFresh()
        _ = wait(untilMs: world.scheduler.nowMs + 10 * Milliseconds.minute) { false }
        if world.ledger.tasks != tasks, world.ledger.violation == nil {
            world.ledger.violate(
                "a new coordinator sent tasks of requests that had ended", nowMs: world.scheduler.nowMs)
        }
    }

    /// A turn may be under way, in which a status is known a moment before its snapshot.
    private func checkTheEnd() {
        _ = wait(untilMs: world.scheduler.nowMs + 5 * Milliseconds.minute) { world.ledger.endFault == nil }
        if let fault = world.ledger.endFault { world.ledger.violate(fault, nowMs: world.scheduler.nowMs) }
    }

    private func tearDown() {
        fleet.crashAll()
        while !fleet.areAllGone { world.scheduler.park(main, untilMs: world.scheduler.nowMs + 1) }
    }

    /// Lets time pass until `isOver`, in steps, so that a violation ends the run soon.
    private func wait(untilMs deadlineMs: Int64, _ isOver: () -> Bool) -> Bool {
        while world.scheduler.nowMs < deadlineMs {
            if isOver() { return true }
            world.ledger.timeHasPassed(nowMs: world.scheduler.nowMs)
            if world.ledger.violation != nil { return false }
            guard world.scheduler.count < happeningsMax else {
                world.ledger.violate("\(happeningsMax) happenings, and no end", nowMs: world.scheduler.nowMs)
                return false
            }
            world.scheduler.park(main, untilMs: min(deadlineMs, world.scheduler.nowMs + 15_000))
        }
        return isOver()
    }
}
