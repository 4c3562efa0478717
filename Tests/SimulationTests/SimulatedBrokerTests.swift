import Testing

@testable import Simulation

/// The simulated broker does what is known of a real one; a simulation on a broker that is kinder proves nothing.
@Suite("A simulated broker")
struct SimulatedBrokerTests {
    private let place = Place(topic: "acks", partition: 0)

    private func record(_ key: String, _ value: String? = "v") -> SimulatedRecord {
        SimulatedRecord(key: Array(key.utf8), value: value.map { Array($0.utf8) })
    }

    private func keys(_ log: PartitionLog, from position: Int64 = 0) -> [String] {
        log.read(from: position, max: 100).entries.map { String(decoding: $0.record?.key ?? [], as: UTF8.self) }
    }

    @Test func `shows nothing behind the first record of an open transaction`() {
        let log = PartitionLog()
        _ = log.append(record("a"), transaction: nil, nowMs: 0)
        _ = log.append(record("b"), transaction: 1, nowMs: 0)
        _ = log.append(record("c"), transaction: nil, nowMs: 0)
        #expect(log.lastStableOffset == 1 && log.highWatermark == 3)
        #expect(keys(log) == ["a"])
        log.mark(1, commits: true, nowMs: 0)
        #expect(log.lastStableOffset == 4)
        #expect(keys(log) == ["a", "b", "c"])
    }

    @Test func `skips what was aborted, and counts markers as offsets`() {
        let log = PartitionLog()
        _ = log.append(record("a"), transaction: 1, nowMs: 0)
        log.mark(1, commits: false, nowMs: 0)
        _ = log.append(record("b"), transaction: 2, nowMs: 0)
        log.mark(2, commits: true, nowMs: 0)
        #expect(keys(log) == ["b"])
        #expect(log.read(from: 0, max: 100).position == 4)
    }

    @Test func `compacts to the newest of each key and never changes an offset`() {
        let log = PartitionLog()
        for key in ["a", "b", "a", "c"] { _ = log.append(record(key), transaction: nil, nowMs: 0) }
        _ = log.append(record("b", nil), transaction: nil, nowMs: 0)
        log.compact(nowMs: 1_000, tombstonesLiveMs: 5_000, youngestMs: 10)
        #expect(log.entries.map(\.offset) == [2, 3, 4])
        log.compact(nowMs: 9_000, tombstonesLiveMs: 5_000, youngestMs: 10)
        #expect(log.entries.map(\.offset) == [2, 3])
        #expect(log.highWatermark == 5)
    }

    @Test func `does not compact what a transaction may still change`() {
        let log = PartitionLog()
        _ = log.append(record("a"), transaction: nil, nowMs: 0)
        _ = log.append(record("a"), transaction: 1, nowMs: 0)
        log.compact(nowMs: 9_000, tombstonesLiveMs: 0, youngestMs: 10)
        #expect(log.entries.count == 2)
    }

    @Test func `keeps unread records when old ones are forgotten`() {
        let log = PartitionLog()
        for key in ["a", "b", "c"] { _ = log.append(record(key), transaction: nil, nowMs: 0) }
        log.expire(olderThanMs: 100, below: 2)
        #expect(log.startOffset == 2)
        #expect(keys(log) == ["c"])
    }

    private func world() -> World {
        var options = SimulationOptions(seed: 1, guarantee: .exactlyOnce)
        options.partitions = 4
        options.markerDelayMaxMs = 0
        return World(options, mutant: nil, isTraced: false)
    }

    /// Lets everything happen that is due by then.
    private func pass(_ world: World, _ durationMs: Int64) {
        let fiber = Fiber(name: "test")
        world.scheduler.park(fiber, untilMs: world.scheduler.nowMs + durationMs)
    }

