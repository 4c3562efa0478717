import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

/// Two requests from their first record to their end, with one fault somewhere.
private struct Walk {
    let bench: LaneBench
    /// How often each call was made after the start.
    var calls: [ScriptedLog.Call: Int] = [:]

    init(_ guarantee: ScriptedLog.Guarantee, faults: [ScriptedLog.Fault] = []) throws {
        bench = try LaneBench(guarantee)
        try bench.start()
        var counts: [ScriptedLog.Call: Int] = [:]
        bench.log.before = { counts[$0, default: 0] += 1 }
        bench.log.faults = faults
        bench.submit(1, partition: 0)
        bench.submit(2, device: "thermostat-18", partition: 1)
        try bench.settle()
        try acknowledgeOnce("hub")
        try acknowledgeOnce("files")
        bench.log.before = { _ in }
        calls = counts
        // Whatever memory the lane has by now, another one reads the same from the log.
        try bench.restart()
        try acknowledgeOnce("hub")
    }

    private func acknowledgeOnce(_ connector: String) throws {
        for task in bench.tasks(connector) { bench.acknowledge(task) }
        try bench.settle()
    }

    func tasks(_ connector: String) -> [String] {
        bench.tasks(connector).map { "\($0.taskID) \($0.epoch) \($0.attempt)" }.sorted()
    }

    func timeline() throws -> [String] { try bench.timeline(1) + bench.timeline(2) }

    func expectTheEnd(_ what: Comment) throws {
        for number: UInt64 in [1, 2] { #expect(try bench.status(number).state == "completed", what) }
        #expect(bench.deadLetterCodes == [], what)
        #expect(bench.log.faults.isEmpty, what)
        for partition: Int32 in [0, 1] {
            #expect(bench.committed(LaneBench.topics.requests, partition) == 1, what)
        }
        try bench.expectOrder()
    }
}

@Suite struct `A fault at any call of a turn` {
    private static let calls: [ScriptedLog.Call] = [.poll, .begin, .produce, .barrier, .commit]
    private static let failures: [LogFailure] = [
        .retriable(reason: "r"), .abortRequired(reason: "a"), .outcomeUnknown(reason: "u"),
        .partitionsLost(reason: "l"),
    ]

    @Test(arguments: calls, failures)
    func `leaves what would have been without it, under exactly-once`(
        call: ScriptedLog.Call, failure: LogFailure
    ) throws {
        let plain = try Walk(.exactlyOnce)
        let count = try #require(plain.calls[call])
        for number in 1...count {
            for isDone in Self.outcomes(call, failure) {
                let fault = ScriptedLog.Fault(call: call, number: number, failure: failure, isDone: isDone)
                let walk = try Walk(.exactlyOnce, faults: [fault])
                try Self.expectSame(walk, plain, "\(call) \(number) \(failure) done: \(isDone)")
            }
        }
    }

    @Test(arguments: failures, failures)
    func `and another at the abort that follows leave what would have been without them`(
        failure: LogFailure, second: LogFailure
    ) throws {
        let plain = try Walk(.exactlyOnce)
        for number in 1...3 {
            let first = ScriptedLog.Fault(call: .commit, number: number, failure: failure)
            var faults = [first]
            if case .outcomeUnknown = failure {} else { faults.append(.init(call: .abort, failure: second)) }
            let walk = try Walk(.exactlyOnce, faults: faults)
            try Self.expectSame(walk, plain, "commit \(number) \(failure), abort \(second)")
            #expect(!walk.bench.observer.heard.answered.contains(0))
        }
    }

    @Test(arguments: [ScriptedLog.Call.produce, .barrier, .commit], failures)
    func `loses nothing under at-least-once, whichever record alone arrived`(
        call: ScriptedLog.Call, failure: LogFailure
    ) throws {
        let plain = try Walk(.atLeastOnce)
        let count = try #require(plain.calls[call])
        for number in 1...count {
            for survivor in -1..<8 {
                let fault = ScriptedLog.Fault(
                    call: call, number: number, failure: failure, arrives: { $0 == survivor || survivor == -1 })
                let walk = try Walk(.atLeastOnce, faults: [fault])
                let what: Comment = "\(call) \(number) \(failure), only record \(survivor)"
                try walk.expectTheEnd(what)
                for connector in ["hub", "files"] {
                    // Workers tell repetitions by the task's id and epoch.
                    #expect(Set(walk.tasks(connector)) == Set(plain.tasks(connector)), what)
                }
            }
        }
    }

