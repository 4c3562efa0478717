import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

@Suite struct `A catalogue that is reloaded` {
    private static func newPlan() -> HubPlan {
        LaneBench.plan(2) { $0.endpoints[0].connector = "gateway" }
    }

    private static func startedBench(_ requests: Int, turnTimersMax: Int = 1_000) throws -> LaneBench {
        let bench = try LaneBench(moreConnectors: ["gateway"]) { $0.turnTimersMax = turnTimersMax }
        try bench.start()
        for number in 0..<requests { bench.submit(UInt64(number), partition: Int32(number % 2)) }
        try bench.settle()
        return bench
    }

    @Test func `plans new requests, and marks those that go on by the old one`() throws {
        let bench = try Self.startedBench(1)
        bench.mailbox.reload(LaneBench.plans([Self.newPlan()]))
        bench.submit(1)
        try bench.settle()
        #expect(try bench.status(0).planOutdated && !bench.status(1).planOutdated)
        #expect(bench.tasks("gateway").map(\.requestID) == [LaneBench.id(1)])

        bench.clock.advance(15 * Milliseconds.minute)
        try bench.settle()
        #expect(bench.tasks("hub").map(\.requestID) == [LaneBench.id(0), LaneBench.id(0)])
        try bench.restart(plans: [Self.newPlan()])
        bench.acknowledge(try bench.task("hub", 1))
        try bench.settle()
        #expect(bench.tasks("files").map(\.requestID) == [LaneBench.id(0)])
    }

    @Test func `wakes the lane, and is told to many sagas in turns of their own`() throws {
        let bench = try Self.startedBench(10, turnTimersMax: 4)
        let turns = bench.observer.heard.turns.count
        bench.mailbox.reload(LaneBench.plans([Self.newPlan()]))
        try bench.settle()
        #expect(bench.observer.heard.turns.count == turns + 3)
        for number: UInt64 in 0..<10 {
            #expect(try bench.status(number).planOutdated)
            #expect(try bench.statuses(number).count == 2)
        }
    }

    @Test(arguments: [LogFailure.outcomeUnknown(reason: "u"), .partitionsLost(reason: "l")])
    func `is told to every saga, also when memory is thrown away meanwhile`(failure: LogFailure) throws {
        let bench = try Self.startedBench(10, turnTimersMax: 4)
        bench.mailbox.reload(LaneBench.plans([Self.newPlan()]))
        bench.log.faults = [.init(call: .commit, number: 2, failure: failure)]
        try bench.settle()
        for number: UInt64 in 0..<10 { #expect(try bench.status(number).planOutdated) }
    }

    @Test func `while no lane was there is told to the sagas that it restores`() throws {
        let bench = try Self.startedBench(3)
        try bench.restart(plans: [Self.newPlan()])
        for number: UInt64 in 0..<3 { #expect(try bench.status(number).planOutdated) }
        // What is known already is not written once more.
        try bench.restart(plans: [Self.newPlan()])
        for number: UInt64 in 0..<3 { #expect(try bench.statuses(number).count == 2) }
    }

    @Test func `that needs a topic which is not there is not used`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.mailbox.reload(LaneBench.plans([Self.newPlan()]))
        bench.submit(1)
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
        #expect(try !bench.status(1).planOutdated)
    }

    @Test func `lets a plan go when the last saga that uses it is gone, and not before`() throws {
        let bench = try Self.startedBench(1)
        let key = PlanCodec.key(LaneBench.plan().fingerprint)
        func plans() -> [[UInt8]?] {
            bench.broker.records(LaneBench.topics.sagas).filter { $0.record.keyText == key }.map(\.record.value)
        }
        bench.mailbox.reload(LaneBench.plans([Self.newPlan()]))
        try bench.settle()
        bench.command(.cancel, 0, name: "c1")
        try bench.settle()
        try bench.restart(plans: [Self.newPlan()])
        #expect(plans().count == 1)
        bench.clock.advance(30 * Milliseconds.day)
        try bench.settle()
        #expect(plans().count == 2 && plans().last == .some(nil))
        // The old catalogue comes back: its plan is written again.
        try bench.restart()
        bench.submit(1)
        try bench.settle()
        #expect(plans().count == 3)
        try bench.restart()
        #expect(try bench.status(1).state == "in_progress")
    }
}
