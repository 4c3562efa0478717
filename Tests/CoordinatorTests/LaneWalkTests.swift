import Contract
import Coordinator
import Foundation
import Kafka
import SagaKernel
import TestKit
import Testing

@Suite struct `A lane on the embedded broker` {
    static func plan() -> HubPlan {
        var registry = Endpoint(id: "registry", kind: "iot_hub_registry", connector: "hub", stage: .source)
        registry.settingsJSON = #"{"a":1}"#
        let archive = Endpoint(id: "archive", kind: "storage_container", connector: "files", stage: .sinks)
        return HubPlan(
            host: "contoso.azure-devices.net", fingerprint: Fingerprint(high: 1, low: 2),
            endpoints: [registry, archive], disclosures: [Disclosure(system: "logs", reason: "system_generated")])
    }

    @Test func `an erasure goes through its stages and ends when every task is done`() async throws {
        let rig = try await LaneRig(plans: [Self.plan()], guarantee: .atLeastOnce)
        defer { rig.close() }
        let lane = rig.startLane(instance: "one")
        let id = RequestID(high: .random(in: 0 ... .max), low: 1)
        try await rig.submit(id, device: "thermostat-17", partition: 1)

        let hub = try rig.open(rig.topics.tasks(connector: "hub"))
        let files = try rig.open(rig.topics.tasks(connector: "files"))
        try hub.wait(for: "the first task") { !$0.isEmpty }
        let first = try #require(try hub.tasks().first)
        #expect(first.endpoint.id == "registry")
        #expect(first.replyPartition == 1)
        try await rig.acknowledge(first, .completed(Completion(outcome: .erased)))
        try files.wait(for: "the second task") { !$0.isEmpty }
        let second = try #require(try files.tasks().first)
        try await rig.acknowledge(second, .completed(Completion(outcome: .erased, recordCount: 3)))

        let status = try rig.open(rig.topics.status)
        try status.wait(for: "the end") { _ in try status.statuses()[id.description]?.state == "completed" }
        let versions = try status.records.compactMap { try $0.value.map { try StatusDocument.decode($0).version } }
        #expect(versions == [1, 2, 3])
        #expect(status.records.allSatisfy { !String(decoding: $0.value ?? [], as: UTF8.self).contains("thermostat") })
        lane.mailbox.stop()
        guard case .stopped = await lane.end() else {
            Issue.record("the lane did not stop in order")
            return
        }
    }
}
