import SagaKernel
import Testing

@Suite struct VerificationTests {
    private let day = Milliseconds.day

    private func sink(_ change: (inout Endpoint) -> Void = { _ in }) -> Walk {
        var endpoint = Endpoint.of("b", .sinks) { $0.reverifyMs = [Milliseconds.day, 28 * Milliseconds.day] }
        change(&endpoint)
        return Walk([endpoint, .of("c", .logs)])
    }

    @Test func `a verification starts its time after its own erasure succeeded`() {
        var walk = sink()
        walk.sleep(Milliseconds.hour)
        #expect(walk.phase("b/verify-1") == .blocked)
        walk.complete("b/erase")
        #expect(walk["b/verify-1"].nextAt == walk.now.adding(milliseconds: day))
        #expect(walk["b/verify-2"].nextAt == walk.now.adding(milliseconds: 28 * day))
        walk.sleep(day)
        #expect(walk.phase("b/verify-1") == .dispatched)
        #expect(walk.phase("b/verify-2") == .waiting(.reverify))
    }

    @Test func `the request is not completed before the last verification`() {
        var walk = sink()
        walk.complete("b/erase")
        walk.complete("c/erase")
        #expect(walk.saga.state == .inProgress)
        walk.sleep(day)
        walk.complete("b/verify-1", .absent)
        #expect(walk.saga.state == .inProgress)
        walk.sleep(27 * day)
        walk.complete("b/verify-2", .absent)
        #expect(walk.saga.state == .completed)
    }

    @Test func `data that came back begins its endpoint anew, and nothing else`() {
        var walk = sink()
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.complete("b/verify-1", .reappeared)
        #expect(walk.toldLast.contains("reappeared"))
        #expect(walk.phase("b/erase") == .dispatched)
        #expect(walk["b/erase"].epoch == 2)
        #expect(walk["b/erase"].attempts == 1)
        #expect(walk.phase("b/verify-1") == .blocked)
        #expect(walk["b/verify-1"].epoch == 2)
        #expect(walk.phase("b/verify-2") == .blocked)
        #expect(walk["b/verify-2"].epoch == 1)  // Never dispatched: no worker knows an epoch of it.
        #expect(walk.phase("c/erase") == .succeeded)
        #expect(walk["c/erase"].epoch == 1)
    }

