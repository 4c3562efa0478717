import Contract
import Dispatch
import Kafka
import RecordLog
import Telemetry

/// Memory and time of a restore. In a process of its own: what was used before could be used again, and would not be
/// seen.
enum RestoreRun {
    static func measure(
        kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, sagas: Int
    ) async throws -> BenchReport.Idle {
        let rig = try await BenchRig(kafka: kafka, turn: turn, plan: plan)
        let before = ProcessMetrics.residentBytes()
        try rig.writeIdleSagas(sagas)
        // The first lane's memory is the one that counts, and with it what the client kept from writing.
        var lanes: [BenchPhase] = []
        var readMs: [Int] = []
        for _ in 0..<plan.rounds {
            lanes.append(try await rig.drain(records: 0))
            readMs.append(try await BlockingCall.run { try readOnly(rig) })
        }
        let bytes = lanes.first?.residentBytes.flatMap { after in before.map { max(0, after - $0) } }
        // Before there is anything in the topics that its readers would have to read first.
        let paced = try await LatencyRun.paced(beside: rig)
        try rig.writeRequests()
        let busy = try await rig.drain(records: plan.requests)
        try rig.writeAcknowledgements()
        let acknowledged = try await rig.drain(records: plan.requests * plan.endpoints)
        try await rig.close()
        return BenchReport.Idle(
            sagas: sagas, endpoints: plan.endpoints, readyMs: median(lanes.map(\.readyMs)),
            restoreMs: median(lanes.map(\.restoreMs)), readMs: median(readMs), partitions: plan.partitions,
            bytesPerSaga: bytes.map { $0 / sagas },
            cpuUsPerRequest: (busy.cpuSeconds + acknowledged.cpuSeconds) * 1e6 / Double(plan.requests), paced: paced)
    }

    /// Milliseconds that the lane's own reader takes to hand out the topic, with nobody who looks at it.
    private static func readOnly(_ rig: BenchRig) throws -> Int {
        guard let reader = try KafkaLogReader.openAll(settings: rig.kafka, topic: rig.topics.sagas, for: .restore)
        else {
            throw CommandFailure.unreachable("the topic \(rig.topics.sagas) is gone")
        }
        defer { reader.close() }
        let began = DispatchTime.now().uptimeNanoseconds
        let bounds = try reader.highWatermarks()
        while try !zip(bounds, reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) {
            _ = try reader.poll(maxRecords: 10_000, timeoutMs: 100)
        }
        return Int((DispatchTime.now().uptimeNanoseconds - began) / 1_000_000)
    }
}
