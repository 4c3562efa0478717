import Contract
import SagaKernel
import TestSeed

/// Everything that goes wrong by itself: at calls, and now and then.
final class Faults {
    private unowned let world: World
    /// Faults end before the request for an end does.
    var areOver = false
    private var fleet: Fleet?

    init(_ world: World) { self.world = world }

    private var options: SimulationOptions { world.options }

    func start(_ fleet: Fleet) {
        self.fleet = fleet
        every(options.outageEveryMs) { [self] in breakBroker() }
        every(options.clockJumpEveryMs) { [self] in turnClock() }
        every(options.cleaningEveryMs) { [self] in clean() }
        every(options.restartEveryMs) { fleet.restartOne() }
        every(options.reloadEveryMs) { fleet.reload() }
    }

    /// Everything that is broken is mended.
    func end() {
        areOver = true
        world.isBrokerUp = true
        fleet?.mend()
        world.hearAll()
        world.broker.group.watch()
    }

    private func every(_ meanMs: Int64, _ body: @escaping () -> Void) {
        guard meanMs > 0 else { return }
        world.scheduler.after(Int64(world.random.below(Int(2 * meanMs)))) { [self] in
            guard !areOver else { return }
            body()
            every(meanMs, body)
        }
    }

    /// What may happen to a process between two of its calls.
    func strike(_ process: CoordinatorProcess, before call: String) {
        guard !areOver else { return }
        if roll(options.crashOneIn) {
            world.note(process.name, "crashes before \(call)")
            process.crash()
            world.broker.group.watch()
        } else if roll(options.pauseOneIn) {
            let isLong = world.random.chance(1, in: 2)
            let mostMs = isLong ? options.sessionTimeoutMs * 4 : 3_000
            let pauseMs = Int64(world.random.below(Int(mostMs)))
            world.note(process.name, "stands still for \(pauseMs) ms before \(call)")
            process.pause(forMs: pauseMs)
            world.broker.group.watch()
            if isLong, world.random.chance(1, in: 3) { fleet?.replaceLater(process) }
        } else if roll(options.disconnectOneIn) {
            let mostMs = world.random.chance(1, in: 2) ? options.sessionTimeoutMs * 3 : 2_000
            let absentMs = Int64(world.random.below(Int(mostMs)))
            world.note(process.name, "is cut off for \(absentMs) ms before \(call)")
            process.connect(false)
            world.broker.group.watch()
            world.scheduler.after(absentMs) { [world] in
                world.note(process.name, "is connected again")
                process.connect(true)
            }
        }
    }

    func delaysEnd() -> Bool { !areOver && roll(options.stuckEndOneIn) }

    func lateMs() -> Int64 {
        let mostMs = world.random.chance(1, in: 2) ? 2 * options.retryBackoffMs : 2 * options.operationTimeoutMs
        return Int64(world.random.below(Int(mostMs)))
    }

    private func roll(_ oneIn: Int) -> Bool { oneIn > 0 && world.random.chance(1, in: oneIn) }

    private func breakBroker() {
        guard world.isBrokerUp else { return }
        let absentMs = Int64(world.random.below(Int(4 * options.sessionTimeoutMs)))
        world.note("broker", "is away for \(absentMs) ms")
        world.isBrokerUp = false
        world.broker.group.watch()
        world.scheduler.after(absentMs) { [world] in
            world.note("broker", "is back")
            world.isBrokerUp = true
            world.hearAll()
        }
    }

    private func turnClock() {
        let span = Int(2 * options.clockJumpMaxMs)
        let offsetMs = Int64(world.random.below(span)) - options.clockJumpMaxMs
        fleet?.turnClock(toMs: offsetMs)
    }

    private func clean() {
        world.note("broker", "cleans")
        let topics = World.topics
        // Without transactions the record of a former owner is repaired at the next look at the log. A real cleaner
        // leaves the open segment alone, and one stays open for longer than that takes.
        let leastMs = options.guarantee == .atLeastOnce ? 15 * Milliseconds.minute + Int64(options.idleMs) : 0
        let youngestMs = leastMs + Int64(30 + world.random.below(300)) * Milliseconds.second
        world.broker.compact([topics.sagas, topics.status], youngestMs: youngestMs)
        world.broker.expire(
            topics.inputs, olderThanMs: world.scheduler.nowMs - Int64(10 + world.random.below(60)) * Milliseconds.minute
        )
    }
}
