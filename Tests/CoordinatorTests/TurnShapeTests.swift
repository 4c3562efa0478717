import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

@Suite struct `A turn` {
    private static let topics = LaneBench.topics

    private static func isRecord(_ step: ScriptedLog.Step, of topic: String) -> Bool {
        if case .record(topic, _, _) = step { true } else { false }
    }

    private static func record(_ topic: String, _ number: UInt64) -> ScriptedLog.Step {
        .record(topic: topic, key: "\(LaneBench.id(number))", isTombstone: false)
    }

    @Test func `without transactions writes tasks, then what says that they were sent, then how far it has read`()
        throws
    {
        let bench = try LaneBench(.atLeastOnce)
        try bench.start()
        bench.submit(1)
        bench.write(Self.topics.acks, 0, key: "x", text: "no JSON")
        bench.log.forgetSteps()
        try bench.lane.step()
        let steps = bench.log.steps
        let barrier = try #require(steps.firstIndex(of: .call(.barrier)))
        let commit = try #require(steps.firstIndex(of: .call(.commit)))
        let early = [
            Self.topics.tasks(connector: "hub"), Self.topics.status, Self.topics.timeline, Self.topics.deadLetters,
        ]
        for topic in early {
            let last = try #require(steps.lastIndex { Self.isRecord($0, of: topic) })
            #expect(last < barrier)
        }
        let snapshot = try #require(steps.firstIndex(of: Self.record(Self.topics.sagas, 1)))
        #expect(barrier < snapshot && snapshot < commit)
    }

    @Test func `in a transaction begins with one whole request of each partition, so that all are asked for at once`()
        throws
    {
        let bench = try LaneBench(.exactlyOnce)
        try bench.start()
        for number in 0..<6 { bench.submit(UInt64(number + 1), partition: Int32(number % 2)) }
        bench.log.forgetSteps()
        try bench.lane.step()
        let steps = bench.log.steps
        let written = try (1...6).map { (number: UInt64) in
            let first = try #require(steps.firstIndex(of: Self.record(Self.topics.status, number)))
            let last = try #require(steps.firstIndex(of: Self.record(Self.topics.sagas, number)))
            #expect(first < last)
            return (number: number, first: first, last: last)
        }
        let inOrder = written.sorted { $0.first < $1.first }
        // Two partitions: their first requests are 1 and 2, in whichever order the partitions were read.
        #expect(Set(inOrder.prefix(2).map(\.number)) == [1, 2])
        #expect(inOrder[0].last < inOrder[1].first && inOrder[1].last < inOrder[2].first)
    }

