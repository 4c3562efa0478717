import Contract
import Foundation
import SagaKernel
import TestKit
import Testing

/// Memory under more load than can be borne. What counts is what a process holds, and not what waits in front of it.
///
/// Give the address of a real Kafka in `HABEAS_TEST_BOOTSTRAP`. `HABEAS_FLOOD_REQUESTS` sets how large the flood is
/// (60 000).
@Suite(
    .serialized,
    .enabled(if: LaneRig.realBootstrap != nil, "needs a real Kafka: set HABEAS_TEST_BOOTSTRAP to its address"))
struct `Under a flood` {
    private var requests: Int { Int(ProcessInfo.processInfo.environment["HABEAS_FLOOD_REQUESTS"] ?? "") ?? 60_000 }

    /// What a process may have whatever it does: code, clients, and what they fetch ahead and have not sent yet.
    private static let fixedMiB = 640
    /// Snapshot, entry, timers: of a request with eight tasks.
    private static let sagaBytes = 2_048

    private func expect(_ samples: [FloodRun.Sample], _ what: String) {
        print(
            "\(what):",
            samples.enumerated().filter { $0.offset % 6 == 0 }.map { "\($0.element)" }.joined(separator: "; "))
        print("\(what), at the end:", samples.last.map { "\($0)" } ?? "nothing")
        for sample in samples {
            let boundMiB = Self.fixedMiB + (sample.sagas * Self.sagaBytes) >> 20
            #expect(sample.residentMiB > 0 && sample.residentMiB <= boundMiB, "\(what): \(sample)")
        }
        #expect((samples.last?.sagas ?? 0) > 0)
    }

    @Test(.timeLimit(.minutes(4)))
    func `a coordinator's memory grows with its requests and not with those that wait for it`() async throws {
        let run = try await FloodRun()
        try run.publish(requests)
        let coordinator = run.coordinator()
        try coordinator.start()
        let all = requests
        let (samples, _) = try run.watch(try #require(coordinator.pid), seconds: 60) {
            $0.values.reduce(0, +) == all
        }
        #expect(coordinator.stop() == 0)
        expect(samples, "flood of requests")
    }

    /// No worker answers: every task times out as often as it may, and its request ends as failed.
    @Test(.timeLimit(.minutes(4)))
    func `what nobody answers is tried as often as it may be and then let go`() async throws {
        let attempts = 3
        let run = try await FloodRun(
            endpoints: 4,
            endpoint: ", ack_timeout: PT2S, max_attempts: \(attempts), backoff: { initial: PT0.1S, maximum: PT0.2S }")
        let all = requests / 20
        try run.publish(all)
        let coordinator = run.coordinator()
        try coordinator.start()
        let (samples, states) = try run.watch(try #require(coordinator.pid), seconds: 90) { $0["failed"] == all }
        #expect(coordinator.stop() == 0)
        expect(samples, "no worker answers")
        #expect(states == ["failed": all])
        #expect(try run.count(run.rig.topics.tasks(connector: run.connector)) == all * 4 * attempts)
    }

    /// The worker's owner takes connections and says nothing.
    @Test(.timeLimit(.minutes(4)))
    func `a worker whose connector never answers takes in no more than it may have under way`() async throws {
        let run = try await FloodRun(endpoints: 1, connector: "webhook")
        let owner = try SilentOwner()
        let secrets = run.folder.appending(path: "secrets.yaml")
        try Data("team: \(Data(repeating: 9, count: 32).base64EncodedString())\n".utf8).write(to: secrets)
        try run.publishTasks(
            requests,
            settings: #"{"url":"http://127.0.0.1:\#(owner.port)/e","secret_name":"team","timeout_seconds":600}"#)
        let worker = Process.habeas(
            ["worker", "--connectors", "webhook", "--webhook-secrets-file", secrets.path, "--stop-timeout", "PT2S"]
                + run.broker)
        worker.standardError = FileHandle.nullDevice
        worker.standardOutput = FileHandle.nullDevice
        try worker.run()
        var most = 0
        let start = Date()
        var samples: [FloodRun.Sample] = []
        while Date().timeIntervalSince(start) < 25 {
            _ = try run.watch(worker.processIdentifier, seconds: 1) { _ in false }.samples.map {
                samples.append(
                    FloodRun.Sample(
                        seconds: Date().timeIntervalSince(start), residentMiB: $0.residentMiB, sagas: owner.taken))
            }
            most = max(most, owner.taken)
        }
        kill(worker.processIdentifier, SIGTERM)
        worker.waitUntilExit()
        #expect(worker.terminationStatus == 0)
        expect(samples, "a connector that never answers")
        // worker_concurrency; the HTTP client may have fewer connections to one host.
        #expect((1...16).contains(most), "\(most)")
    }
}
