import Foundation
import FuzzKit
import Testing

@testable import habeas

/// Any file at all where `--config` is expected: settings or faults, in bounded time, and no value of a secret in a
/// fault. `HABEAS_FUZZ_CONFIGURATIONS` sets how many are tried (5 000), `HABEAS_FUZZ_SEED` where they begin (1).
@Suite struct ConfigurationFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let inputs = environment["HABEAS_FUZZ_CONFIGURATIONS"].flatMap { Int($0) } ?? 5_000
    private static let seed = environment["HABEAS_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    private static let small = """
        bootstrap_servers: kafka-1:9093,kafka-2:9093
        topic_prefix: habeas.
        subject_key: "\(Hostile.canary)AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        processing_guarantee: exactly-once
        lanes: 2
        grace: P30D
        limits: { identities: 100, request_bytes: 262144 }
        connectors: [directory, webhook]
        kafka.security.protocol: SASL_SSL
        kafka:
          sasl.password: "\(Hostile.canary)"

        """

    private static func reader() throws -> FuzzReader {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let files = try ["config/local.yaml", "config/production.yaml", "config/event-hubs.yaml"].map {
            Wire(try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
        let mutator = Mutator(form: .yaml, seeds: files + [Wire(small)], right: [Wire(small), Wire(small), files[0]])
        return FuzzReader("configuration", share: 1, mutator: mutator) { input, verdict in
            let yaml = String(decoding: input.value ?? [], as: UTF8.self)
            var faults: [ConfigurationFault] = []
            var file = ConfigFile(path: "/etc/habeas.yaml")
            file.read(yaml: yaml, faults: &faults)
            verdict.isAccepted = faults.isEmpty
            for fault in faults where !CanaryAsName.mayBe(in: input.value ?? []) { verdict.tells(fault.description) }
        }
    }

    @Test(.timeLimit(.minutes(20)))
    func `no configuration file brings a process down`() throws {
        let reader = try Self.reader()
        let bounds = FuzzRun.Bounds(slowMs: 10_000, memoryMiB: 4_096)
        let (figures, failure) = FuzzRun(reader, seed: Self.seed, bounds: bounds).run(inputs: Self.inputs)
        print(
            reader.name, figures.inputs, "inputs,", figures.accepted, "taken,", figures.inputsPerSecond,
            "a second, slowest", figures.slowestMs, "ms")
        #expect(failure?.faults == nil, "input \(failure?.index ?? 0) of seed \(Self.seed)")
        #expect(figures.accepted > Self.inputs / 20 && figures.accepted < Self.inputs)
    }
}
