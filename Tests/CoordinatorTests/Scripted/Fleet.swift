import Contract
import Coordinator
import RecordLog
import SagaKernel
import TestSeed
import Testing

/// Two coordinators of one group on one broker, driven by a random walk: records, faults, crashes, and members that
/// hear late what the group has decided.
final class Fleet {
    static let requests = 6
    static let partitions: Int32 = 3

    let guarantee: ScriptedLog.Guarantee
    private let bench: LaneBench
    private var members: [Member] = []
    private var random: SeededRandom
    private var submitted = 0
    private var commands = 0
    private var answered: Set<String> = []
    private(set) var violations: [String] = []

    private struct Member {
        let name: String
        var lane: Lane
        var log: ScriptedLog
    }

    init(_ guarantee: ScriptedLog.Guarantee, seed: UInt64) throws {
        self.guarantee = guarantee
        random = SeededRandom(seed: seed)
        bench = try LaneBench(guarantee, partitions: Int(Self.partitions)) { $0.retryMs = .max / 4 }
        for name in ["one", "two"] { members.append(try member(name)) }
        rebalance()
    }

    func run(steps: Int) throws {
        for _ in 0..<steps { try act() }
        for index in members.indices { members[index].log.faults = [] }
        for _ in 0..<60 where try !isDone() {
            while submitted < Self.requests { submit() }
            try stepAll(12)
            acknowledgeAll()
            try stepAll(12)
            bench.clock.advance(7 * Milliseconds.hour)
        }
    }

    /// What must be true when all is done, whatever happened on the way.
    func expectTheEnd(_ what: Comment) throws {
        #expect(try isDone(), what)
        #expect(violations + members.flatMap(\.log.violations) == [], what)
        #expect(bench.deadLetterCodes == [], what)
        let before = try newest()
        if guarantee == .exactlyOnce {
            let tasks = bench.tasks("hub") + bench.tasks("files")
            let dispatches = tasks.map { "\($0.taskID) \($0.epoch) \($0.attempt)" }
            #expect(Set(dispatches).count == dispatches.count, what)
            for number in 0..<Self.requests { try expectOrdered(UInt64(number), what) }
        }
        // Whoever reads the log from its beginning knows the same.
        members = [try member("three")]
        rebalance()
        submitted = 0
        while submitted < Self.requests { submit() }
        let dispatched = (bench.taskValues("hub") + bench.taskValues("files")).count
        try stepAll(12)
        #expect(try newest().map(comparable) == before.map(comparable), what)
        #expect((bench.taskValues("hub") + bench.taskValues("files")).count == dispatched, what)
    }

    private func expectOrdered(_ number: UInt64, _ what: Comment) throws {
        let values = bench.values(LaneBench.topics.status, number)
        for (earlier, later) in zip(values, values.dropFirst()) {
            let (first, second) = try (head(earlier), head(later))
            #expect(first.rank < second.rank || earlier == later, what)
        }
    }

    private func head(_ value: [UInt8]?) throws -> StatusHead { try #require(StatusHead.read(value ?? [])) }

    /// The status of each request that its readers keep.
    private func newest() throws -> [String] {
        try (0..<Self.requests).map { number in
            let all = bench.values(LaneBench.topics.status, UInt64(number))
            let best = try all.map { try head($0) }.max { $0.rank < $1.rank }
            return best.map { "\($0.state) \($0.version)" } ?? "nothing"
        }
    }

    /// Without transactions a new owner shows once more what it is asked about, under its own term and a version.
    private func comparable(_ shown: String) -> Substring {
        guard guarantee == .atLeastOnce, let space = shown.firstIndex(of: " ") else { return shown[...] }
        return shown[..<space]
    }

    private func isDone() throws -> Bool { try newest().allSatisfy { $0.hasPrefix("completed ") } }
}

extension Fleet {
    private func act() throws {
        switch random.below(24) {
        case 0: if submitted < Self.requests { submit() }
        case 1, 2, 3: acknowledgeOne()
        case 4: bench.clock.advance(Int64(random.below(20)) * Milliseconds.minute)
        case 5: if random.below(3) == 0 { rebalance() }
        case 6: if random.below(4) == 0 { try crash(random.below(members.count)) }
        case 7, 8: breakCall()
        case 9: command()
        default: try step(random.below(members.count))
        }
    }