    @Test func `after three rounds the verification has failed, and the erasure stands`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.complete("c/erase")
        for _ in 0..<3 {
            walk.complete("b/erase")
            walk.sleep(day)
            walk.complete("b/verify-1", .reappeared)
            #expect(walk.phase("b/erase") == .dispatched)
        }
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.complete("b/verify-1", .reappeared)
        #expect(walk.phase("b/verify-1") == .failed)
        #expect(walk.phase("b/erase") == .succeeded)
        #expect(walk["b/erase"].epoch == 4)
        #expect(walk.saga.state == .failed)
    }

    @Test func `the last word of a verification that failed for data that came back stands`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.rules.reappearancesMax = 0
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.complete("b/verify-1", .reappeared)
        #expect(walk.saga.state == .failed)
        let before = walk.saga
        for outcome in [Outcome.reappeared, .absent] {
            walk.complete("b/verify-1", outcome)
            #expect(walk.toldLast == ["ack_ignored:duplicate"])
            #expect(walk.saga == before)
        }
    }

    @Test func `a failed verification that turns out well heals its saga`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.fail("b/verify-1", .forbidden)
        #expect(walk.saga.state == .failed)
        walk.complete("b/verify-1", .absent)
        #expect(walk.saga.state == .completed)
    }

    @Test func `a replayed verification goes at once and gets its rounds back`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.rules.reappearancesMax = 1
        walk.complete("b/erase")
        walk.complete("c/erase")
        for _ in 0..<2 {
            walk.sleep(day)
            walk.complete("b/verify-1", .reappeared)
            walk.complete("b/erase")
        }
        #expect(walk.phase("b/verify-1") == .failed)
        walk.replay()
        walk.sleep(0)
        #expect(walk.phase("b/verify-1") == .dispatched)
        #expect(walk["b/verify-1"].epoch == 3)
        walk.complete("b/verify-1", .reappeared)
        #expect(walk.phase("b/erase") == .dispatched)
    }

    @Test func `a replayed erasure is verified anew`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.complete("b/verify-1", .absent)
        walk.replay("b/erase", scope: .all)
        #expect(walk.phase("b/erase") == .dispatched)
        #expect(walk.phase("b/verify-1") == .blocked)
        walk.complete("b/erase")
        #expect(walk.phase("b/verify-1") == .waiting(.reverify))
    }

    @Test func `data that came back in the source makes the later stages stale too`() {
        var walk = Walk([
            .of("a", .source) { $0.reverifyMs = [Milliseconds.day] },
            .of("b", .sinks) { $0.settleMs = Milliseconds.hour }, .of("c", .logs),
        ])
        walk.complete("a/erase")
        walk.sleep(Milliseconds.hour)
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.complete("a/verify-1", .reappeared)
        #expect(walk.phase("a/erase") == .dispatched)
        #expect(walk.phase("b/erase") == .blocked)
        #expect(walk.phase("c/erase") == .blocked)
        walk.complete("a/erase")
        let left = walk.now
        #expect(walk.stage(.source)?.leftAt == left)
        #expect(walk["b/erase"].nextAt == left.adding(milliseconds: Milliseconds.hour))
        #expect(walk["b/erase"].epoch == 2)
        #expect(walk.phase("a/verify-1") == .waiting(.reverify))
        walk.sleep(Milliseconds.hour)
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(day)
        walk.complete("a/verify-1", .absent)
        #expect(walk.saga.state == .completed)
    }

    @Test func `a verification whose erasure failed waits with it`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.fail("b/erase")
        walk.complete("c/erase")
        #expect(walk.phase("b/verify-1") == .blocked)
        #expect(walk.saga.state == .failed)
        walk.complete("b/erase")
        #expect(walk.saga.state == .inProgress)
        #expect(walk.phase("b/verify-1") == .waiting(.reverify))
    }

    @Test func `a skipped erasure is not verified`() {
        var walk = sink()
        walk.skip("b/erase")
        #expect(walk.phase("b/verify-1") == .skipped)
        #expect(walk.phase("b/verify-2") == .skipped)
        walk.complete("c/erase")
        #expect(walk.saga.state == .completedWithExceptions)
    }

    @Test func `a verification of a skipped erasure cannot be replayed without it`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.skip("b/erase")
        walk.complete("c/erase")
        walk.replay("b/verify-1", scope: .all)
        #expect(walk.toldLast == ["command_refused:nothing_failed"])
        #expect(walk.phase("b/verify-1") == .skipped)
        // Named first or last: the order of names in a command means nothing.
        walk.replay("b/verify-1", "b/erase", scope: .all)
        #expect(walk.phase("b/erase") == .dispatched)
        #expect(walk.phase("b/verify-1") == .blocked)
    }

    @Test func `a skipped erasure that is replayed is verified after all`() {
        var walk = sink { $0.reverifyMs = [Milliseconds.day] }
        walk.skip("b/erase")
        walk.replay("b/erase", scope: .all)
        #expect(walk.phase("b/erase") == .dispatched)
        #expect(walk.phase("b/verify-1") == .blocked)
    }

    @Test func `a stale sweep leaves no verification behind that nothing will ever start`() {
        var walk = Walk([
            .of("a", .source), .of("b", .sinks) { $0.reverifyMs = [Milliseconds.day] }, .of("c", .sinks),
        ])
        walk.fail("a/erase")
        walk.attest("b/verify-1")
        walk.skip("b/erase")
        walk.complete("c/erase")
        #expect(walk.saga.state == .failed)
        walk.complete("a/erase")
        walk.complete("c/erase")
        #expect(walk.saga.state == .completedWithExceptions)
        #expect(walk.saga.tasks.allSatisfy { $0.phase.isSettled })
    }
}
