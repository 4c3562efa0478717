import SagaKernel
import Testing

@Suite struct StaleSweepTests {
    private func walk() -> Walk {
        Walk([
            .of("a", .source), .of("a2", .source), .of("b", .sinks) { $0.settleMs = Milliseconds.hour },
            .of("b2", .sinks), .of("c", .logs) { $0.reverifyMs = [Milliseconds.day] },
        ])
    }

    @Test func `a source that succeeds after it had failed makes every later task stale`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a2/erase")
        walk.skip("b2/erase")
        walk.sleep(Milliseconds.hour)
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(Milliseconds.minute)
        walk.complete("a/erase")
        let healed = walk.now
        #expect(walk.toldLast.contains("swept_again:source"))
        // In stage order, and with its settle time counted from the new leaving.
        #expect(walk.phase("b/erase") == .waiting(.settle))
        #expect(walk["b/erase"].nextAt == healed.adding(milliseconds: Milliseconds.hour))
        #expect(walk["b/erase"].epoch == 2)
        #expect(walk.phase("c/erase") == .blocked)
        #expect(walk["c/erase"].epoch == 2)
        #expect(walk.phase("c/verify-1") == .blocked)
        // What a person decided stays, and what was done in the source too.
        #expect(walk.phase("b2/erase") == .skipped)
        #expect(walk["b2/erase"].epoch == 1)
        #expect(walk.phase("a2/erase") == .succeeded)
        #expect(walk["a2/erase"].epoch == 1)
        walk.sleep(Milliseconds.hour)
        walk.complete("b/erase")
        walk.complete("c/erase")
        walk.sleep(Milliseconds.day)
        walk.complete("c/verify-1", .absent)
        #expect(walk.saga.state == .completedWithExceptions)
    }

    @Test func `what was under way in a stale epoch changes nothing any more`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a2/erase")
        #expect(walk.phase("b2/erase") == .dispatched)
        walk.complete("a/erase")
        #expect(walk["b2/erase"].epoch == 2)
        let before = walk.saga
        walk.complete("b2/erase", epoch: 1)
        #expect(walk.saga == before)
        #expect(walk.toldLast == ["ack_ignored:older_epoch"])
    }

    @Test func `a task that no worker has seen keeps its epoch`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a2/erase")
        walk.complete("a/erase")
        #expect(walk["b/erase"].epoch == 1)
        #expect(walk["c/erase"].epoch == 1)
        #expect(walk["b2/erase"].epoch == 2)
    }

    @Test func `a source that succeeds in time makes nothing stale`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a/erase")
        walk.complete("a2/erase")
        #expect(!walk.told.contains("swept_again:source"))
        #expect(walk["b2/erase"].epoch == 1)
    }

    @Test func `a replayed source task that fails again makes nothing stale`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a2/erase")
        walk.complete("b2/erase")
        walk.replay("a/erase")
        #expect(walk.phase("a/erase") == .dispatched)
        walk.fail("a/erase")
        #expect(!walk.told.contains("swept_again:source"))
        walk.replay("a/erase")
        walk.complete("a/erase")
        #expect(walk.told.contains("swept_again:source"))
        #expect(walk["b2/erase"].epoch == 2)
    }

    @Test func `each source task that succeeds late sweeps once more`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.fail("a2/erase")
        walk.complete("a/erase")
        walk.complete("a2/erase")
        #expect(walk.told.filter { $0 == "swept_again:source" }.count == 2)
        #expect(walk["b2/erase"].epoch == 3)
    }

    @Test func `a source that waited for its owner sweeps again when the owner has answered`() {
        var walk = walk()
        walk.pend("a/erase", .awaitingOwner)
        walk.complete("a2/erase")
        #expect(walk.phase("b2/erase") == .dispatched)
        walk.attest("a/erase")
        #expect(walk["b2/erase"].epoch == 2)
    }

    @Test func `a sweep on hold waits for the release`() {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a2/erase")
        walk.complete("b2/erase")
        walk.command(.hold)
        let count = walk.dispatches.count
        walk.complete("a/erase")
        #expect(walk.phase("b2/erase") == .blocked)
        #expect(walk.dispatches.count == count)
        walk.command(.release)
        #expect(walk.phase("b2/erase") == .dispatched)
    }

    @Test(arguments: [["b2/erase", "a/erase"], ["a/erase", "b2/erase"]])
    func `the order of names in an attestation means nothing`(_ paths: [String]) {
        var walk = walk()
        walk.fail("a/erase")
        walk.complete("a2/erase")
        walk.command(.attest(tasks: paths, outcome: .attested, evidence: []))
        #expect(walk.phase("a/erase") == .succeeded)
        #expect(walk.phase("b2/erase") == .succeeded)
        #expect(walk.phase("b/erase") == .waiting(.settle))
    }
}
