import Foundation
import Kafka
import SagaKernel
import TestKit
import TestSeed
import Testing

/// The claims that only a real Kafka can bear out. Give its address in `HABEAS_TEST_BOOTSTRAP`.
@Suite(
    .serialized,
    .enabled(if: LaneRig.realBootstrap != nil, "needs a real Kafka: set HABEAS_TEST_BOOTSTRAP to its address"))
struct `Under kill -9` {
    private var requests: Int { Int(ProcessInfo.processInfo.environment["HABEAS_CHAOS_REQUESTS"] ?? "") ?? 2_000 }

    @Test func `exactly-once completes every request and publishes no task twice`() async throws {
        let verdict = try await kill(10, guarantee: .exactlyOnce)
        #expect(verdict.completed == requests)
        #expect(verdict.tasks == requests * ChaosRun.endpoints)
        #expect(verdict.repeatedTasks == 0)
        #expect(verdict.unknownTasks == 0)
        #expect(verdict.staleStatuses == 0)
        #expect(verdict.deadLetters == 0)
    }

    @Test func `at-least-once loses nothing`() async throws {
        let verdict = try await kill(10, guarantee: .atLeastOnce)
        #expect(verdict.completed == requests)
        #expect(verdict.distinctTasks == requests * ChaosRun.endpoints)
        #expect(verdict.unknownTasks == 0)
        // An acknowledgement may be read before its request is read again; its task is then sent once more.
        #expect(verdict.deadLetterCodes.subtracting(["unknown_request"]).isEmpty)
    }

    @Test func `a zombie and a takeover leave no stale write`() async throws {
        let verdict = try await takeover(guarantee: .exactlyOnce)
        #expect(verdict.completed == requests)
        #expect(verdict.repeatedTasks == 0)
        #expect(verdict.staleStatuses == 0)
        #expect(verdict.deadLetters == 0)
    }

    /// Nothing keeps the sleeper from writing once more; what it writes is outranked.
    @Test func `a zombie and a takeover at least once leave the truth the highest`() async throws {
        let verdict = try await takeover(guarantee: .atLeastOnce)
        #expect(verdict.completed == requests)
        #expect(verdict.distinctTasks == requests * ChaosRun.endpoints)
        #expect(verdict.unknownTasks == 0)
        #expect(verdict.deadLetterCodes.subtracting(["unknown_request"]).isEmpty)
    }

    /// Two coordinators: one is killed and started again, the other put to sleep past its session's end and woken.
    private func takeover(guarantee: KafkaGuarantee) async throws -> ChaosVerdict {
        let run = try await ChaosRun(guarantee: guarantee)
        defer { run.rig.close() }
        let first = run.coordinator("first")
        let second = run.coordinator("second")
        let ids = run.newIDs(requests)
        let all = requests * ChaosRun.endpoints
        try first.start()
        try second.start()
        run.startWorker()
        run.startBackend(ids)
        try run.progress.wait(forTasks: all / 10)
        first.kill()
        try first.start()
        try run.progress.wait(forTasks: all / 3)
        second.pause()
        // More than what the other partitions can do before the window of the backend is full of the sleeper's
        // requests: this many come only when its partitions went to the other one.
        try run.progress.wait(forTasks: all / 3 + 2 * ChaosRun.window * ChaosRun.endpoints)
        second.resume()
        let status = try run.waitForCompletion(of: ids, seconds: 120)
        run.end()
        #expect(first.stop() == 0)
        #expect(second.stop() == 0)
        let verdict = try ChaosVerdict(run, ids: ids, status: status)
        print("zombie, \(guarantee.rawValue):", verdict)
        return verdict
    }

    /// Kills the coordinator whenever so many tasks are committed, at numbers drawn by chance.
    private func kill(_ times: Int, guarantee: KafkaGuarantee) async throws -> ChaosVerdict {
        var random = SeededRandom(seed: Seed.announced(for: guarantee.rawValue))
        let run = try await ChaosRun(guarantee: guarantee)
        defer { run.rig.close() }
        let ids = run.newIDs(requests)
        let coordinator = run.coordinator("victim")
        try coordinator.start()
        run.startWorker()
        run.startBackend(ids)
        let all = requests * ChaosRun.endpoints
        for moment in (0..<times).map({ _ in random.below(all * 19 / 20) }).sorted() {
            try run.progress.wait(forTasks: moment)
            coordinator.kill()
            try coordinator.start()
        }
        let status: TopicTail
        do {
            status = try run.waitForCompletion(of: ids, seconds: 120)
        } catch {
            print(try coordinator.logText().suffix(4_000))
            throw error
        }
        run.end()
        #expect(coordinator.stop() == 0)
        let verdict = try ChaosVerdict(run, ids: ids, status: status)
        print("\(guarantee.rawValue), killed \(times) times:", verdict)
        return verdict
    }
}
