import Contract
import Foundation
import SagaKernel
import Testing

@testable import ReadModel

@Suite struct TimelineTests {
    var log = Log()
    let id = Sample.id(1)

    private func events(_ model: ReadModel, limit: Int = 100) async throws -> [String] {
        try await model.timeline(id: id.description, limit: limit).map(\.event)
    }

    @Test mutating func `events come oldest first, and a limit keeps the newest`() async throws {
        let model = try memoryModel()
        try model.applyTimeline([
            log.timeline(id, ["received", "planned"]), log.timeline(Sample.id(2), ["received"]),
            log.timeline(id, ["dispatched"]), log.timeline(id, []), log.timeline(id, ["acknowledged", "stage_left"]),
        ])
        #expect(
            try await events(model) == ["received", "planned", "dispatched", "acknowledged", "stage_left"])
        #expect(try await events(model, limit: 2) == ["acknowledged", "stage_left"])
        #expect(try await events(model, limit: 1) == ["stage_left"])
        #expect(try await events(model, limit: 0).isEmpty)
        #expect(try await model.timeline(id: "nobody", limit: 5).isEmpty)
    }

    @Test mutating func `all fields of an event are given back`() async throws {
        let model = try memoryModel()
        try model.applyTimeline([
            log.raw(
                #"""
                {"events":[{"time":"2026-11-02T15:00:00Z","event":"command_applied","task_id":"t","epoch":2,"attempt":3,
                "code":"c","command_id":"x","operator":"dana \"d\"","reason":"r","later":[1]}],"request_id":"\#(id)"}
                """#)
        ])
        let event = try #require(try await model.timeline(id: id.description, limit: 9).first)
        #expect(event.taskID == "t" && event.epoch == 2 && event.attempt == 3 && event.code == "c")
        #expect(event.commandID == "x" && event.operator == "dana \"d\"" && event.reason == "r")
    }

    @Test mutating func `of each request the newest events are kept`() async throws {
        var settings = ReadModelSettings()
        settings.timelineEventsPerRequestMax = 10
        let model = try memoryModel(settings)
        for number in 0..<40 { try model.applyTimeline([log.timeline(id, ["a\(number)", "b\(number)"])]) }
        #expect(try await events(model) == (35..<40).flatMap { ["a\($0)", "b\($0)"] })
        #expect(try model.rowCounts()["timeline"] == 5)
    }

    @Test mutating func `what is too old is forgotten`() async throws {
        var settings = ReadModelSettings()
        settings.timelineAgeMaxMs = 86_400_000
        let model = try memoryModel(settings)
        let old = log.timeline(Sample.id(2), ["received"])
        log.timestampMs += 86_400_000
        try model.applyTimeline([old, log.timeline(id, ["received"])])
        #expect(try model.rowCounts()["timeline"] == 1)
        #expect(try await events(model) == ["received"])
    }

    @Test mutating func `records that are read twice count once`() async throws {
        let model = try memoryModel()
        let records = [log.timeline(id, ["received"]), log.timeline(id, ["planned"])]
        try model.applyTimeline(records)
        try model.applyTimeline(records)
        #expect(try await events(model) == ["received", "planned"])
    }

    @Test mutating func `what cannot be read is counted and passed over`() async throws {
        let model = try memoryModel()
        let bad = [
            "", "{}", #"{"request_id":"\#(id)"}"#, #"{"request_id":"\#(id)","events":{}}"#,
            #"{"request_id":"\#(id)","events":[{"time":"x"}]}"#, #"{"request_id":"\#(id)","events":[{"event":"x"}]}"#,
            #"{"request_id":"\#(id)","events":[{"time":1,"event":"x"}]}"#, #"{"events":[],"request_id":"no"}"#,
            #"{"request_id":"\#(id)","events":[{"time":"t","event":"x","epoch":"one"}]}"#,
        ]
        try model.applyTimeline(bad.map { log.raw($0) } + [log.timeline(id, ["received"])])
        #expect(model.shared.now.recordsUnreadable[.timeline] == bad.count)
        #expect(try await events(model) == ["received"])
    }
}
