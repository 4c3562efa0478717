import Contract
import Foundation
import Kafka
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
}
