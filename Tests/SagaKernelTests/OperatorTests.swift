import SagaKernel
import Testing

@Suite struct OperatorTests {
    private func expectRefused(_ walk: inout Walk, _ why: String, _ body: (inout Walk) -> Void) {
        var expected = walk.saga
        body(&walk)
        expected.commandIDs = walk.saga.commandIDs
        #expect(walk.toldLast == ["command_refused:\(why)"])
        #expect(walk.saga == expected)
    }

    @Test func `cancelling stops what is outstanding and leaves what was done`() {
        var walk = Walk([.of("a", .source), .of("b", .source), .of("c", .source), .of("d", .sinks)])
        walk.complete("a/erase")
        walk.fail("b/erase")
        walk.command(.cancel)
        #expect(walk.saga.tasks.map(\.phase) == [.succeeded, .failed, .cancelled, .cancelled])
        #expect(walk.saga.state == .cancelled)
        #expect(walk.saga.finished == walk.now)
        let count = walk.dispatches.count
        walk.wait(40 * Milliseconds.day)
        #expect(walk.dispatches.count == count)
    }

    @Test func `skipping needs a task and a reason`() {
        var walk = Walk([.of("a", .source), .of("b", .source)])
        expectRefused(&walk, "no_task") { $0.skip() }
        let a = "a/erase"
        expectRefused(&walk, "reason_required") { $0.command(.skip(tasks: [a]), reason: nil) }
        expectRefused(&walk, "reason_required") { $0.command(.skip(tasks: [a]), reason: "") }
        walk.complete("a/erase")
        expectRefused(&walk, "already_settled") { $0.skip("a/erase") }
        // All or nothing: one bad name keeps the others from being skipped.
        expectRefused(&walk, "already_settled") { $0.skip("b/erase", "a/erase") }
        expectRefused(&walk, "unknown_task") { $0.skip("b/erase", "nowhere/erase") }
        expectRefused(&walk, "unknown_task") { $0.skip("\($0.saga.id)/b/erase") }
        walk.skip("b/erase", "b/erase")
        #expect(walk.saga.state == .completedWithExceptions)
    }

    @Test func `attesting settles a task in the owner's words`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks)])
        expectRefused(&walk, "no_task") { $0.attest() }
        expectRefused(&walk, "outcome_mismatch") { $0.attest("a/erase", outcome: .exported) }
        expectRefused(&walk, "outcome_mismatch") { $0.attest("a/erase", outcome: .reappeared) }
        let evidence = [Evidence(name: "ticket", value: "INC-42")]
        walk.command(.attest(tasks: ["a/erase"], outcome: .attested, evidence: evidence))
        #expect(walk["a/erase"].completion?.outcome == .attested)
        #expect(walk["a/erase"].completion?.evidence == evidence)
        #expect(walk.phase("b/erase") == .dispatched)
        expectRefused(&walk, "already_settled") { $0.attest("a/erase") }
        walk.skip("b/erase")
        #expect(walk.saga.state == .completedWithExceptions)
    }

    @Test func `attesting a skipped or a failed task settles it`() {
        var walk = Walk([.of("a", .source), .of("b", .source), .of("c", .source)])
        walk.skip("a/erase")
        walk.fail("b/erase")
        walk.attest("a/erase", "b/erase")
        #expect(walk.phase("a/erase") == .succeeded)
        #expect(walk.phase("b/erase") == .succeeded)
        walk.complete("c/erase")
        #expect(walk.saga.state == .completed)
    }

    @Test func `a command is taken once`() {
        var walk = Walk([.of("a", .source)])
        walk.command(.hold, id: "one")
        let before = walk.saga
        walk.command(.release, id: "one")
        #expect(walk.saga == before)
        #expect(walk.last.isEmpty)
    }

    @Test func `a refused command is not taken later either`() {
        var walk = Walk([.of("a", .source)])
        walk.command(.release, id: "one")
        #expect(walk.toldLast == ["command_refused:not_on_hold"])
        walk.command(.hold)
        walk.command(.release, id: "one")
        #expect(walk.last.isEmpty)
        #expect(walk.saga.state == .onHold)
    }

    @Test func `as many commands are remembered as the rules say`() {
        var walk = Walk([.of("a", .source)])
        walk.rules.rememberedCommandsMax = 3
        for id in ["1", "2", "3", "4"] { walk.command(.release, id: id) }
        #expect(walk.saga.commandIDs == ["2", "3", "4"])
    }

    @Test func `the timeline tells who asked for what and why`() {
        var walk = Walk([.of("a", .source)])
        walk.command(.hold, reason: "litigation", id: "one")
        let event = walk.timeline.first { $0.kind == .commandApplied }
        #expect(event?.commandID == "one")
        #expect(event?.operator == "dana")
        #expect(event?.reason == "litigation")
        #expect(event?.code == "hold")
    }

    @Test func `a replay begins what has failed anew, with a fresh budget`() {
        var walk = Walk([.of("a", .source) { $0.maxAttempts = 2 }, .of("b", .source), .of("c", .source)])
        walk.wait(Milliseconds.hour)
        #expect(walk.phase("a/erase") == .failed)
        walk.complete("b/erase")
        let third = walk["c/erase"]
        walk.replay()
        #expect(walk["a/erase"].epoch == 2)
        #expect(walk["a/erase"].attempts == 1)
        #expect(walk["a/erase"].failures == 0)
        #expect(walk.phase("b/erase") == .succeeded)
        #expect(walk["c/erase"] == third)
        walk.wait(Milliseconds.hour)
        #expect(walk.dispatches(of: "a/erase").map(\.attempt) == [1, 2, 1, 2])
        #expect(walk.dispatches(of: "a/erase").map(\.epoch) == [1, 1, 2, 2])
    }

    @Test func `a replay names tasks that have failed`() {
        var walk = Walk([.of("a", .source), .of("b", .source)])
        expectRefused(&walk, "nothing_failed") { $0.replay() }
        walk.fail("a/erase")
        walk.fail("b/erase")
        walk.replay("b/erase")
        #expect(walk.phase("a/erase") == .failed)
        #expect(walk.phase("b/erase") == .dispatched)
        expectRefused(&walk, "nothing_failed") { $0.replay("b/erase") }
        expectRefused(&walk, "unknown_task") { $0.replay("nowhere/erase") }
    }

    @Test func `a replay of everything takes skipped tasks back`() {
        var walk = Walk([.of("a", .source), .of("b", .source)])
        walk.complete("a/erase")
        walk.skip("b/erase")
        walk.replay(scope: .all)
        #expect(walk.saga.tasks.map(\.phase) == [.dispatched, .dispatched])
        #expect(walk.saga.tasks.map(\.epoch) == [2, 2])
    }
}
