import Testing

@testable import Coordinator
@testable import habeas

/// What lanes tell, told here by hand.
struct BenchMeterTests {
    private func restored(_ observer: any LaneObserver, ms: Int64, partitions: Int) {
        var progress = RestoreProgress(partitions: partitions, records: 0, remaining: 0, sagas: 0)
        progress.elapsedMs = ms / 2
        observer.restoreProgressed(progress)
        progress.elapsedMs = ms
        observer.restoreProgressed(progress)
        observer.assignmentAnswered(partitions: partitions)
    }

    @Test func `of lanes that restore at the same time the slowest counts`() throws {
        let meter = BenchMeter(records: 0, partitions: 4, lanes: 2)
        restored(meter.observer(lane: 1), ms: 700, partitions: 2)
        #expect(!meter.hasBegun)
        restored(meter.observer(lane: 0), ms: 300, partitions: 2)
        let phase = try #require(meter.phase)
        #expect(phase.restoreMs == 700)
        #expect(phase.isFirstShare)
    }

    @Test func `a lane that had all partitions before its own is told apart, and its last restore counts`() throws {
        let meter = BenchMeter(records: 0, partitions: 4, lanes: 2)
        restored(meter.observer(lane: 0), ms: 900, partitions: 4)
        #expect(meter.phase == nil)
        restored(meter.observer(lane: 0), ms: 300, partitions: 2)
        restored(meter.observer(lane: 1), ms: 400, partitions: 2)
        let phase = try #require(meter.phase)
        #expect(phase.restoreMs == 400)
        #expect(!phase.isFirstShare)
    }

    @Test func `what was worked off before all lanes were there is not counted`() throws {
        let phase = BenchPhase(
            records: 50, seconds: 2, cpuSeconds: 3, commits: 1, readyMs: 0, restoreMs: 0, isFirstShare: true,
            residentBytes: nil)
        let whole = try #require(phase.whole(of: 100))
        #expect(whole.seconds == 4 && whole.cpuSeconds == 6)
        // A tenth says nothing of the rest.
        #expect(phase.whole(of: 500) == nil)
    }
}
