import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

@Suite struct `Records that cannot be used` {
    private static let topics = LaneBench.topics

    @Test func `become dead letters in the turn that passes them, and the others in it count`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        let task = try bench.task("hub")
        let turns = bench.observer.heard.turns.count

        bench.write(Self.topics.requests, 0, key: "x", text: "no JSON")
        bench.write(Self.topics.requests, 0, key: "y", nil)
        bench.write(Self.topics.requests, 0, key: "z", text: #"{"subject_request_id":"\#(LaneBench.id(2))"}"#)
        bench.submit(1, device: "another-device")
        bench.submit(1)
        bench.submit(3, device: "thermostat-18")
        bench.write(Self.topics.acks, 0, key: "x", text: "[]")
        bench.write(Self.topics.acks, 0, key: "x", text: Self.emptyCompletion(of: task))
        bench.acknowledge(task)
        bench.command(.cancel, 99, name: "c1")
        bench.write(Self.topics.commands, 0, key: "x", text: "{")
        bench.log.forgetSteps()
        try bench.lane.step()

        #expect(bench.log.steps.filter { $0 == .call(.commit) }.count == 1)
        #expect(bench.observer.heard.turns.count == turns + 1)
        #expect(
            bench.deadLetterCodes == [
                "malformed", "malformed", "missing_field", "conflicting_duplicate", "malformed", "missing_field",
                "unknown_request", "malformed",
            ])
        #expect(bench.observer.heard.deadLetters == bench.deadLetterCodes)
        #expect(bench.committed(Self.topics.requests, 0) == bench.high(Self.topics.requests, 0))
        #expect(bench.committed(Self.topics.acks, 0) == 3)
        #expect(bench.committed(Self.topics.commands, 0) == 2)
        #expect(bench.tasks("files").map(\.requestID) == [LaneBench.id(1)])
        #expect(bench.tasks("hub").map(\.requestID) == [LaneBench.id(1), LaneBench.id(3)])
        #expect(try bench.status(2).state == "rejected" && bench.status(2).reason == "missing_field")
        try bench.expectOrder()
    }

    @Test func `keep key, value and headers as dead letters, and say where they were`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.write(
            Self.topics.acks, 1, key: "the key", Array("\u{0}not JSON".utf8),
            headers: [("ce_source", "/worker"), ("mine", "1"), ("mine", "2")])
        try bench.settle()
        let letter = try #require(bench.deadLetters.first)
        #expect(letter.keyText == "the key" && letter.value == Array("\u{0}not JSON".utf8))
        #expect(letter.headers.prefix(3).map { "\($0.name)=\($0.value)" } == ["ce_source=/worker", "mine=1", "mine=2"])
        let own = Dictionary(letter.headers.dropFirst(3).map { ($0.name, $0.value) }) { first, _ in first }
        #expect(own["habeas.source.topic"] == Self.topics.acks)
        #expect(own["habeas.source.partition"] == "1" && own["habeas.source.offset"] == "0")
        #expect(own["habeas.time"] == "2026-11-02T15:00:00Z")
    }

    @Test func `leave a running saga alone, whatever id they bear`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        let snapshots = bench.snapshots(1)
        bench.submit(1, device: "another-device")
        bench.write(Self.topics.requests, 0, key: "x", text: #"{"subject_request_id":"\#(LaneBench.id(1))"}"#)
        try bench.settle()
        #expect(bench.deadLetterCodes == ["conflicting_duplicate", "missing_field"])
        #expect(bench.snapshots(1) == snapshots)
        #expect(try bench.statuses(1).count == 1)
    }

    @Test func `do not reject a request that lives on another partition`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.directory.set(1, home: 0)
        bench.write(Self.topics.requests, 1, key: "x", text: #"{"subject_request_id":"\#(LaneBench.id(1))"}"#)
        try bench.settle()
        #expect(bench.deadLetterCodes == ["missing_field"])
        #expect(try bench.statuses(1).isEmpty)
        #expect(bench.snapshots(1).isEmpty)
    }

    @Test func `may be sent again, corrected, and versions go on`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.write(Self.topics.requests, 0, key: "x", text: #"{"subject_request_id":"\#(LaneBench.id(1))"}"#)
        try bench.settle()
        bench.write(Self.topics.requests, 0, key: "x", text: #"{"subject_request_id":"\#(LaneBench.id(1))"}"#)
        bench.submit(1)
        try bench.settle()
        try bench.restart()
        #expect(try bench.statuses(1).map { $0?.state } == ["rejected", "in_progress"])
        #expect(try bench.statuses(1).map { $0?.version } == [1, 3])
        #expect(bench.tasks("hub").count == 1)
    }

    private static func emptyCompletion(of task: WorkerTask) -> String {
        #"{"task_id":"\#(task.taskID)","request_id":"\#(task.requestID)","epoch":1,"attempt":1,"status":"completed"}"#
    }
}

