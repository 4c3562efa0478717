import Contract
import Foundation
import RecordLog
import SagaKernel
import Synchronization
import Telemetry
import Testing

@testable import ReadModel

@Suite(.serialized) struct FeederTests {
    let status = FakeLog()
    let timeline = FakeLog()
    let model: ReadModel

    init() throws { model = try memoryModel() }

    private func feeder(
        _ model: ReadModel? = nil, nowMs: (@Sendable () -> Int64)? = nil,
        change: (inout FeederSettings) -> Void = { _ in }
    ) -> ReadModelFeeder {
        var settings = FeederSettings()
        settings.retryDelayMs = 1
        settings.idleWaitMs = 1
        settings.lagIntervalMs = 100
        change(&settings)
        return ReadModelFeeder(
            model: model ?? self.model, status: status.opener, timeline: timeline.opener, settings: settings,
            logger: quiet, nowMs: nowMs)
    }

    private func running(_ feeder: ReadModelFeeder, _ body: () async throws -> Void) async throws {
        feeder.start()
        try await body()
        #expect(feeder.stop(deadlineMs: 5_000))
        #expect(status.openReaders == 0)
        #expect(timeline.openReaders == 0)
    }

    @Test func `everything that lies in the log arrives`() async throws {
        for number in 1...500 { status.append(Sample(number), partition: Int32(number % 2)) }
        timeline.append(
            key: Sample.id(1).description,
            value: Array(
                #"{"request_id":"\#(Sample.id(1))","events":[{"time":"t","event":"received"}]}"#.utf8))
        let feeder = feeder(change: { $0.batchRecordsMax = 7 })
        #expect(!feeder.reachedEndSeenAtStart)
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            let total = try await model.summary().total
            #expect(total == 500)
            await eventually("the timeline is read") { model.positions(of: .timeline)[0] == 1 }
            status.append(Sample(501))
            try await eventually("a new status arrives") { try model.locate(Sample.id(501)) != nil }
            #expect(feeder.failure == nil)
        }
    }

    @Test func `an empty log is read to its end at once`() async throws {
        let feeder = feeder()
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
        }
    }

