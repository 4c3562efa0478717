import SagaKernel
import Testing

@Suite struct AcknowledgementTests {
    /// What is told, and that nothing else happened.
    private func expectIgnored(_ walk: inout Walk, _ code: String, _ body: (inout Walk) -> Void) {
        let before = walk.saga
        body(&walk)
        #expect(walk.saga == before)
        #expect(walk.toldLast == ["ack_ignored:\(code)"])
    }

    @Test func `a late completion heals a failed saga`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase", .forbidden)
        #expect(walk.saga.state == .failed)
        walk.sleep(Milliseconds.day)
        walk.complete("a/erase")
        #expect(walk.saga.state == .completed)
        #expect(walk["a/erase"].error == nil)
        #expect(walk.saga.finished == walk.now)
    }

    @Test func `a completion of an older attempt of the epoch counts`() {
        var walk = Walk([.of("a", .source)])
        walk.sleep(15 * Milliseconds.minute)
        #expect(walk["a/erase"].attempts == 2)
        walk.complete("a/erase", attempt: 1)
        #expect(walk.saga.state == .completed)
    }

    @Test func `the first completion stands`() {
        var walk = Walk([.of("a", .source), .of("b", .source)])
        walk.complete("a/erase", .erased)
        expectIgnored(&walk, "duplicate") { $0.complete("a/erase", .alreadyAbsent) }
        expectIgnored(&walk, "settled") { $0.fail("a/erase", retryable: true) }
        expectIgnored(&walk, "settled") { $0.pend("a/erase") }
        #expect(walk["a/erase"].completion?.outcome == .erased)
    }

    @Test func `pending and failed count only for the current attempt`() {
        var walk = Walk([.of("a", .source)])
        walk.sleep(15 * Milliseconds.minute)
        expectIgnored(&walk, "older_attempt") { $0.fail("a/erase", attempt: 1) }
        expectIgnored(&walk, "unknown_attempt") { $0.fail("a/erase", attempt: 3) }
        let pending = Acknowledgement.Verdict.pending(.retention, resumeAt: nil, continuation: nil)
        expectIgnored(&walk, "older_attempt") { $0.say("a/erase", pending, attempt: 1) }
        expectIgnored(&walk, "unknown_attempt") { $0.say("a/erase", pending, attempt: 3) }
    }

    @Test func `an older epoch and one that never was change nothing`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase")
        walk.replay()
        #expect(walk["a/erase"].epoch == 2)
        expectIgnored(&walk, "older_epoch") { $0.complete("a/erase", epoch: 1) }
        expectIgnored(&walk, "unknown_epoch") { $0.complete("a/erase", epoch: 3) }
        expectIgnored(&walk, "older_epoch") { $0.fail("a/erase", epoch: 1) }
    }

    @Test func `a task that was never dispatched or is not in the plan cannot be done`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks), .of("c", .logs) { $0.settleMs = Milliseconds.hour }])
        expectIgnored(&walk, "not_dispatched") { $0.complete("b/erase", attempt: 1) }
        for path in ["nowhere/erase", "a/export", "a/verify-1", "a", "", "/"] {
            expectIgnored(&walk, "unknown_task") { $0.complete(path) }
        }
        walk.complete("a/erase")
        walk.complete("b/erase")
        #expect(walk.phase("c/erase") == .waiting(.settle))
        expectIgnored(&walk, "not_dispatched") { $0.complete("c/erase", attempt: 1) }
    }

    @Test func `a skipped task, a cancelled task and an ended saga stay as they are`() {
        var walk = Walk([.of("a", .source), .of("b", .source)])
        walk.skip("a/erase")
        expectIgnored(&walk, "skipped") { $0.complete("a/erase") }
        walk.complete("b/erase")
        #expect(walk.saga.state == .completedWithExceptions)
        expectIgnored(&walk, "ended") { $0.complete("a/erase") }
        expectIgnored(&walk, "duplicate") { $0.complete("b/erase") }

        var cancelled = Walk([.of("a", .source), .of("b", .source)])
        cancelled.fail("a/erase")
        cancelled.command(.cancel)
        expectIgnored(&cancelled, "ended") { $0.complete("b/erase") }
        expectIgnored(&cancelled, "ended") { $0.complete("a/erase") }
    }

    @Test func `a redelivered failure spends the budget once`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase", retryable: true)
        for _ in 0..<20 { expectIgnored(&walk, "duplicate") { $0.fail("a/erase", retryable: true) } }
        expectIgnored(&walk, "contradicted") { $0.pend("a/erase") }
        #expect(walk["a/erase"].failures == 1)
    }

    @Test func `a completion between two attempts still counts`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase", retryable: true)
        walk.complete("a/erase")
        #expect(walk.saga.state == .completed)
    }

    @Test func `a failure after pending of the same attempt counts once`() {
        var walk = Walk([.of("a", .source)])
        walk.pend("a/erase", .operationRunning)
        walk.fail("a/erase", retryable: true)
        #expect(walk["a/erase"].failures == 1)
        #expect(walk.phase("a/erase") == .waiting(.retry))
    }

    @Test func `a second pending of the attempt renews the wait`() {
        var walk = Walk([.of("a", .source)])
        walk.pend("a/erase", .operationRunning, resumeIn: Milliseconds.hour, continuation: "one")
        walk.pend("a/erase", .retention, resumeIn: Milliseconds.day, continuation: "two")
        #expect(walk.phase("a/erase") == .waiting(.retention))
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: Milliseconds.day))
        #expect(walk["a/erase"].continuation == "two")
        #expect(walk["a/erase"].attempts == 1)
    }

    /// Which outcomes an action can have.
    static let fitting: [(RequestType, String, Set<Outcome>)] = [
        (.erasure, "a/erase", [.erased, .alreadyAbsent, .noData, .expired, .attested, .notApplicable]),
        (.access, "a/export", [.exported, .alreadyAbsent, .noData, .expired, .attested, .notApplicable]),
        (.erasure, "a/verify-1", [.absent, .reappeared, .noData, .expired, .attested, .notApplicable]),
    ]

    @Test(arguments: fitting)
    func `an outcome that does not fit the action is a failed attempt, not an end`(
        _ type: RequestType, _ path: String, _ fitting: Set<Outcome>
    ) {
        for outcome in Outcome.allCases {
            var walk = Walk([.of("a", .source) { $0.reverifyMs = [1] }], type: type)
            if path == "a/verify-1" {
                walk.complete("a/erase")
                walk.sleep(1)
            }
            walk.complete(path, outcome)
            if fitting.contains(outcome) {
                #expect(walk.phase(path) != .waiting(.retry), "\(outcome)")
            } else {
                #expect(walk.phase(path) == .waiting(.retry), "\(outcome)")
                #expect(walk[path].error?.code == .internal)
            }
        }
    }

    @Test func `an unfitting outcome counts like the failure that it is: for its attempt, and once`() {
        var walk = Walk([.of("a", .source)])
        walk.complete("a/erase", .exported)
        #expect(walk["a/erase"].failures == 1)
        for _ in 0..<20 { expectIgnored(&walk, "duplicate") { $0.complete("a/erase", .exported) } }
        walk.wait(Milliseconds.minute)
        #expect(walk["a/erase"].attempts == 2)
        expectIgnored(&walk, "older_attempt") { $0.complete("a/erase", .exported, attempt: 1) }
        walk.fail("a/erase")
        expectIgnored(&walk, "settled") { $0.complete("a/erase", .exported) }
        walk.complete("a/erase", .erased)
        #expect(walk.saga.state == .completed)
    }
}
