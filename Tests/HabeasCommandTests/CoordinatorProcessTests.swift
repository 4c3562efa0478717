import Contract
import Foundation
import Kafka
import TestKit
import Testing

@testable import habeas

struct CoordinatorProcessTests {
    /// `habeas coordinator` on a broker, with a file for its read model.
    private func arguments(servers: String, readModel: String) -> [String] {
        [
            "coordinator", "--bootstrap-servers", servers, "--catalogue",
            DocumentedFiles.root.appendingPathComponent("config/catalogue.local.yaml").path, "--subject-key",
            Samples.key32, "--read-model", readModel, "--http", "127.0.0.1:0", "--log-level", "critical",
        ]
    }

    @Test func `a read model's file that cannot be used is a fault of the configuration, with what to do`() async throws
    {
        let broker = try EmbeddedBroker(topics: ["habeas.requests": 1])
        defer { broker.close() }
        let scratch = try ScratchFolder()
        let path = try scratch.write(String(repeating: "no database ", count: 1_000), to: "status.sqlite")
        let world = FakeWorld()
        let code = try await world.run(arguments(servers: broker.bootstrapServers, readModel: path))
        #expect(code == 78)
        #expect(world.error.contains("read_model"))
        #expect(world.error.contains("delete it"))
    }

    @Test(arguments: [
        ("kafka.message.max.bytes: 1000000", "raise it, or lower limits."),
        ("kafka.queue.buffering.max.kbytes: 2000", "cannot hold the largest record"),
    ]) func `a client that cannot send the largest record is a fault of the configuration, and says whose`(
        property: String, message: String
    ) async throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write("limits.kept_bytes: 16777216\n\(property)\n", to: "habeas.yaml")
        let world = FakeWorld()
        let readModel = scratch.path + "/status.sqlite"
        let given = arguments(servers: "127.0.0.1:1", readModel: readModel) + ["--config", path]
        #expect(try await world.run(given) == 78)
        #expect(world.error.contains(message), "\(world.error)")
        #expect(world.error.contains("\(path):2"), "\(world.error)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `SIGHUP reads the catalogue again, and SIGTERM ends it with 0 within its time`() async throws {
        let topics = TopicNames()
        let names =
            topics.coPartitioned + ["dead-letters", "tasks.directory", "tasks.attestation"].map { "habeas." + $0 }
        let broker = try EmbeddedBroker(topics: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        defer { broker.close() }
        let scratch = try ScratchFolder()
        let catalogue = DocumentedFiles.root.appendingPathComponent("config/catalogue.local.yaml").path
        let rig = HabeasProcessRig(
            arguments: [
                "coordinator", "--bootstrap-servers", broker.bootstrapServers, "--catalogue", catalogue,
                "--subject-key", Samples.key32, "--http", "127.0.0.1:0", "--log-format", "json",
                "--processing-guarantee", "at-least-once",
            ], name: "coordinator", folder: URL(filePath: scratch.path))
        try rig.start()
        func logged(_ message: String) async throws {
            while true {
                let text = try rig.logText()
                if text.contains(message) { return }
                try #require(rig.isRunning, "it ended: \(text)")
                await Task.yield()
            }
        }
        try await logged("partitions restored")
        rig.hangUp()
        try await logged("the catalogue was reloaded")
        let asked = ContinuousClock.now
        #expect(rig.stop() == 0)
        #expect(ContinuousClock.now - asked < .seconds(10))
    }
}