    private static func outcomes(_ call: ScriptedLog.Call, _ failure: LogFailure) -> [Bool] {
        if call == .commit, case .outcomeUnknown = failure { [false, true] } else { [false] }
    }

    private static func expectSame(_ walk: Walk, _ plain: Walk, _ what: Comment) throws {
        try walk.expectTheEnd(what)
        for connector in ["hub", "files"] { #expect(walk.tasks(connector) == plain.tasks(connector), what) }
        for number: UInt64 in [1, 2] {
            #expect(try walk.bench.statuses(number).map { $0?.version } == [1, 2, 3], what)
        }
        #expect(try walk.timeline() == plain.timeline(), what)
    }
}

@Suite struct `A turn that fails` {
    @Test func `is written once more as it was decided, from memory that the failure did not touch`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.acknowledge(try bench.task("hub"))
        bench.log.faults = [.init(call: .commit, failure: .abortRequired(reason: "a coordinator moved"))]
        bench.log.forgetSteps()
        try bench.lane.step()
        let turns = bench.log.steps.split(separator: .call(.begin)).dropFirst()
            .map { turn in turn.filter { if case .record = $0 { true } else { false } } }
        #expect(turns.count == 2 && turns.first == turns.last)
        #expect(try bench.statuses(1).map { $0?.version } == [1, 2])
        #expect(bench.tasks("files").map(\.attempt) == [1])
        #expect(bench.observer.heard.turns.last?.aborted == 1)
    }

    @Test func `without a known outcome costs producer and memory, in that order`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        bench.log.faults = [.init(call: .commit, failure: .outcomeUnknown(reason: "no answer"), isDone: true)]
        bench.log.forgetSteps()
        try bench.lane.step()
        let steps = bench.log.steps
        #expect(
            steps.drop { $0 != .call(.commit) }.filter { $0 != .call(.positions) } == [
                .call(.commit), .call(.recycle), .call(.openReader), .call(.watermarks), .call(.readerPoll),
                .call(.assign),
            ])
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
        #expect(try bench.statuses(1).count == 1)
        #expect(try bench.timeline(1).filter { $0 == "received:erasure" }.count == 1)
    }

    @Test(arguments: [ScriptedLog.Call.poll, .begin, .produce, .commit, .recycle])
    func `because the identity is another's by now ends the lane, which writes nothing more`(
        call: ScriptedLog.Call
    ) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        bench.log.faults = [.init(call: call, failure: .fenced(reason: "taken over"))]
        if call == .recycle {
            bench.log.faults.append(.init(call: .commit, failure: .outcomeUnknown(reason: "no answer")))
        }
        bench.log.forgetSteps()
        #expect {
            try bench.settle()
        } throws: { error in
            if case LaneFailure.log(.fenced) = error { true } else { false }
        }
        #expect(bench.log.steps.last { if case .record = $0 { false } else { true } } == .call(call))
        #expect(bench.tasks("hub").isEmpty)
        #expect(try bench.statuses(1).isEmpty)
    }

    @Test func `of a process that was replaced is not seen, whatever it still tries`() throws {
        let bench = try LaneBench()
        try bench.start()
        let (old, oldLog) = (bench.lane, bench.log)
        try bench.replaceLane()
        try bench.start()
        bench.submit(1)
        #expect(throws: LaneFailure.self) { try old.step() }
        #expect(oldLog.violations.isEmpty)
        #expect(bench.tasks("hub").isEmpty)
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
    }
}

