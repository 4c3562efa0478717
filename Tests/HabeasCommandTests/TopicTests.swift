import Foundation
import SagaKernel
import Testing

@testable import habeas

struct TopicTests {
    static let broker = ["--bootstrap-servers", "kafka:9092"]

    private static let plan = TopicPlan(
        prefix: "habeas.", connectors: ["directory"], replication: 3, recordBytes: 999_936)

    /// What a broker says of topics that were just made by the plan.
    private static func made(partitions: Int = 12) -> [String: TopicFacts] {
        Dictionary(
            plan.topics.map { topic in
                let new = plan.new(topic, partitions: partitions, replication: 3)
                return (topic.name, TopicFacts(partitions: partitions, replication: 3, properties: new.properties))
            }, uniquingKeysWith: { $1 })
    }

    @Test func `the plan has the contract's topics with the contract's cleanup`() {
        let cleanup = Self.plan.topics.map { topic in
            "\(topic.name) \(topic.rules.first { $0.property == "cleanup.policy" }?.value ?? "?")"
        }
        #expect(
            cleanup == [
                "habeas.requests delete", "habeas.acks delete", "habeas.commands delete", "habeas.sagas compact",
                "habeas.status compact", "habeas.timeline delete", "habeas.tasks.directory delete",
                "habeas.dead-letters delete",
            ])
        #expect(Self.plan.topics.filter { !$0.isCoPartitioned }.map(\.name) == ["habeas.dead-letters"])
    }

    @Test func `what the plan makes, the plan accepts`() {
        let comparison = TopicComparison(plan: Self.plan, facts: Self.made(), partitions: 12, replication: 3)
        #expect(comparison.isSound)
        #expect(comparison.differences.isEmpty)
    }

    @Test func `each kind of difference is found and told in words`() {
        var facts = Self.made()
        facts["habeas.acks"]?.partitions = 6
        facts["habeas.sagas"]?.properties?["max.compaction.lag.ms"] = "9223372036854775807"
        facts["habeas.status"]?.properties?["cleanup.policy"] = "delete"
        facts["habeas.requests"]?.properties?["retention.ms"] = "-1"
        facts["habeas.commands"]?.properties?["min.insync.replicas"] = "3"
        facts["habeas.timeline"]?.properties?["retention.ms"] = "-1"
        facts["habeas.tasks.directory"] = nil
        let comparison = TopicComparison(plan: Self.plan, facts: facts, partitions: nil, replication: nil)
        #expect(comparison.missing == ["habeas.tasks.directory"])
        #expect(
            comparison.differences.map { "\($0.topic) \($0.property): \($0.actual), not \($0.expected)" } == [
                "habeas.requests retention.ms: unlimited, not P1D to P1Y",
                "habeas.acks partitions: 6, not 12",
                "habeas.commands min.insync.replicas: 3, not 2",
                "habeas.sagas max.compaction.lag.ms: unbounded, not at most P30D",
                "habeas.status cleanup.policy: delete, not compact",
            ])
    }

    @Test func `check changes nothing and its code is the answer`() async throws {
        let sound = FakeWorld(topics: Self.made())
        #expect(try await sound.run(["topics", "check", "--connectors", "directory"] + Self.broker) == 0)
        #expect(sound.out == "8 topics are as they must be.\n")
        let wrong = FakeWorld(topics: Self.made(partitions: 6))
        let arguments = ["topics", "check", "--connectors", "directory", "--partitions", "12"]
        #expect(try await wrong.run(arguments + Self.broker) == 1)
        #expect(wrong.out.contains("habeas.requests         partitions  12       6"))
        #expect(wrong.published.isEmpty)
        #expect(try await wrong.run(arguments + ["--json"] + Self.broker) == 1)
        #expect(wrong.out.contains("\"sound\":false"))
    }

    @Test func `create makes what is missing and leaves the rest`() async throws {
        var facts = Self.made(partitions: 3)
        facts["habeas.commands"] = nil
        let world = FakeWorld(topics: facts)
        let arguments = ["topics", "create", "--partitions", "3", "--replication", "3", "--connectors", "directory"]
        #expect(try await world.run(arguments + Self.broker) == 0)
        #expect(world.published.map(\.topic) == ["habeas.commands"])
        let dry = FakeWorld()
        #expect(try await dry.run(arguments + ["--dry-run"] + Self.broker) == 0)
        #expect(dry.published.isEmpty)
        #expect(dry.out.contains("WOULD BE MADE"))
    }

    @Test func `the topics follow from the catalogue`() async throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints:
                  - { id: registry, kind: iot_hub_registry }
            """, to: "catalogue.yaml")
        let world = FakeWorld()
        #expect(try await world.run(["topics", "create", "--partitions", "1", "--catalogue", path] + Self.broker) == 0)
        #expect(world.published.map(\.topic).contains("habeas.tasks.iot-hub"))
        #expect(try await world.run(["topics", "create", "--partitions", "1"] + Self.broker) == 64)
    }

    @Test func `a catalogue is checked, and every fault told with its line`() async throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints:
                  - { id: REGISTRY, kind: iot_hub_registry }
                  - { id: b, kind: nonsense }
            """, to: "catalogue.yaml")
        let world = FakeWorld()
        #expect(try await world.run("catalogue", "check", path) == 1)
        #expect(world.error.contains("\(path):4:"))
        #expect(world.error.contains("\(path):5:"))
        #expect(try await world.run("catalogue", "check", path, "--json") == 1)
        #expect(world.out.contains("\"sound\":false"))
        #expect(try await world.run("catalogue", "check") == 78)
        #expect(world.error.contains("habeas catalogue check: missing: catalogue is needed"))
        #expect(try await world.run("catalogue", "check", "/nowhere.yaml") == 78)
    }

    @Test func `an import does not write over a file unasked`() async throws {
        let scratch = try ScratchFolder()
        let hub = try scratch.write(
            """
            {"id":"/subscriptions/0000/resourceGroups/iot/providers/Microsoft.Devices/IotHubs/contoso",
             "name":"contoso","type":"Microsoft.Devices/IotHubs","properties":{"hostName":"contoso.azure-devices.net"}}
            """, to: "hub.json")
        let world = FakeWorld()
        let output = scratch.path + "/catalogue.yaml"
        #expect(try await world.run("catalogue", "import", "--hub", hub, "--output", output) == 0)
        #expect(try String(contentsOfFile: output, encoding: .utf8).contains("contoso.azure-devices.net"))
        #expect(try await world.run("catalogue", "import", "--hub", hub, "--output", output) == 64)
        #expect(world.error.contains("--force"))
        #expect(try await world.run("catalogue", "import", "--hub", hub, "--output", output, "--force") == 0)
        #expect(try await world.run("catalogue", "check", output) == 0)
    }
}
