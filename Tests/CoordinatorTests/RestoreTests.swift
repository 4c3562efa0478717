import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

@Suite struct `A lane that takes partitions` {
    @Test func `goes on after a restart where its snapshots say`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1, partition: 1)
        try bench.settle()
        let first = try #require(bench.tasks("hub").first)
        try bench.restart()
        #expect(bench.tasks("hub").count == 1)

        bench.acknowledge(first)
        try bench.settle()
        let second = try #require(bench.tasks("files").first)
        bench.acknowledge(second)
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
        #expect(try bench.statuses(1).map { $0?.version } == [1, 2, 3])
        #expect(bench.tasks("hub").count == 1 && bench.tasks("files").count == 1)
        try bench.expectOrder()
    }

    @Test func `writes with a term above every one that the restore saw`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        try bench.restart()
        bench.acknowledge(try bench.task("hub"))
        try bench.settle()
        #expect(try bench.statuses(1).map { $0?.term } == [1, 2])
        #expect(try bench.snapshots(1).map { try bench.head($0).term } == [1, 2])
    }

    @Test func `restores before it answers, and answers before it takes a record`() throws {
        let bench = try LaneBench()
        bench.submit(1)
        try bench.lane.start()
        bench.log.tell(.assigned([0, 1]))
        bench.log.forgetSteps()
        try bench.lane.step()
        #expect(
            bench.log.steps.filter { $0 != .call(.positions) } == [
                .call(.poll), .call(.openReader), .call(.watermarks), .call(.readerPoll), .call(.assign),
            ])
        #expect(bench.observer.heard.answered == [2])
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
    }

    @Test func `restores what is committed only after the restore began`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        let snapshots = bench.broker.records(LaneBench.topics.sagas)
        // The same records once more, in a log where their transaction is still open.
        let other = try LaneBench()
        let transaction = other.broker.beginTransaction(of: "another")
        for (partition, record) in snapshots {
            other.broker.append(
                record, to: ScriptedBroker.Place(topic: LaneBench.topics.sagas, partition: partition),
                transaction: transaction)
        }
        try other.lane.start()
        other.log.tell(.assigned([0, 1]))
        let broker = other.broker
        var polls = 0
        other.log.before = { call in
            if call == .readerPoll { polls += 1 }
            if call == .readerPoll, polls == 3 { broker.commit(transaction) }
        }
        try other.settle()
        other.acknowledge(try bench.task("hub"))
        try other.settle()
        #expect(try other.status(1).version == 2)
        #expect(other.deadLetterCodes == [])
    }

    @Test(arguments: [ScriptedLog.Guarantee.exactlyOnce, .atLeastOnce])
    func `reports the whole time of its restore, from the first question to the memory in order`(
        guarantee: ScriptedLog.Guarantee
    ) throws {
        let bench = try LaneBench(guarantee)
        bench.submit(1)
        try bench.start()
        bench.log.leave()
        try bench.replaceLane()
        let clock = bench.clock
        var polls: Int64 = 0
        bench.log.before = { call in
            if call == .watermarks { clock.advance(1_000) }
            if call == .readerPoll {
                polls += 1
                clock.advance(10)
            }
        }
        try bench.lane.start()
        bench.log.tell(.assigned([0, 1]))
        let before = bench.observer.heard.restores.count
        try bench.lane.step()
        let reports = bench.observer.heard.restores.dropFirst(before)
        #expect(reports.last?.elapsedMs == 1_000 + 10 * polls && reports.last?.remaining == 0)
        #expect(reports.last?.sagas == 1)
        // One for each batch, and one when all is in its place.
        #expect(Int64(reports.count) == polls + 1)
    }

    @Test func `ends when its restore reads nothing new for too long`() throws {
        let bench = try LaneBench { $0.restoreStallMs = 5_000 }
        let transaction = bench.broker.beginTransaction(of: "another")
        bench.broker.append(
            ScriptedBroker.Record(key: [1], value: [1]),
            to: ScriptedBroker.Place(topic: LaneBench.topics.sagas, partition: 0), transaction: transaction)
        let clock = bench.clock
        bench.log.before = { if $0 == .readerPoll { clock.advance(1_000) } }
        #expect(throws: LaneFailure.self) { try bench.start() }
        #expect(clock.monotonicMs() <= 8_000)
        #expect(bench.observer.heard.answered == [])
    }

    @Test(arguments: [ScriptedLog.Call.watermarks, .readerPoll, .positions])
    func `asks again where a restore is told to`(call: ScriptedLog.Call) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.log.leave()
        try bench.replaceLane()
        bench.log.faults = [.init(call: call, failure: .retriable(reason: "a leader moved"))]
        try bench.start()
        bench.acknowledge(try bench.task("hub"))
        try bench.settle()
        #expect(try bench.status(1).version == 2)
        try bench.expectOrder()
    }

    @Test func `answers an assignment again where the log asks for it`() throws {
        let bench = try LaneBench()
        bench.submit(1)
        bench.log.faults = [.init(call: .assign, failure: .retriable(reason: "no committed offsets in time"))]
        try bench.start()
        #expect(bench.observer.heard.answered == [2])
        #expect(bench.tasks("hub").count == 1)
    }

    @Test func `ends on a snapshot that it cannot read, instead of passing over it`() throws {
        let bench = try LaneBench()
        bench.write(LaneBench.topics.sagas, 0, key: "\(LaneBench.id(1))", [0x7F, 1, 2])
        #expect {
            try bench.start()
        } throws: { error in
            if case LaneFailure.unreadableSnapshot(partition: 0, _) = error { true } else { false }
        }
    }

    @Test func `ends where sagas refer to a plan that the partition does not hold`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        let other = try LaneBench()
        other.write(LaneBench.topics.sagas, 0, key: "\(LaneBench.id(1))", bench.snapshots(1).first ?? nil)
        #expect {
            try other.start()
        } throws: { error in
            if case LaneFailure.missingPlans(partition: 0, count: 1) = error { true } else { false }
        }
    }

    @Test func `refuses to start where a topic is missing or has other partitions`() throws {
        let bench = try LaneBench()
        for change in [nil, 3] {
            var topics = bench.broker.topics
            topics[LaneBench.topics.tasks(connector: "files")] = change
            let log = ScriptedLog(
                broker: ScriptedBroker(topics: topics), inputs: LaneBench.topics.inputs, guarantee: .exactlyOnce)
            let lane = try bench.lane(over: log)
            #expect(throws: LaneFailure.self) { try lane.start() }
            #expect(!log.steps.contains(.call(.join)))
        }
    }
}