    private func submit() {
        bench.submit(UInt64(submitted), device: "d\(submitted)", partition: Int32(submitted) % Self.partitions)
        submitted += 1
    }

    private func command() {
        guard submitted > 0 else { return }
        commands += 1
        let number = random.below(submitted)
        bench.command(
            random.below(2) == 0 ? .hold : .release, UInt64(number), name: "c\(commands)",
            partition: Int32(number) % Self.partitions)
    }

    /// A worker answers some task that it can see, perhaps once more.
    private func acknowledgeOne() {
        let values = bench.taskValues("hub") + bench.taskValues("files")
        guard !values.isEmpty, let task = bench.task(from: values[random.below(values.count)]) else { return }
        switch random.below(5) {
        case 0: bench.acknowledge(task, .failed(TaskError(code: .unavailable), retryable: true, retryAfterMs: nil))
        case 1: bench.acknowledge(task, .pending(.operationRunning, resumeAt: bench.clock.now(), continuation: "p"))
        default: bench.acknowledge(task)
        }
    }

    private func acknowledgeAll() {
        for number in 0..<submitted {
            commands += 1
            let partition = Int32(number) % Self.partitions
            bench.command(.release, UInt64(number), name: "c\(commands)", partition: partition)
            bench.command(
                .replay(tasks: [], scope: .failed), UInt64(number), name: "r\(commands)", partition: partition)
        }
        for task in bench.tasks("hub") + bench.tasks("files") {
            if answered.insert("\(task.taskID) \(task.epoch) \(task.attempt)").inserted { bench.acknowledge(task) }
        }
    }

    private func breakCall() {
        let calls: [ScriptedLog.Call] = [
            .poll, .begin, .produce, .produce, .barrier, .commit, .commit, .abort, .assign, .readerPoll, .watermarks,
        ]
        let failures: [LogFailure] = [
            .retriable(reason: "r"), .abortRequired(reason: "a"), .outcomeUnknown(reason: "u"),
            .partitionsLost(reason: "l"),
        ]
        let call = calls[random.below(calls.count)]
        // A reader belongs to no transaction and no group.
        let isReaders = call == .readerPoll || call == .watermarks
        let failure = failures[isReaders ? 0 : random.below(failures.count)]
        var fault = ScriptedLog.Fault(call: call, number: 1 + random.below(4), failure: failure)
        if call == .commit, case .outcomeUnknown = failure { fault.isDone = random.below(2) == 0 }
        let arriving = random.below(64)
        fault.arrives = { arriving >> min($0, 5) & 1 == 1 }
        members[random.below(members.count)].log.faults = [fault]
    }

    private func stepAll(_ times: Int) throws {
        for _ in 0..<times {
            for index in members.indices { try step(index) }
        }
    }

    /// A lane that says that it cannot go on is a process that ends.
    private func step(_ index: Int) throws {
        do throws(LaneFailure) { try members[index].lane.step() } catch {
            switch error {
            case .log(.fatal), .log(.fenced), .unreadableSnapshot, .missingPlans, .missingTopic,
                .unequalPartitions:
                violations.append("\(members[index].name) ended: \(error)")
            case .log, .restoreStalled, .unavailable, .stopping: break
            }
            try crash(index)
        }
    }

    private func crash(_ index: Int) throws {
        violations += members[index].log.violations
        members[index] = try member(members[index].name)
        rebalance()
    }

    private func member(_ name: String) throws -> Member {
        let log = ScriptedLog(
            broker: bench.broker, inputs: LaneBench.topics.inputs, guarantee: guarantee, identity: name)
        let lane = try bench.lane(over: log)
        try lane.start()
        return Member(name: name, lane: lane, log: log)
    }

    /// The group gives the partitions out anew. Some members hear of it only after a while.
    private func rebalance() {
        bench.broker.generation += 1
        var shares = members.map { _ in [Int32]() }
        for partition in 0..<Self.partitions { shares[random.below(members.count)].append(partition) }
        for index in members.indices {
            members[index].log.tell(.revoked(lost: true))
            members[index].log.tell(.assigned(shares[index]))
            members[index].log.deafPolls = random.below(2) * random.below(4)
        }
    }
}
