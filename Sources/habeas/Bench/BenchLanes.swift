import Contract
import Coordinator
import Dispatch
import Kafka
import Logging
import RecordLog
import SagaKernel

/// Lanes under measurement: each with a name of its own in the coordinators' group, as if it were a process.
final class BenchLanes: Sendable {
    let meter: BenchMeter
    private let lanes: [LaneThread]

    /// - Parameter records: after so many the meter has its figures.
    init(_ rig: BenchRig, count: Int = 1, records: Int) {
        let meter = BenchMeter(records: records, partitions: rig.plan.partitions, lanes: count)
        self.meter = meter
        lanes = (0..<count).map { LaneThread(index: $0) }
        var settings = LaneSettings(topics: rig.topics)
        settings.turnRecordsMax = rig.turn.records
        settings.watchesForeignWrites = rig.turn.guarantee == .atLeastOnce
        for (number, lane) in lanes.enumerated() {
            let parts = Lane.Parts(
                settings: settings, subjectKey: rig.subjectKey, plans: LanePlans(plans: [BenchRig.hub: rig.hubPlan]),
                clock: SystemClock(), directory: EmptyDirectory(), observer: meter.observer(lane: number),
                logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }), source: BenchRig.source,
                owner: "bench.\(UInt64.random(in: 0 ... .max))")
            lane.start(parts: parts) { () throws(LogFailure) -> any LaneLog in
                try BenchGroup.log(of: number, in: rig)
            }
        }
        Task { [lanes] in
            for lane in lanes { _ = await lane.end() }
            meter.end()
        }
    }

    /// Waits until the lanes have all partitions.
    func ready() async throws { try await wait { $0.hasBegun } }

    /// Waits for the figures and ends the lanes.
    func drained() async throws -> BenchPhase {
        try await wait { $0.phase != nil }
        try await stop()
        guard let phase = meter.phase else { throw CommandFailure.internal("the lanes ended before their records did") }
        return phase
    }

    func stop() async throws {
        for lane in lanes { lane.mailbox.stop() }
        for lane in lanes {
            if case .failed(let failure) = await lane.end() { throw CommandFailure.unreachable(failure.explanation) }
        }
    }

    private func wait(until isDone: (BenchMeter) -> Bool) async throws {
        while !isDone(meter) {
            if meter.hasEnded {
                try await stop()
                throw CommandFailure.internal("the lanes ended before they were told to")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
