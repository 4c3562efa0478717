import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

@Suite struct `A record on the wrong partition` {
    private static let topics = LaneBench.topics

    @Test func `goes home in the transaction that passes it, and counts there`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1, partition: 0)
        try bench.settle()
        bench.acknowledge(try bench.task("hub"), partition: 1)
        bench.log.faults = [.init(call: .commit, failure: .abortRequired(reason: "once"))]
        bench.log.forgetSteps()
        try bench.lane.step()
        #expect(bench.committed(Self.topics.acks, 1) == 1)
        #expect(bench.tasks("files").isEmpty)
        try bench.settle()
        let forwarded = bench.broker.records(Self.topics.acks).filter { $0.partition == 0 }
        #expect(forwarded.map { $0.record.headers.map { "\($0.name): \($0.value)" } } == [["habeas.forwarded: 1"]])
        #expect(forwarded.map(\.record.value) == [bench.values(Self.topics.acks, 1).last])
        #expect(bench.tasks("files").count == 1)
        #expect(bench.observer.heard.forwarded == 1)
        #expect(bench.deadLetterCodes == [])
    }

    @Test func `that states no home goes where the read model knows its request`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1, partition: 0)
        try bench.settle()
        bench.directory.set(1, home: 0)
        bench.command(.hold, 1, name: "c1", partition: 1)
        bench.submit(1, partition: 1)
        try bench.settle()
        #expect(try bench.status(1).state == "on_hold")
        #expect(bench.tasks("hub").count == 1)
        #expect(bench.observer.heard.forwarded == 2)
        #expect(bench.deadLetterCodes == [])
    }

    @Test func `travels once: where nobody knows it, it becomes a dead letter`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1, partition: 0)
        try bench.settle()
        var task = try bench.task("hub")
        task.requestID = LaneBench.id(9)
        task.taskID = "\(LaneBench.id(9))/registry/erase"
        bench.acknowledge(task, partition: 1)
        try bench.settle()
        #expect(bench.observer.heard.forwarded == 1)
        #expect(bench.deadLetterCodes == ["unknown_request"])
        #expect(bench.broker.records(Self.topics.acks).count == 2)
    }

    @Test func `that was sent on once stays, even where the read model knows better`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.directory.set(1, home: 1)
        bench.write(
            Self.topics.requests, 0, key: "\(LaneBench.id(1))", bench.requestBytes(1),
            headers: [("habeas.forwarded", "1")])
        try bench.settle()
        #expect(bench.observer.heard.forwarded == 0)
        #expect(bench.tasks("hub").map(\.replyPartition) == [0])
    }

    @Test(arguments: [2, 99, Int32.max])
    func `that states a home which does not exist stops nothing`(home: Int32) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.command(.hold, 1, name: "c1", partition: 0, home: home)
        bench.submit(2)
        try bench.settle()
        #expect(bench.deadLetterCodes == ["unknown_request"])
        #expect(bench.tasks("hub").count == 1)
    }

    @Test(arguments: [2, 99, Int32.max])
    func `is not sent to a partition that the read model made up`(home: Int32) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.directory.set(1, home: home)
        bench.submit(1)
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
    }
}