@Suite struct `A request that comes again` {
    private static let topics = LaneBench.topics

    @Test func `is answered with its last status, bytes and version unchanged`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.clock.advance(60_000)
        bench.submit(1)
        try bench.settle()
        let values = bench.values(Self.topics.status, 1)
        #expect(values.count == 2 && values.first == values.last)
        #expect(bench.snapshots(1).count == 1)
        #expect(bench.tasks("hub").count == 1)
        #expect(try bench.timeline(1).last == "duplicate")
        #expect(bench.deadLetterCodes == [])
    }

    @Test func `in the batch of the first is one request and one status`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        bench.submit(1)
        try bench.settle()
        #expect(bench.tasks("hub").count == 1)
        #expect(try bench.statuses(1).map { $0?.version } == [1])
        #expect(bench.snapshots(1).count == 1)
    }

    @Test func `after its saga has ended and its grace is over is not done again`() throws {
        let bench = try endedBench()
        bench.clock.advance(30 * Milliseconds.day)
        try bench.settle()
        #expect(try bench.head(bench.snapshots(1).last ?? nil).isHusk)
        try bench.restart()

        let task = try bench.task("hub")
        let (tasks, statuses) = (bench.tasks("hub").count, try bench.statuses(1).count)
        bench.submit(1)
        bench.submit(1, device: "another-device")
        bench.acknowledge(task)
        bench.command(.replay(tasks: [], scope: .all), 1, name: "c1")
        try bench.settle()
        #expect(bench.tasks("hub").count == tasks)
        #expect(try bench.statuses(1).count == statuses)
        #expect(bench.deadLetterCodes == ["conflicting_duplicate"])
        #expect(
            try bench.timeline(1).suffix(3) == ["duplicate", "ack_ignored:ended", "command_refused:forgotten"])
        #expect(bench.observer.heard.ignored == ["ended"])
    }

    @Test func `is forgotten with its status when that has been kept long enough`() throws {
        let bench = try endedBench { $0.rules.statusGraceMs = 60 * Milliseconds.day }
        bench.clock.advance(30 * Milliseconds.day)
        try bench.settle()
        try bench.restart()
        bench.clock.advance(30 * Milliseconds.day - 1)
        try bench.settle()
        #expect(bench.snapshots(1).last != .some(nil))
        bench.clock.advance(1)
        try bench.settle()
        #expect(bench.snapshots(1).last == .some(nil))
        #expect(try bench.statuses(1).last == .some(nil))
        try bench.restart()
        bench.submit(1)
        try bench.settle()
        #expect(try bench.status(1).version == 1)
    }

    private func endedBench(change: @escaping (inout LaneSettings) -> Void = { _ in }) throws -> LaneBench {
        let bench = try LaneBench(change: change)
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.acknowledge(try bench.task("hub"))
        try bench.settle()
        bench.acknowledge(try bench.task("files"))
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
        return bench
    }
}
