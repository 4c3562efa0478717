import Synchronization
import Telemetry
import Testing

@testable import habeas

struct LaneTelemetryTests {
    /// A clock that shows what it was told.
    private final class Clock: Sendable {
        let ns = Atomic<UInt64>(0)
    }

    @Test func `silence is counted from the last look at the log, and a look ahead of the clock is no silence`() {
        let clock = Clock()
        clock.ns.store(5_000_000, ordering: .relaxed)
        let metrics = HabeasMetrics(version: "1", role: "coordinator")
        let telemetry = LaneTelemetry(index: 0, metrics: metrics.coordinator) { clock.ns.load(ordering: .relaxed) }
        clock.ns.store(12_000_000, ordering: .relaxed)
        #expect(telemetry.silenceMs == 7)
        telemetry.heartbeat()
        clock.ns.store(11_999_999, ordering: .relaxed)
        #expect(telemetry.silenceMs == 0)
    }
}
