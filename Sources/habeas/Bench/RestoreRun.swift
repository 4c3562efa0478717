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
            lanes.append(try await rig.drain(records: 0, lanes: plan.coordinators))
            readMs.append(try await readOnly(rig))
        }
        // A lane that had others' partitions before its own has used the memory of all of them.
        let first = lanes.first.flatMap { $0.isFirstShare ? $0 : nil }
        let bytes = first?.residentBytes.flatMap { after in before.map { max(0, after - $0) } }
        // Before there is anything in the topics that its readers would have to read first.
        let paced = try await LatencyRun.paced(beside: rig)
        try rig.writeRequests()
        let busy = try await rig.drain(records: plan.requests, lanes: plan.coordinators)
            .whole(of: plan.requests)
        try rig.writeAcknowledgements()
        let answered = try await rig.drain(records: plan.requests * plan.endpoints, lanes: plan.coordinators)
            .whole(of: plan.requests * plan.endpoints)
        try await rig.close()
        let cpuSeconds = busy.flatMap { busy in answered.map { busy.cpuSeconds + $0.cpuSeconds } }
        return BenchReport.Idle(
            sagas: sagas, endpoints: plan.endpoints, readyMs: median(lanes.map(\.readyMs)),
            restoreMs: median(lanes.map(\.restoreMs)), readMs: median(readMs), partitions: plan.partitions,
            coordinators: plan.coordinators, bytesPerSaga: bytes.map { $0 / sagas },
            cpuUsPerRequest: cpuSeconds.map { $0 * 1e6 / Double(plan.requests) }, paced: paced)
    }

    /// Milliseconds that as many readers as there are coordinators take at the same time, each for its share of the
    /// partitions; the slowest one's.
    private static func readOnly(_ rig: BenchRig) async throws -> Int {
        let count = rig.plan.coordinators
        let shares = (0..<count).map { number in
            (0..<Int32(rig.plan.partitions)).filter { Int($0) % count == number }
        }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for share in shares { group.addTask { try await BlockingCall.run { try readOnly(share, of: rig) } } }
            return try await group.reduce(0, max)
        }
    }

    /// Milliseconds that the lane's own reader takes to hand out partitions, with nobody who looks at them.
    private static func readOnly(_ partitions: [Int32], of rig: BenchRig) throws -> Int {
        let reader = try KafkaLogReader.open(
            settings: rig.kafka, topic: rig.topics.sagas, partitions: partitions, for: .restore)
        defer { reader.close() }
        let began = DispatchTime.now().uptimeNanoseconds
        let bounds = try reader.highWatermarks()
        while try !zip(bounds, reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) {
            _ = try reader.poll(maxRecords: 10_000, timeoutMs: 100)
        }
        return Int((DispatchTime.now().uptimeNanoseconds - began) / 1_000_000)
    }
}