    @Test(arguments: [ScriptedLog.Guarantee.exactlyOnce, .atLeastOnce])
    func `writes a plan before the first snapshot that refers to it`(guarantee: ScriptedLog.Guarantee) throws {
        let bench = try LaneBench(guarantee)
        try bench.start()
        bench.submit(1)
        bench.log.forgetSteps()
        try bench.lane.step()
        let steps = bench.log.steps
        let plan = try #require(
            steps.firstIndex {
                guard case .record(Self.topics.sagas, let key, _) = $0 else { return false }
                return Array(key.utf8).withUnsafeBytes { PlanCodec.fingerprint(key: $0) } != nil
            })
        let snapshot = try #require(steps.firstIndex(of: Self.record(Self.topics.sagas, 1)))
        #expect(plan < snapshot)
    }

    @Test func `without transactions leaves its input to be read again until its records are durable`() throws {
        let bench = try LaneBench(.atLeastOnce)
        try bench.start()
        bench.submit(1)
        let broker = bench.broker
        let place = ScriptedBroker.Place(topic: Self.topics.requests, partition: 0)
        let key = "\(LaneBench.id(1))"
        var sagasAtBarrier = -1
        bench.log.before = { call in
            #expect(broker.committed[place] == nil || call == .poll || call == .readerPoll)
            if call == .commit {
                sagasAtBarrier = broker.records(LaneBench.topics.sagas).count { $0.record.keyText == key }
            }
        }
        try bench.settle()
        #expect(sagasAtBarrier == 0)
        #expect(bench.committed(Self.topics.requests, 0) == 1)
    }

    @Test func `without transactions makes its term durable before it writes anything by it`() throws {
        let bench = try LaneBench(.atLeastOnce)
        bench.submit(1)
        try bench.lane.start()
        bench.log.tell(.assigned([0, 1]))
        for _ in 0..<3 { try bench.lane.step() }
        let terms = bench.broker.records(Self.topics.sagas).filter { $0.record.keyText == "term" }
        #expect(terms.map { String(decoding: $0.record.value ?? [], as: UTF8.self).prefix(2) } == ["1 ", "1 "])
        let steps = bench.log.steps
        let claim = try #require(
            steps.lastIndex(of: .record(topic: Self.topics.sagas, key: "term", isTombstone: false)))
        let commit = try #require(steps.firstIndex(of: .call(.commit)))
        let assign = try #require(steps.firstIndex(of: .call(.assign)))
        let task = try #require(steps.firstIndex { Self.isRecord($0, of: Self.topics.tasks(connector: "hub")) })
        #expect(claim < commit && commit < assign && assign < task)
    }

    @Test func `takes no more records than its limit, and the rest in the next`() throws {
        let bench = try LaneBench { $0.turnRecordsMax = 4 }
        for number in 0..<10 { bench.submit(UInt64(number), partition: Int32(number % 2)) }
        try bench.start()
        let reports = bench.observer.heard.turns
        #expect(reports.map(\.records) == [4, 4, 2])
        #expect(bench.log.polls.allSatisfy { $0.maxRecords == 4 })
        #expect(bench.tasks("hub").count == 10)
    }

    @Test func `writes one snapshot and one status of a saga, whatever happened to it`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        let task = try bench.task("hub")
        bench.acknowledge(task, .pending(.operationRunning, resumeAt: nil, continuation: "page 2"))
        bench.acknowledge(task)
        bench.acknowledge(task)
        bench.command(.hold, 1, name: "c1")
        bench.command(.release, 1, name: "c2")
        try bench.settle()
        #expect(bench.snapshots(1).count == 2)
        #expect(try bench.statuses(1).map { $0?.version } == [1, 2])
        #expect(bench.tasks("files").count == 1)
    }

    @Test func `takes a request before its acknowledgement, although both come at once`() throws {
        let bench = try LaneBench(.atLeastOnce)
        try bench.start()
        bench.submit(1)
        try bench.settle()
        // The snapshot got lost with the broker's memory; request and acknowledgement are read together.
        let other = try LaneBench(.atLeastOnce)
        other.acknowledge(try bench.task("hub"))
        other.submit(1)
        try other.start()
        #expect(other.deadLetterCodes == [])
        #expect(other.tasks("files").count == 1)
    }

    @Test func `that has nothing to do asks nothing of the producer`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.log.forgetSteps()
        try bench.lane.step()
        #expect(bench.log.steps == [.call(.poll)])
        #expect(bench.observer.heard.turns.isEmpty)
    }

    @Test func `that the log never lets through ends the lane`() throws {
        let bench = try LaneBench { $0.retryMs = 5_000 }
        try bench.start()
        bench.submit(1)
        let clock = bench.clock
        bench.log.before = { if $0 == .commit { clock.advance(1_000) } }
        bench.log.faults = (0..<20).map { _ in .init(call: .commit, failure: .retriable(reason: "no broker")) }
        #expect {
            try bench.settle()
        } throws: { error in
            if case LaneFailure.unavailable = error { true } else { false }
        }
        #expect(clock.monotonicMs() <= 6_000)
        #expect(bench.tasks("hub").isEmpty)
    }

    @Test func `is given up when the process has to end and the log does not let it through`() throws {
        let bench = try LaneBench()
        try bench.lane.start()
        bench.log.tell(.assigned([0, 1]))
        bench.submit(1)
        let (clock, mailbox) = (bench.clock, bench.mailbox)
        bench.log.before = { call in
            if call == .commit { clock.advance(1_000) }
            if call == .commit, clock.monotonicMs() == 3_000 { mailbox.stop() }
        }
        bench.log.faults = (0..<20).map { _ in .init(call: .commit, failure: .retriable(reason: "no broker")) }
        try bench.lane.run()
        #expect(clock.monotonicMs() == 3_000)
        #expect(bench.log.hasLeft && bench.tasks("hub").isEmpty)
        #expect(bench.committed(Self.topics.requests, 0) == nil)
    }

    @Test func `under way is finished before the lane stops, and its log is closed`() throws {
        let bench = try LaneBench()
        bench.log.tell(.assigned([0, 1]))
        bench.submit(1)
        let (log, mailbox) = (bench.log, bench.mailbox)
        log.before = { if $0 == .commit { mailbox.stop() } }
        try bench.lane.run()
        #expect(log.hasLeft && log.steps.last == .call(.leave))
        #expect(log.wakeCount == 1)
        #expect(bench.tasks("hub").count == 1)
        mailbox.stop()
        #expect(log.wakeCount == 1)
    }
}
