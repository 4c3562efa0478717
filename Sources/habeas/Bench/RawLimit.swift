import Contract
import Dispatch
import Foundation
import Kafka
import RecordLog

/// What the client itself can do with a coordinator's traffic on this broker, with no coordinator in it.
///
/// A request with eight endpoints costs nine records in (the request, eight acknowledgements) and fourteen out (eight
/// tasks, and twice a snapshot, a status and a timeline record). Exactly that traffic goes through one consumer and one
/// producer in the lane's own batches and commits; nothing is decided or remembered. What a lane costs beside it is its
/// own.
struct RawLimit {
    /// How much of a coordinator's records the traffic has.
    enum Traffic {
        /// Bytes of the right number, which nobody reads, and three headers: nobody could say what a record is with
        /// less. The client allocates each header by itself, so that they are a good part of what a record costs.
        case leanest
        /// The same with the contract's headers, in the lengths that a lane writes.
        case headers
        /// The contract's records: what comes in is read, and what goes out is written, as a lane does it. Whoever
        /// wants to take less than this of a machine needs other records.
        case records
    }

    /// Of a record that comes in.
    private static let inputBytes = 300

    private let rig: BenchRig
    private let traffic: Traffic
    private var recordsIn: Int { rig.plan.requests * (rig.plan.endpoints + 1) }

    /// Measures in topics of its own.
    static func measure(
        kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, traffic: Traffic
    ) async throws -> BenchPhase {
        let rig = try await BenchRig(kafka: kafka, turn: turn, plan: plan)
        let phase = try await RawLimit(rig: rig, traffic: traffic).drained()
        try await rig.close()
        return phase
    }

    /// - Parameter rig: whose topics nothing was written to yet.
    init(rig: BenchRig, traffic: Traffic) {
        self.rig = rig
        self.traffic = traffic
    }

    /// Writes what is to be read, and works it off.
    func drained() async throws -> BenchPhase {
        try writeInput()
        return try await BlockingCall.run { try drain() }
    }

    private func writeInput() throws {
        if traffic == .records {
            try rig.writeRequests()
            return try rig.writeAcknowledgements()
        }
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: Self.inputBytes)
        for request in 0..<rig.plan.requests {
            let key = Array("\(request)".utf8)
            for _ in 0...rig.plan.endpoints {
                try rig.producer.enqueue(
                    topic: rig.topics.requests, partition: rig.home(of: request), key: key, value: value)
            }
        }
        try rig.producer.flush()
    }

    private func drain() throws -> BenchPhase {
        let log = try KafkaLaneLog(
            settings: rig.kafka, group: rig.topics.coordinatorGroup, instance: "raw", lane: 0,
            inputs: rig.topics.inputs, gatherMs: Int(rig.turn.commitIntervalMs))
        defer { log.leave() }
        let writer = try answering(log)
        let created = DispatchTime.now().uptimeNanoseconds
        var began: (at: UInt64, cpu: Double)?
        var (seen, commits) = (0, 0)
        var lastProgress = Date()
        try log.join()
        while seen < recordsIn {
            guard -lastProgress.timeIntervalSinceNow < BenchGroup.patienceSeconds else {
                throw CommandFailure.unreachable("the broker brought nothing for \(Int(BenchGroup.patienceSeconds)) s")
            }
            switch try log.poll(maxRecords: rig.turn.records, timeoutMs: 100) {
            case .nothing: continue
            case .revoked: try log.unassign()
            case .assigned(let partitions):
                try BenchGroup.assign(partitions, log)
                began = began ?? (DispatchTime.now().uptimeNanoseconds, BenchMeter.cpuSeconds)
            case .records(let records):
                try writer.answer(records)
                seen += records.count
                commits += 1
            }
            lastProgress = Date()
        }
        guard let start = began else { throw CommandFailure.internal("records came without an assignment") }
        return BenchPhase(
            records: seen, seconds: Double(DispatchTime.now().uptimeNanoseconds - start.at) / 1e9,
            cpuSeconds: BenchMeter.cpuSeconds - start.cpu, commits: commits,
            readyMs: Int((start.at - created) / 1_000_000), restoreMs: 0, isFirstShare: true, residentBytes: nil)
    }

    private func answering(_ log: KafkaLaneLog) throws -> any RawAnswering {
        switch traffic {
        case .leanest: try RawBytes(log: log, rig: rig, headers: .leanest)
        case .headers: try RawBytes(log: log, rig: rig, headers: .contract(rig))
        case .records: try RawRecords(log: log, rig: rig)
        }
    }
}
