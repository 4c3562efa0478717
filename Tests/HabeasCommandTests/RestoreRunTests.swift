import Kafka
import RecordLog
import Testing

@testable import habeas

/// Memory and time of a restore, as the benchmark takes them.
@Suite(BenchBroker.isNeeded)
struct RestoreRunTests {
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
        let rig = try await BenchBroker.rig(plan)
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