@Suite struct `Partitions that go` {
    @Test(arguments: [ScriptedLog.Call.begin, .produce, .commit])
    func `in the middle of a turn take the turn with them`(call: ScriptedLog.Call) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.log.answersLoss = .revokes
        bench.submit(1)
        bench.log.faults = [.init(call: call, failure: .partitionsLost(reason: "another generation"))]
        try bench.settle()
        #expect(bench.tasks("hub").isEmpty && bench.committed(LaneBench.topics.requests, 0) == nil)
        bench.log.tell(.assigned([0]))
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
        try bench.expectOrder()
    }

    @Test func `and whose turn cannot be aborted cost the producer, and no assignment is made up`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.log.answersLoss = .nothing
        bench.submit(1)
        bench.log.faults = [
            .init(call: .commit, failure: .partitionsLost(reason: "another generation")),
            .init(call: .abort, failure: .outcomeUnknown(reason: "no answer")),
        ]
        bench.log.forgetSteps()
        try bench.lane.step()
        #expect(bench.log.steps.contains(.call(.recycle)))
        #expect(!bench.log.steps.contains(.call(.assign)))
        #expect(bench.observer.heard.answered == [2])
        // Nobody may wait for ever for a group that says nothing.
        bench.clock.advance(120_000)
        #expect(throws: LaneFailure.self) { try bench.lane.step() }
    }

    @Test func `are not worked on while the group says nothing`() throws {
        let bench = try LaneBench(plans: [LaneBench.plan { $0.endpoints[0].ackTimeoutMs = 30_000 }])
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.log.answersLoss = .nothing
        bench.log.faults = [.init(call: .poll, failure: .partitionsLost(reason: "max.poll.interval"))]
        try bench.lane.step()
        bench.log.forgetSteps()
        bench.clock.advance(30_000)
        try bench.lane.step()
        #expect(bench.log.steps == [.call(.poll)])
    }

    @Test(arguments: [LogFailure.outcomeUnknown(reason: "u"), .abortRequired(reason: "a")])
    func `are not taken back when the lane begins anew before the group has spoken`(failure: LogFailure) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.log.answersLoss = .nothing
        bench.log.faults = [.init(call: .poll, failure: .partitionsLost(reason: "max.poll.interval"))]
        try bench.lane.step()
        bench.log.faults = [.init(call: .poll, failure: failure)]
        try bench.lane.step()
        #expect(bench.observer.heard.answered == [2])
        bench.clock.advance(120_000)
        #expect(throws: LaneFailure.self) { try bench.lane.step() }
        try bench.expectOrder()
    }

    @Test(arguments: [LogFailure.outcomeUnknown(reason: "u"), .abortRequired(reason: "a")])
    func `and were never given are not missed when the lane begins anew`(failure: LogFailure) throws {
        let bench = try LaneBench()
        try bench.lane.start()
        bench.log.faults = [.init(call: .poll, failure: failure)]
        try bench.lane.step()
        #expect(bench.log.steps.contains(.call(.recycle)))
        bench.clock.advance(120_000)
        try bench.lane.step()
        #expect(bench.observer.heard.answered == [])
        try bench.expectOrder()
    }

    @Test func `without the group assigning anything anew end the lane in the end`() throws {
        let bench = try LaneBench { $0.retryMs = 30_000 }
        try bench.start()
        bench.log.answersLoss = .nothing
        bench.log.faults = [.init(call: .poll, failure: .partitionsLost(reason: "max.poll.interval"))]
        try bench.lane.step()
        bench.clock.advance(30_001)
        #expect {
            try bench.lane.step()
        } throws: { error in
            if case LaneFailure.unavailable = error { true } else { false }
        }
    }

    @Test func `with work in flight are somebody else's to go on with`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.log.tell(.revoked(lost: false))
        bench.acknowledge(try bench.task("hub"))
        try bench.settle()
        #expect(bench.committed(LaneBench.topics.acks, 0) == nil)
        #expect(try bench.statuses(1).count == 1)
        #expect(bench.log.steps.contains(.call(.begin)) == false)

        bench.log.tell(.assigned([0, 1]))
        try bench.settle()
        #expect(bench.committed(LaneBench.topics.acks, 0) == 1)
        #expect(bench.tasks("files").count == 1)
        try bench.expectOrder()
    }

    @Test func `come back with other ones, each with its own memory`() throws {
        let bench = try LaneBench()
        try bench.start([0])
        bench.submit(1, partition: 0)
        bench.submit(2, partition: 1)
        try bench.settle()
        #expect(bench.tasks("hub").map(\.requestID) == [LaneBench.id(1)])
        bench.log.tell(.revoked(lost: false))
        bench.log.tell(.assigned([1]))
        try bench.settle()
        bench.acknowledge(try bench.task("hub"))
        try bench.settle()
        #expect(try bench.status(1).version == 1)
        #expect(try bench.status(2).version == 1)
    }

    @Test func `while they are being restored are not answered`() throws {
        let bench = try LaneBench()
        try bench.lane.start()
        bench.log.tell(.assigned([0, 1]))
        let log = bench.log
        var isTold = false
        log.before = { call in
            guard call == .readerPoll, !isTold else { return }
            isTold = true
            log.tell(.revoked(lost: true))
            log.tell(.assigned([1]))
        }
        bench.submit(1, partition: 0)
        bench.submit(2, partition: 1)
        try bench.settle()
        #expect(bench.observer.heard.answered == [1])
        #expect(bench.tasks("hub").map(\.requestID) == [LaneBench.id(2)])
    }
}