@Suite struct `A lane's timers` {
    @Test func `let an acknowledgement timeout fire after a restart`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.clock.advance(10 * Milliseconds.minute)
        try bench.restart()
        bench.clock.advance(5 * Milliseconds.minute - 1)
        try bench.settle()
        #expect(bench.tasks("hub").map(\.attempt) == [1])
        bench.clock.advance(1)
        try bench.settle()
        #expect(bench.tasks("hub").map(\.attempt) == [1, 2])
        #expect(try bench.timeline(1).contains("timed_out"))
        #expect(bench.observer.heard.latenessMs == [0])
    }

    @Test func `fire at once where they came due while no lane was there`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.log.leave()
        bench.clock.advance(Milliseconds.hour)
        try bench.replaceLane()
        try bench.start()
        #expect(bench.tasks("hub").map(\.attempt) == [1, 2])
    }

    @Test func `are not kept of partitions that were revoked`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.log.tell(.revoked(lost: false))
        try bench.settle()
        bench.clock.advance(Milliseconds.day)
        try bench.settle()
        #expect(bench.tasks("hub").map(\.attempt) == [1])
    }

    @Test func `are worked off within their limit per turn, and none is forgotten`() throws {
        let bench = try LaneBench { $0.turnTimersMax = 3 }
        try bench.start()
        for number in 1...10 { bench.submit(UInt64(number), partition: Int32(number % 2)) }
        try bench.settle()
        let turns = bench.observer.heard.turns.count
        bench.clock.advance(15 * Milliseconds.minute)
        try bench.settle()
        #expect(bench.observer.heard.turns.dropFirst(turns).map(\.timers) == [3, 3, 3, 1])
        #expect(bench.tasks("hub").filter { $0.attempt == 2 }.count == 10)
    }

    @Test func `say how long the log may wait, up to the idle time`() throws {
        let bench = try LaneBench { $0.idleMs = 60_000 }
        try bench.start()
        #expect(bench.log.polls.last?.timeoutMs == 60_000)
        bench.submit(1)
        try bench.settle()
        #expect(bench.log.polls.last?.timeoutMs == 60_000)
        bench.clock.advance(15 * Milliseconds.minute - 400)
        try bench.settle()
        #expect(bench.log.polls.last?.timeoutMs == 400)
    }

    /// The next owner's term would be one more than there are numbers.
    @Test func `a record with the last term there is is refused, and not trapped on`() throws {
        let last = Array("\(Int64.max)".utf8)
        let refusal = try #require(CoordinatorDoors.restore([(Array("term".utf8), last)]))
        #expect(refusal.contains("term"))
        #expect(CoordinatorDoors.restore([(Array("term".utf8), Array("\(Int64.max - 1)".utf8))]) == nil)
    }
}
