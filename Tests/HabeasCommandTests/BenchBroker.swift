import Foundation
import Kafka
import Testing

@testable import habeas

/// A broker that can make topics, which the embedded one cannot.
enum BenchBroker {
    private static let servers = ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"]

    static let isNeeded: ConditionTrait = .enabled(
        if: servers != nil, "needs a Kafka broker: set HABEAS_TEST_BOOTSTRAP=host:port")

    /// Sixty requests and two partitions, unless the plan says otherwise.
    static func rig(_ plan: BenchPlan? = nil) async throws -> BenchRig {
        let settings = try SettingsResolver(
            flags: [SettingFlag(setting: .bootstrapServers, text: servers ?? "")], used: Set(SettingTable.all)
        ).resolve()
        let turn = try TurnSection(settings)
        let kafka = try BrokerSection(settings).kafkaSettings(clientID: "test", guarantee: turn.kafkaGuarantee)
        var small = BenchPlan()
        (small.requests, small.partitions) = (60, 2)
        return try await BenchRig(kafka: kafka, turn: turn, plan: plan ?? small)
    }
}
