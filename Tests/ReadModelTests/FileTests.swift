import Contract
import Foundation
import SagaKernel
import TestSeed
import Testing

@testable import ReadModel

@Suite struct FileTests {
    let file: TemporaryFile

    init() throws { file = try TemporaryFile() }

    private func open(identity: String = "cluster-a/habeas.") throws -> ReadModel {
        try ReadModel(path: file.path, identity: identity, logger: quiet)
    }

    @Test func `a file goes on where it stopped`() async throws {
        var log = Log()
        var sample = Sample(1)
        sample.tasks = [("registry", "failed"), ("archive", "waiting")]
        do {
            let model = try open()
            try model.apply([log.status(sample), log.status(Sample(2))])
            try model.applyTimeline([log.timeline(sample.id, ["received", "planned"])])
            try model.touch(nowMs: 77)
        }
        let model = try open()
        #expect(model.positions(of: .status) == [0: 2])
        #expect(model.positions(of: .timeline) == [0: 3])
        #expect(model.savedMs == 77)
        #expect(try await model.summary().total == 2)
        #expect(try await model.summary().asOf == "2026-09-21T14:13:20.001Z")
        #expect(try await model.listedIDs { $0.endpoint = "archive" } == [1])
        #expect(try await model.timeline(id: sample.id.description, limit: 10).map(\.event) == ["received", "planned"])
        #expect(try model.locate(sample.id)?.version == 1)
        sample.version = 2
        sample.tasks = [("archive", "succeeded"), ("registry", "succeeded"), ("logs", "blocked")]
        try model.apply([log.status(sample)])
        #expect(try await model.listedIDs { $0.endpoint = "archive" }.isEmpty)
        #expect(try await model.listedIDs { $0.endpoint = "logs" } == [1])
    }

    @Test func `a file of another cluster is refused with both names`() throws {
        _ = try open()
        #expect(throws: ReadModelError.foreignFile(found: "cluster-a/habeas.", expected: "cluster-b/habeas.")) {
            try open(identity: "cluster-b/habeas.")
        }
    }

    @Test func `a file that is no database is refused`() throws {
        try Data(repeating: 0x41, count: 10_000).write(to: URL(filePath: file.path))
        let error = #expect(throws: ReadModelError.self) { try open() }
        guard case .unusableFile = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a path that cannot be written is refused`() throws {
        let error = #expect(throws: ReadModelError.self) {
            try ReadModel(path: "/proc/nowhere/read-model.sqlite", logger: quiet)
        }
        guard case .unusableFile = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a file of a newer version is refused`() throws {
        let model = try open()
        try model.pretendNewer()
        #expect(throws: ReadModelError.newerFile) { try open() }
    }

    @Test(arguments: [true, false])
    func `a reset forgets everything but whose the file is`(inMemory: Bool) async throws {
        let model = inMemory ? try memoryModel() : try open()
        var log = Log()
        try model.apply([log.status(Sample(1))])
        try model.reset()
        #expect(try await model.summary().total == 0)
        #expect(model.positions(of: .status).isEmpty)
        #expect(try model.locate(Sample.id(1)) == nil)
        log.next = 0
        try model.apply([log.status(Sample(2))])
        #expect(try await model.listedIDs() == [2])
        if !inMemory { #expect(throws: ReadModelError.self) { try open(identity: "other") } }
    }

    @Test func `readers are not held up by the writer's transaction`() async throws {
        let model = try open()
        var log = Log()
        try model.apply([log.status(Sample(1))])
        try model.whileWriting {
            let seen = try model.locate(Sample.id(1))
            #expect(seen?.version == 1)
        }
    }
}

@Suite struct KnownIDsTests {
    @Test func `an id that was inserted is never denied`() {
        let known = KnownIDs()
        var random = SeededRandom(seed: 1)
        // More than two layers hold.
        let ids = (0..<400_000).map { _ in RequestID(high: random.next(), low: random.next()) }
        for id in ids { known.insert(id) }
        #expect(ids.allSatisfy { known.mayContain($0) })
        let others = (0..<100_000).count { _ in
            known.mayContain(RequestID(high: random.next(), low: random.next()))
        }
        #expect(others < 500)
    }

    @Test func `ids that differ in one bit are told apart`() {
        let known = KnownIDs()
        for number in 0..<10_000 { known.insert(RequestID(high: 7, low: UInt64(number))) }
        let wrong = (10_000..<60_000).count { known.mayContain(RequestID(high: 7, low: UInt64($0))) }
        #expect(wrong < 50)
    }
}
