import SagaKernel
import Testing

@Suite struct HoldTests {
    @Test func `on hold nothing is dispatched and every timer waits`() {
        var walk = Walk([
            .of("a", .source), .of("b", .source) { $0.settleMs = Milliseconds.hour }, .of("c", .source),
        ])
        walk.fail("c/erase", retryable: true)
        walk.command(.hold)
        let count = walk.dispatches.count
        walk.sleep(5 * Milliseconds.day)
        #expect(walk.dispatches.count == count)
        #expect(walk.phase("a/erase") == .dispatched)
        #expect(walk.phase("b/erase") == .waiting(.settle))
        #expect(walk.phase("c/erase") == .waiting(.retry))
        #expect(walk.saga.state == .onHold)
    }

    @Test func `on hold acknowledgements still count`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks)])
        walk.command(.hold)
        walk.complete("a/erase")
        #expect(walk.phase("a/erase") == .succeeded)
        #expect(walk.phase("b/erase") == .blocked)
        walk.command(.release)
        #expect(walk.phase("b/erase") == .dispatched)
    }

    @Test func `a release does at once what fell due meanwhile`() {
        var walk = Walk([.of("a", .source), .of("b", .source)])
        walk.pend("a/erase", .operationRunning, resumeIn: Milliseconds.hour)
        walk.pend("b/erase", .operationRunning, resumeIn: 5 * Milliseconds.hour)
        walk.command(.hold)
        walk.sleep(2 * Milliseconds.hour)
        walk.command(.release)
        #expect(walk.phase("a/erase") == .dispatched)
        #expect(walk.phase("b/erase") == .waiting(.operationRunning))
        #expect(walk.saga.state == .inProgress)
    }

    @Test func `an acknowledgement deadline that passed on hold is not held against the worker`() {
        var walk = Walk([.of("a", .source) { $0.maxAttempts = 1 }])
        walk.command(.hold)
        walk.sleep(Milliseconds.day)
        walk.command(.release)
        #expect(walk["a/erase"].failures == 0)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: 15 * Milliseconds.minute))
        walk.sleep(15 * Milliseconds.minute)
        #expect(walk.phase("a/erase") == .failed)
    }

    @Test func `the deadline goes on while a saga is on hold`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks)])
        walk.command(.hold)
        walk.wait(40 * Milliseconds.day)
        #expect(walk.saga.deadline == .breached)
        #expect(walk.saga.nextWake(rules: walk.rules) == nil)
        #expect(walk.told.contains("sla_changed:at_risk"))
    }

    @Test func `a settle time that passed on hold does not make the end come sooner than now`() {
        var walk = Walk([.of("a", .source) { $0.settleMs = Milliseconds.hour }])
        walk.command(.hold)
        walk.sleep(5 * Milliseconds.hour)
        walk.command(.release)
        let expected = walk.now.adding(milliseconds: Milliseconds.hour)
        #expect(walk.saga.expectedCompletion(now: walk.now) == expected)

        // The same while it is still held: the remaining hour fits until exactly one hour before the deadline.
        var held = Walk([.of("a", .source) { $0.settleMs = Milliseconds.hour }])
        held.command(.hold)
        held.sleep(held.saga.due.milliseconds(since: held.now) - Milliseconds.hour)
        #expect(held.saga.deadline == .onTrack)
        held.sleep(1)
        #expect(held.saga.deadline == .atRisk)
    }

    @Test func `a replay on hold waits for the release`() {
        var walk = Walk([.of("a", .source) { $0.reverifyMs = [1] }])
        walk.complete("a/erase")
        walk.sleep(1)
        walk.fail("a/verify-1")
        walk.command(.hold)
        walk.replay()
        walk.sleep(Milliseconds.hour)
        #expect(walk.phase("a/verify-1") == .waiting(.reverify))
        walk.command(.release)
        #expect(walk.phase("a/verify-1") == .dispatched)
    }

    @Test func `what ended on hold ends with the release`() {
        var walk = Walk([.of("a", .source)])
        walk.command(.hold)
        walk.complete("a/erase")
        #expect(walk.saga.state == .onHold)
        #expect(walk.saga.finished == nil)
        walk.sleep(Milliseconds.hour)
        walk.command(.release)
        #expect(walk.saga.state == .completed)
        #expect(walk.saga.finished == walk.now)
    }

    @Test func `a cancelled hold is gone`() {
        var walk = Walk([.of("a", .source)])
        walk.command(.hold)
        walk.command(.cancel)
        #expect(walk.saga.state == .cancelled)
        #expect(!walk.saga.isHeld)
    }
}
