import Contract
import Foundation
import Kafka
import RecordLog
import SagaKernel
import Testing

@testable import habeas

/// What a lane is measured beside. On a broker that can make topics, which the embedded one cannot.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"] != nil,
        "needs a Kafka broker: set HABEAS_TEST_BOOTSTRAP=host:port"))
struct RawLimitTests {
    private struct Traffic: Hashable {
        var records = 0
        var valueBytes = 0
    }

    private func rig(_ plan: BenchPlan? = nil) async throws -> BenchRig {
        let servers = ProcessInfo.processInfo.environment["HABEAS_TEST_BOOTSTRAP"] ?? ""
        let settings = try SettingsResolver(
            flags: [SettingFlag(setting: .bootstrapServers, text: servers)], used: Set(SettingTable.all)
        ).resolve()
        let turn = try TurnSection(settings)
        let kafka = try BrokerSection(settings).kafkaSettings(clientID: "test", guarantee: turn.kafkaGuarantee)
        var small = BenchPlan()
        (small.requests, small.partitions) = (60, 2)
        return try await BenchRig(kafka: kafka, turn: turn, plan: plan ?? small)
    }

    private func written(_ rig: BenchRig) throws -> [String: Traffic] {
        var found: [String: Traffic] = [:]
        let topics = rig.topics
        for topic in [topics.tasks(connector: BenchRig.connector), topics.status, topics.timeline, topics.sagas] {
            let reader = try #require(try KafkaLogReader.openAll(settings: rig.kafka, topic: topic))
            defer { reader.close() }
            let bounds = try reader.highWatermarks()
            var traffic = Traffic()
            while try !zip(bounds, reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) {
                for record in try reader.poll(maxRecords: 1_000, timeoutMs: 100) {
                    // Plans are written once, and by lanes only.
                    if record.key?.starts(with: PlanCodec.keyPrefix.utf8) == true { continue }
                    traffic.records += 1
                    traffic.valueBytes += record.value?.count ?? 0
                }
            }
            found[topic.dropFirst(rig.topics.prefix.count).description] = traffic
        }
        return found
    }

    /// A lane's requests and acknowledgements are worked off one after the other, as they are when it is measured.
    private func ofLane() async throws -> [String: Traffic] {
        let rig = try await rig()
        try rig.writeRequests()
        _ = try await rig.drain(records: rig.plan.requests)
        try rig.writeAcknowledgements()
        _ = try await rig.drain(records: rig.plan.requests * rig.plan.endpoints)
        let found = try written(rig)
        try await rig.close()
        return found
    }

    @Test func `the client alone writes as many records as a lane, and as long ones`() async throws {
        let lane = try await ofLane()
        #expect(lane.values.map(\.records).sorted() == [120, 120, 120, 480])
        for traffic in [RawLimit.Traffic.leanest, .headers, .records] {
            let rig = try await rig()
            let phase = try await RawLimit(rig: rig, traffic: traffic).drained()
            #expect(phase.records == 60 * 9)
            let alone = try written(rig)
            try await rig.close()
            for (topic, expected) in lane {
                let found = try #require(alone[topic])
                #expect(found.records == expected.records, "\(traffic) \(topic)")
                // Numbers of requests and moments differ by some digits.
                let part = Double(found.valueBytes) / Double(expected.valueBytes)
                #expect((0.95...1.05).contains(part), "\(traffic) \(topic): \(part)")
            }
        }
    }

    /// What a member gets that joins the group.
    private func partitions(of number: Int, in rig: BenchRig) throws -> Int {
        let log = try BenchGroup.log(of: number, in: rig)
        defer { log.leave() }
        try log.join()
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if case .assigned(let partitions) = try log.poll(maxRecords: 1, timeoutMs: 100) { return partitions.count }
        }
        return 0
    }

    @Test func `two coordinators restore each its own share, and the figures say of how many they are`() async throws {
        var plan = BenchPlan()
        (plan.requests, plan.partitions, plan.coordinators, plan.rounds, plan.seconds) = (60, 2, 2, 2, 1)
        let rig = try await rig(plan)
        try rig.writeIdleSagas(500)
        let phase = try await rig.drain(records: 0, lanes: 2)
        #expect(phase.isFirstShare)
        // One that comes back alone finds its own half, which it would not have without the other's place in the group.
        #expect(try partitions(of: 1, in: rig) == 1)
        try await rig.close()
        let figures = try await RestoreRun.measure(kafka: rig.kafka, turn: rig.turn, plan: plan, sagas: 500)
        #expect(figures.coordinators == 2 && figures.sagas == 500)
        #expect(figures.bytesPerSaga != nil)
        #expect(figures.paced?.unfinished == 0)
    }
}
