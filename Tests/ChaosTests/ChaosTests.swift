import Foundation
import Kafka
import SagaKernel
import TestKit
import Testing

/// The claims that only a real Kafka can bear out. Give its address in `HABEAS_TEST_BOOTSTRAP`.
@Suite(
    .serialized,
    .enabled(if: LaneRig.realBootstrap != nil, "needs a real Kafka: set HABEAS_TEST_BOOTSTRAP to its address"))
struct `Under kill -9` {
    private var requests: Int { Int(ProcessInfo.processInfo.environment["HABEAS_CHAOS_REQUESTS"] ?? "") ?? 2_000 }

    @Test func `exactly-once completes every request and publishes no task twice`() async throws {
        let (verdict, log) = try await kill(10, guarantee: .exactlyOnce)
        #expect(verdict.completed == requests, Comment(rawValue: log))
        #expect(verdict.tasks == requests * ChaosRun.endpoints)
        #expect(verdict.repeatedTasks == 0)
        #expect(verdict.unknownTasks == 0)
        #expect(verdict.staleStatuses == 0)
        #expect(verdict.deadLetters == 0)
    }

    @Test func `at-least-once loses nothing`() async throws {
        let (verdict, log) = try await kill(10, guarantee: .atLeastOnce)
        #expect(verdict.completed == requests, Comment(rawValue: log))
        #expect(verdict.tasks >= requests * ChaosRun.endpoints)
        #expect(verdict.unknownTasks == 0)
        // An acknowledgement may be read before its request is read again; its task is then sent once more.
        #expect(verdict.deadLetterCodes.subtracting(["unknown_request"]).isEmpty)
    }

    @Test func `a zombie and a takeover leave no stale write`() async throws {
        let run = try await ChaosRun(guarantee: .exactlyOnce)
        defer { run.rig.close() }
        let first = run.coordinator("first")
        let second = run.coordinator("second")
        try first.start()
        try second.start()
        run.startWorker()
        async let submitted = run.submit(requests, over: 30)
        try await Task.sleep(for: .seconds(6))
        first.kill()
        try await Task.sleep(for: .seconds(3))
        try first.start()
        try await Task.sleep(for: .seconds(4))
        // Longer than the session timeout: its partitions go to the other one while it sleeps.
        second.pause()
        try await Task.sleep(for: .seconds(10))
        second.resume()
        let ids = try await submitted
        let status = try run.waitForCompletion(of: ids, seconds: 120)
        run.end()
        #expect(first.stop() == 0)
        #expect(second.stop() == 0)
        let verdict = try ChaosVerdict(run, ids: ids, status: status)
        print("zombie:", verdict)
        #expect(verdict.completed == requests)
        #expect(verdict.repeatedTasks == 0)
        #expect(verdict.staleStatuses == 0)
        #expect(verdict.deadLetters == 0)
    }

    private func kill(_ times: Int, guarantee: KafkaGuarantee) async throws -> (ChaosVerdict, log: String) {
        let run = try await ChaosRun(guarantee: guarantee)
        defer { run.rig.close() }
        let coordinator = run.coordinator("victim")
        try coordinator.start()
        run.startWorker()
        async let submitted = run.submit(requests, over: 25)
        for _ in 0..<times {
            try await Task.sleep(for: .milliseconds(Int.random(in: 500...3_500)))
            coordinator.kill()
            try coordinator.start()
        }
        let ids = try await submitted
        let status: TopicTail
        do {
            status = try run.waitForCompletion(of: ids, seconds: 120)
        } catch {
            print(coordinator.logText.suffix(4_000))
            throw error
        }
        run.end()
        #expect(coordinator.stop() == 0)
        let verdict = try ChaosVerdict(run, ids: ids, status: status)
        print("\(guarantee.rawValue), killed \(times) times:", verdict)
        return (verdict, String(coordinator.logText.suffix(2_000)))
    }
}
