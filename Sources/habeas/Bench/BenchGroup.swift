import Contract
import Foundation
import Kafka
import RecordLog

/// The coordinators' group of a benchmark before anything is measured.
enum BenchGroup {
    /// How long the group may take to give partitions, and then each batch to come.
    static let patienceSeconds = 60.0

    /// Lets the members share the partitions, and leave.
    ///
    /// Members of a group that have once shared its partitions find them again when they come back, so that all of them
    /// are there from the first record on, and none has to restore what is another's. They restore nothing here.
    static func share(_ rig: BenchRig, among count: Int) throws {
        let logs = try (0..<count).map { try log(of: $0, in: rig) }
        defer { for log in logs { log.leave() } }
        for log in logs { try log.join() }
        var held = Array(repeating: 0, count: count)
        let deadline = Date(timeIntervalSinceNow: patienceSeconds)
        while held.contains(0) || held.reduce(0, +) != rig.plan.partitions {
            guard Date() < deadline else {
                throw CommandFailure.unreachable(
                    "\(count) members did not share the partitions within \(Int(patienceSeconds)) s")
            }
            for (number, log) in logs.enumerated() {
                switch try log.poll(maxRecords: 1, timeoutMs: 5) {
                // Nothing is committed, so that whoever comes back reads it anew.
                case .nothing, .records: continue
                case .revoked:
                    try log.unassign()
                    held[number] = 0
                case .assigned(let partitions):
                    try assign(partitions, log)
                    held[number] = partitions.count
                }
            }
        }
    }

    /// What a lane with this number works on, under the same name each time.
    static func log(of number: Int, in rig: BenchRig) throws(LogFailure) -> KafkaLaneLog {
        var kafka = rig.kafka
        // A member hears with its heartbeat that another has come: not to wait for that for seconds.
        kafka.sessionTimeoutMs = max(10_000, kafka.transactionTimeoutMs)
        return try KafkaLaneLog(
            settings: kafka, group: rig.topics.coordinatorGroup, instance: "bench-\(number)", lane: 0,
            inputs: rig.topics.inputs, gatherMs: Int(rig.turn.commitIntervalMs))
    }

    /// A coordinator of the group that has just begun asks to try again.
    static func assign(_ partitions: [Int32], _ log: KafkaLaneLog) throws {
        let deadline = Date(timeIntervalSinceNow: patienceSeconds)
        while true {
            do throws(LogFailure) { return try log.assign(partitions: partitions) } catch {
                guard case .retriable = error, Date() < deadline else { throw error }
            }
        }
    }
}