    @Test func `the end that counts is the one that was seen at the start`() async throws {
        status.append(Sample(1))
        status.change { $0.hiddenBehindEnd = 1 }
        let feeder = feeder()
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            let total = try await model.summary().total
            #expect(total == 1)
            await eventually("the lag is known") { feeder.lags.contains { $0.topic == .status } }
            #expect(feeder.lags.allSatisfy { $0.records == 0 })
        }
    }

    @Test func `the end is not reached while a batch cannot be applied`() async throws {
        status.change { $0.pollFailures = Array(repeating: .retriable(reason: "broker away"), count: 100_000) }
        status.append(Sample(1))
        let feeder = feeder()
        try await running(feeder) {
            await eventually("it says why") { feeder.failure == "status: broker away" }
            #expect(!feeder.reachedEndSeenAtStart)
            status.change { $0.pollFailures = [] }
            await eventually("it goes on") { feeder.reachedEndSeenAtStart && feeder.failure == nil }
            #expect(status.opens == 1)
        }
    }

    @Test func `the end is not reached before what was read is applied`() throws {
        status.append(Sample(1))
        let feeder = feeder()
        let stream = FeedStream(topic: .status, open: status.opener, feeder: feeder)
        try stream.open()
        defer { stream.close() }
        #expect(try stream.step(waitMs: 0) == 1)
        #expect(!feeder.reachedEndSeenAtStart)
        #expect(try model.locate(Sample.id(1)) == nil)
        #expect(try stream.step(waitMs: 0) == 0)
        #expect(feeder.reachedEndSeenAtStart)
        #expect(try model.locate(Sample.id(1)) != nil)
    }

    @Test(arguments: [
        LogFailure.fatal(reason: "no"), .fenced(reason: "no"), .outcomeUnknown(reason: "no"),
        .partitionsLost(reason: "no"), .abortRequired(reason: "no"),
    ])
    func `a reader that is of no use any more is replaced`(failure: LogFailure) async throws {
        for number in 1...20 { status.append(Sample(number)) }
        let feeder = feeder()
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            status.change { $0.pollFailures = [failure] }
            await eventually("it is opened again") { status.opens == 2 }
            status.append(Sample(21))
            try await eventually("it goes on") { try model.locate(Sample.id(21)) != nil }
            #expect(status.change { $0.startedAt[1] } == [0: 20])
        }
    }

    @Test func `a topic that cannot be opened is tried again`() async throws {
        status.append(Sample(1))
        status.change { $0.openFailures = Array(repeating: .fatal(reason: "no such topic"), count: 100_000) }
        let feeder = feeder()
        try await running(feeder) {
            await eventually("it says why") { feeder.failure == "status: no such topic" }
            status.change { $0.openFailures = [] }
            await eventually("it goes on") { feeder.reachedEndSeenAtStart }
            await eventually("it is well again") { feeder.failure == nil }
        }
    }

    @Test(arguments: [true, false])
    func `a file goes on where it stopped, whether the reader can or not`(seeks: Bool) async throws {
        let file = try TemporaryFile()
        status.change { $0.seeks = seeks }
        for number in 1...30 { status.append(Sample(number)) }
        for round in 1...2 {
            let model = try ReadModel(path: file.path, logger: quiet)
            let feeder = feeder(model)
            try await running(feeder) {
                await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            }
            #expect(try await model.summary().total == 30)
            #expect(model.shared.now.recordsTaken[.status] == (round == 1 ? 30 : nil))
        }
        #expect(status.change { $0.startedAt } == [[:], [0: 30]])
    }

    @Test func `a topic that was made anew fills the model anew`() async throws {
        let file = try TemporaryFile()
        let model = try ReadModel(path: file.path, logger: quiet)
        var log = Log()
        try model.apply((1...10).map { log.status(Sample($0)) })
        try model.touch(nowMs: 1_000)
        status.append(Sample(77))
        let feeder = feeder(model, nowMs: { 1_000 })
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            let ids = try await model.listedIDs()
            #expect(ids == [77])
        }
    }

    @Test func `a file that may have missed tombstones is filled anew`() async throws {
        let file = try TemporaryFile()
        let model = try ReadModel(path: file.path, logger: quiet)
        var log = Log()
        try model.apply([log.status(Sample(5))])
        try model.touch(nowMs: 1_000)
        // In the log, the request's status and its tombstone are compacted away; another one has come.
        status.append(Sample(6))
        let tooLateMs: Int64 = 1_000 + 20 * 3_600_000 + 1
        let feeder = feeder(model, nowMs: { tooLateMs })
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            let ids = try await model.listedIDs()
            #expect(ids == [6])
            #expect(model.savedMs == tooLateMs)
        }
    }

    @Test func `a file that is level with the log is kept, however old its last record`() async throws {
        let model = try memoryModel()
        var log = Log()
        try model.apply([log.status(Sample(5))])
        try model.touch(nowMs: 1_000)
        status.append(Sample(5))
        let clock = Mutex<Int64>(1_000 + 20 * 3_600_000)
        let feeder = feeder(model, nowMs: { clock.withLock { $0 } })
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            clock.withLock { $0 += 10_000 }
            await eventually("it stays level") { model.savedMs == 1_000 + 20 * 3_600_000 + 10_000 }
            #expect(model.shared.now.recordsTaken[.status] == 1)
        }
    }

    @Test func `lag is what lies between the position and the end`() async throws {
        let feeder = feeder()
        try await running(feeder) {
            await eventually("the end is reached") { feeder.reachedEndSeenAtStart }
            status.change { state in
                state.pollFailures = Array(repeating: .retriable(reason: "slow"), count: 1_000_000)
            }
            for number in 1...9 { status.append(Sample(number), partition: 1) }
            status.change { $0.pollFailures = [] }
            try await eventually("it is read") { try model.locate(Sample.id(9)) != nil }
            await eventually("it is level") {
                feeder.lags.first { $0.topic == .status && $0.partition == 1 }?.records == 0
            }
        }
    }

    @Test func `a feeder that was never started stops at once`() {
        #expect(feeder().stop(deadlineMs: 1))
    }

    @Test func `a scrape shows the counts`() throws {
        var log = Log()
        var sample = Sample(1)
        sample.tasks = [("registry", "failed"), ("registry", "waiting"), ("archive", "blocked")]
        try model.apply([log.status(sample), log.raw("nonsense")])
        let metrics = HabeasMetrics(version: "0", role: "coordinator")
        model.report(to: metrics)
        let text = String(decoding: metrics.registry.scrape(), as: UTF8.self)
        for line in [
            #"habeas_requests{state="in_progress"} 1"#, #"habeas_requests{state="failed"} 0"#,
            #"habeas_tasks{endpoint="registry",state="failed"} 1"#,
            #"habeas_tasks{endpoint="archive",state="blocked"} 1"#,
            #"habeas_read_model_records_total{topic="status"} 2"#,
            #"habeas_read_model_unreadable_total{topic="status"} 1"#,
            "habeas_status_as_of_timestamp_seconds 1790000000.001",
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }
}