    @Test func `refuses a producer that was replaced, and ends what it left open`() throws {
        let world = world()
        let first = try world.broker.initialiseProducer("c0")
        try world.broker.produce([(place, record("a"))], as: "c0", epoch: first)
        #expect(throws: SimulatedBroker.TransactionError.concurrent) { try world.broker.initialiseProducer("c0") }
        pass(world, 10)
        let second = try world.broker.initialiseProducer("c0")
        #expect(second > first)
        #expect(throws: SimulatedBroker.TransactionError.fenced) {
            try world.broker.produce([(place, record("b"))], as: "c0", epoch: first)
        }
        #expect(throws: SimulatedBroker.TransactionError.fenced) {
            try world.broker.endTransaction("c0", epoch: first, commits: true)
        }
        #expect(keys(world.broker.log(place)) == [])
    }

    @Test func `lets a late end of a transaction end the next one of the same epoch`() throws {
        let world = world()
        let epoch = try world.broker.initialiseProducer("c0")
        try world.broker.produce([(place, record("a"))], as: "c0", epoch: epoch)
        try world.broker.endTransaction("c0", epoch: epoch, commits: true)
        pass(world, 10)
        try world.broker.produce([(place, record("b"))], as: "c0", epoch: epoch)
        try world.broker.endTransaction("c0", epoch: epoch, commits: true)
        pass(world, 10)
        #expect(keys(world.broker.log(place)) == ["a", "b"])
    }

    @Test func `gives up a transaction that takes too long, and refuses its producer`() throws {
        let world = world()
        let epoch = try world.broker.initialiseProducer("c0")
        try world.broker.produce([(place, record("a"))], as: "c0", epoch: epoch)
        pass(world, world.options.transactionTimeoutMs + 10)
        #expect(world.broker.log(place).lastStableOffset == 2)
        #expect(throws: SimulatedBroker.TransactionError.fenced) {
            try world.broker.endTransaction("c0", epoch: epoch, commits: true)
        }
    }

    @Test func `gives out no offsets that a transaction may still change`() throws {
        let world = world()
        let group = world.broker.group
        let member = group.join("c0", isHeard: { true }, notify: {})
        let epoch = try world.broker.initialiseProducer("c0")
        let standing = try world.broker.add(
            offsets: [place: 7], as: "c0", epoch: epoch, member: member, generation: group.generation)
        #expect(standing == .ok)
        #expect(world.broker.fetchCommitted([place]) == nil)
        try world.broker.endTransaction("c0", epoch: epoch, commits: true)
        pass(world, 10)
        #expect(world.broker.fetchCommitted([place]) == [place: 7])
    }

    @Test func `takes no offsets from a member of an older generation, though its transaction is open`() throws {
        let world = world()
        let group = world.broker.group
        let member = group.join("c0", isHeard: { true }, notify: {})
        let epoch = try world.broker.initialiseProducer("c0")
        let generation = group.generation
        try world.broker.produce([(place, record("a"))], as: "c0", epoch: epoch)
        _ = group.join("c1", isHeard: { true }, notify: {})
        #expect(group.rejoin("c0", member) == .ok)
        #expect(group.generation > generation)
        let standing = try world.broker.add(
            offsets: [place: 7], as: "c0", epoch: epoch, member: member, generation: generation)
        #expect(standing == .unknown)
        // Nothing is pending that would hold up whoever has the partition now.
        #expect(world.broker.fetchCommitted([place]) != nil)
    }

    @Test func `gives neighbouring partitions to each member of a group`() {
        let world = world()
        let group = world.broker.group
        let first = group.join("a", isHeard: { true }, notify: {})
        #expect(group.assignment("a", first)?.partitions == [0, 1, 2, 3])
        let second = group.join("b", isHeard: { true }, notify: {})
        #expect(group.assignment("b", second) == nil)
        #expect(group.rejoin("a", first) == .ok)
        #expect(group.assignment("a", first)?.partitions == [0, 1])
        #expect(group.assignment("b", second)?.partitions == [2, 3])
        #expect(group.accepts("a", first, generation: group.generation - 1) == .unknown)
    }

    @Test func `expels a member that is not heard of, and not before its session is over`() {
        let world = world()
        let group = world.broker.group
        let member = group.join("a", isHeard: { false }, notify: {})
        group.watch()
        pass(world, world.options.sessionTimeoutMs / 2)
        #expect(group.accepts("a", member, generation: group.generation) == .ok)
        pass(world, world.options.sessionTimeoutMs)
        #expect(group.accepts("a", member, generation: group.generation) == .unknown)
    }

    @Test func `fences a process whose instance name another one has taken`() {
        let world = world()
        let group = world.broker.group
        let first = group.join("a", isHeard: { true }, notify: {})
        let generation = group.generation
        let second = group.join("a", isHeard: { true }, notify: {})
        #expect(group.accepts("a", first, generation: generation) == .fenced)
        #expect(group.assignment("a", second)?.partitions == [0, 1, 2, 3])
        #expect(group.generation == generation)
    }
}
