import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

/// Without transactions a former owner may write for a moment after it has lost its partitions.
@Suite struct `What a former owner still writes` {
    private static let topics = LaneBench.topics

    /// A request that the first owner began and the second took on: the snapshots and statuses of both.
    private struct Handover {
        let bench: LaneBench
        let formerSnapshot: [UInt8]
        let formerStatus: [UInt8]

        init() throws {
            bench = try LaneBench(.atLeastOnce)
            try bench.start()
            bench.submit(1)
            try bench.settle()
            formerSnapshot = try #require(bench.snapshots(1).first ?? nil)
            formerStatus = try #require(bench.values(LaneBench.topics.status, 1).first ?? nil)
            try bench.restart()
            bench.acknowledge(try bench.task("hub"))
            try bench.settle()
        }

        func writeAsFormer() {
            bench.write(LaneBench.topics.status, 0, key: "\(LaneBench.id(1))", formerStatus)
            bench.write(LaneBench.topics.sagas, 0, key: "\(LaneBench.id(1))", formerSnapshot)
        }
    }

    @Test func `over the present owner's record is written over by it again`() throws {
        let handover = try Handover()
        let bench = handover.bench
        let (snapshot, status) = (bench.snapshots(1).last, bench.values(Self.topics.status, 1).last)
        handover.writeAsFormer()
        try bench.settle()
        #expect(bench.snapshots(1).last == snapshot)
        #expect(bench.values(Self.topics.status, 1).last == status)
        let count = bench.snapshots(1).count
        try bench.settle()
        #expect(bench.snapshots(1).count == count)
    }

    @Test func `as a claim before the present owner's own makes that one take a higher term`() throws {
        let bench = try LaneBench(.atLeastOnce)
        bench.submit(1)
        var isWritten = false
        bench.log.before = { call in
            guard call == .begin, !isWritten else { return }
            isWritten = true
            for partition in [0, 1] as [Int32] {
                bench.write(Self.topics.sagas, partition, key: "term", text: "1 other")
            }
        }
        try bench.start()
        #expect(try bench.status(1).term == 2)
        let claims = bench.broker.records(Self.topics.sagas).filter {
            $0.partition == 0 && $0.record.keyText == "term"
        }
        #expect(claims.map { String(decoding: $0.record.value ?? [], as: UTF8.self).prefix(2) } == ["1 ", "1 ", "2 "])
    }

    @Test func `as a claim behind the present owner's own leaves that one as it is`() throws {
        let bench = try LaneBench(.atLeastOnce)
        try bench.start()
        bench.write(Self.topics.sagas, 0, key: "term", text: "1 other")
        bench.submit(1)
        try bench.settle()
        #expect(try bench.status(1).term == 1)
    }

    @Test func `over what the present owner restored, and has not written yet, is written over too`() throws {
        let handover = try Handover()
        let bench = handover.bench
        let snapshot = bench.snapshots(1).last
        try bench.restart()
        handover.writeAsFormer()
        try bench.settle()
        #expect(bench.snapshots(1).last == snapshot)
        #expect(try bench.status(1).version == 2)
    }

    @Test func `over it as a tombstone is written over too`() throws {
        let bench = try Handover().bench
        let snapshot = bench.snapshots(1).last
        bench.write(Self.topics.sagas, 0, key: "\(LaneBench.id(1))", nil)
        try bench.settle()
        #expect(bench.snapshots(1).last == snapshot)
    }

    @Test func `never makes the present owner write an older record over its newest`() throws {
        let handover = try Handover()
        let bench = handover.bench
        handover.writeAsFormer()
        bench.acknowledge(try bench.task("files"))
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
        try bench.restart()
        bench.submit(1)
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
    }

    @Test func `does not win in a restore, and is written over after it`() throws {
        let handover = try Handover()
        let bench = handover.bench
        bench.log.leave()
        let snapshot = bench.snapshots(1).last
        handover.writeAsFormer()
        try bench.replaceLane()
        try bench.start()
        #expect(bench.snapshots(1).last == snapshot)
        bench.acknowledge(try bench.task("files"))
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
    }

    @Test func `as the end of a plan that is in use is written over, and the next restore is whole`() throws {
        let bench = try Handover().bench
        let plans = { bench.broker.records(Self.topics.sagas).filter { $0.record.keyText.hasPrefix("plan/") } }
        let written = try #require(plans().last)
        bench.write(Self.topics.sagas, written.partition, key: written.record.keyText, nil)
        try bench.settle()
        #expect(plans().last?.record.value == written.record.value)
        try bench.restart()
        bench.acknowledge(try bench.task("files"))
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
    }

    @Test func `as the end of a plan that is in use is missed by a restore`() throws {
        let handover = try Handover()
        let bench = handover.bench
        bench.log.leave()
        let plans = bench.broker.records(Self.topics.sagas).filter { $0.record.keyText.hasPrefix("plan/") }
        let written = try #require(plans.last)
        bench.write(Self.topics.sagas, written.partition, key: written.record.keyText, nil)
        try bench.replaceLane()
        #expect(throws: LaneFailure.self) { try bench.start() }
    }

    @Test func `as a status whose snapshot never came is outranked by what really happened`() throws {
        let bench = try LaneBench(.atLeastOnce)
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.command(.hold, 1, name: "c1")
        bench.log.faults = [
            .init(call: .barrier, failure: .outcomeUnknown(reason: "no answer"), arrives: { _ in true })
        ]
        try bench.lane.step()
        let published = try bench.status(1)
        // It is read again together with what takes it back: for the saga nothing has changed.
        bench.command(.release, 1, name: "c2")
        try bench.settle()
        #expect(published.state == "on_hold")
        #expect(try bench.status(1).state == "in_progress")
        #expect(try bench.status(1).rank > published.rank)
    }

    @Test func `is told from what is written now, although neither owner had written before`() throws {
        let bench = try LaneBench(.atLeastOnce)
        try bench.start()
        try bench.restart()
        bench.submit(1)
        try bench.settle()
        #expect(try bench.status(1).term == 2)
        #expect(bench.values(Self.topics.sagas, 1).count == 1)
    }

    @Test func `is not suspected in what the owner itself wrote`() throws {
        let bench = try Handover().bench
        let count = bench.snapshots(1).count
        bench.acknowledge(try bench.task("files"), .pending(.operationRunning, resumeAt: nil, continuation: "a"))
        try bench.settle()
        bench.acknowledge(try bench.task("files"))
        try bench.settle()
        #expect(bench.snapshots(1).count == count + 2)
    }

    @Test func `is looked for again when the log could not say`() throws {
        let handover = try Handover()
        let bench = handover.bench
        let snapshot = bench.snapshots(1).last
        bench.log.faults = [.init(call: .readerPoll, failure: .retriable(reason: "a leader moved"))]
        handover.writeAsFormer()
        try bench.settle()
        try bench.settle()
        #expect(bench.snapshots(1).last == snapshot)
    }
}
