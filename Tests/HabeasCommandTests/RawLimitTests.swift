import Contract
import Kafka
import RecordLog
import SagaKernel
import Testing

@testable import habeas

/// What a lane is measured beside. On a broker that can make topics, which the embedded one cannot.
@Suite(BenchBroker.isNeeded)
struct RawLimitTests {
    private struct Traffic: Hashable {
        var records = 0
        var valueBytes = 0
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
        let rig = try await BenchBroker.rig()
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
            let rig = try await BenchBroker.rig()
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
}
