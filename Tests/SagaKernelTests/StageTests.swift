import SagaKernel
import Testing

@Suite struct StageTests {
    struct Row: CustomTestStringConvertible {
        let stage: Stage
        let phase: TaskPhase
        let isLeft: Bool
        var testDescription: String { "\(stage.name) with a task \(phase)" }
    }

    /// Contract: source is left when its tasks are settled or await their owner; sinks also when they are pending for
    /// retention or an accepted operation.
    static let rows: [Row] = [Stage.source, .sinks, .logs].flatMap { stage in
        let always: [TaskPhase] = [.succeeded, .failed, .skipped]
        let owner: [TaskPhase] = stage == .logs ? [] : [.waiting(.awaitingOwner)]
        let slow: [TaskPhase] = stage == .sinks ? [.waiting(.retention), .waiting(.operationRunning)] : []
        return TaskPhase.allCases.filter { $0 != .cancelled && $0 != .waiting(.reverify) && $0 != .blocked }
            .map { Row(stage: stage, phase: $0, isLeft: (always + owner + slow).contains($0)) }
    }

    @Test(arguments: rows)
    func `a stage is left for the reasons of the contract and no others`(_ row: Row) {
        var walk = Walk([
            .of("slow", row.stage) { $0.settleMs = row.phase == .waiting(.settle) ? Milliseconds.hour : 0 },
            .of("done", row.stage),
        ])
        if walk.phase("done/erase") == .dispatched { walk.complete("done/erase") }
        switch row.phase {
        case .waiting(.retry): walk.fail("slow/erase", retryable: true)
        case .waiting(.operationRunning): walk.pend("slow/erase", .operationRunning)
        case .waiting(.retention): walk.pend("slow/erase", .retention)
        case .waiting(.awaitingOwner): walk.pend("slow/erase", .awaitingOwner)
        case .waiting(.throttled): walk.pend("slow/erase", .throttled)
        case .succeeded: walk.complete("slow/erase")
        case .failed: walk.fail("slow/erase")
        case .skipped: walk.skip("slow/erase")
        case .blocked, .dispatched, .waiting(.settle), .waiting(.reverify), .cancelled: break
        }
        #expect(walk.phase("slow/erase") == row.phase)
        #expect((walk.stage(row.stage)?.leftAt != nil) == row.isLeft)
        #expect(walk.told.contains("stage_left:\(row.stage.name)") == row.isLeft)
    }

    @Test func `nothing of a later stage is dispatched before the earlier one is left`() {
        var walk = Walk([.of("c", .logs), .of("b", .sinks), .of("a", .source)])
        #expect(walk.saga.tasks.map(\.phase) == [.blocked, .blocked, .dispatched])
        walk.complete("a/erase")
        #expect(walk.saga.tasks.map(\.phase) == [.blocked, .dispatched, .succeeded])
        walk.complete("b/erase")
        #expect(walk.saga.tasks.map(\.phase) == [.dispatched, .succeeded, .succeeded])
        walk.complete("c/erase")
        #expect(walk.saga.state == .completed)
    }

    @Test func `one dead endpoint does not hold up the healthy ones`() {
        var walk = Walk([.of("dead", .source), .of("alive", .source), .of("sink", .sinks)])
        walk.fail("dead/erase", .forbidden)
        walk.complete("alive/erase")
        #expect(walk.phase("sink/erase") == .dispatched)
        walk.complete("sink/erase")
        #expect(walk.saga.state == .failed)
        #expect(walk.saga.finished == nil)
    }

    @Test func `a week of retention does not hold up the logs, and the request waits for it all the same`() {
        var walk = Walk([.of("queue", .sinks), .of("workspace", .logs)])
        walk.pend("queue/erase", .retention, resumeIn: 7 * Milliseconds.day)
        #expect(walk.phase("workspace/erase") == .dispatched)
        walk.complete("workspace/erase")
        #expect(walk.saga.state == .inProgress)
        walk.sleep(7 * Milliseconds.day)
        #expect(walk.phase("queue/erase") == .dispatched)
        walk.complete("queue/erase", .expired)
        #expect(walk.saga.state == .completed)
    }

    @Test func `settle counts from the moment the stage before was left`() {
        let settleMs = 12 * Milliseconds.minute
        var walk = Walk([.of("a", .source), .of("b", .sinks) { $0.settleMs = settleMs }, .of("c", .logs)])
        walk.sleep(5 * Milliseconds.minute)
        walk.complete("a/erase")
        let left = walk.now
        #expect(walk.phase("b/erase") == .waiting(.settle))
        #expect(walk["b/erase"].nextAt == left.adding(milliseconds: settleMs))
        walk.sleep(settleMs - 1)
        #expect(walk.dispatches(of: "b/erase").isEmpty)
        walk.sleep(1)
        #expect(walk.dispatches(of: "b/erase").count == 1)
    }

    @Test func `settle in the first stage counts from the reception`() {
        let walk = Walk([.of("a", .source) { $0.settleMs = Milliseconds.hour }])
        #expect(walk["a/erase"].nextAt == Timestamp.start.adding(milliseconds: Milliseconds.hour))
    }

    @Test func `a replayed task does not settle again`() {
        var walk = Walk([.of("b", .sinks) { $0.settleMs = Milliseconds.hour }])
        walk.sleep(Milliseconds.hour)
        walk.fail("b/erase")
        walk.replay()
        #expect(walk.phase("b/erase") == .dispatched)
        walk.complete("b/erase")
        walk.replay(scope: .all)
        #expect(walk.phase("b/erase") == .dispatched)
        #expect(walk["b/erase"].epoch == 3)
    }

    @Test func `a replay of everything opens the stages in order once more`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks), .of("c", .logs)])
        for path in ["a/erase", "b/erase", "c/erase"] { walk.complete(path) }
        #expect(walk.saga.state == .completed)
        walk.sleep(Milliseconds.hour)
        walk.replay(scope: .all)
        #expect(walk.saga.state == .inProgress)
        #expect(walk.saga.finished == nil)
        #expect(walk.saga.tasks.map(\.phase) == [.dispatched, .blocked, .blocked])
        #expect(walk.saga.tasks.map(\.epoch) == [2, 2, 2])
        for path in ["a/erase", "b/erase", "c/erase"] { walk.complete(path) }
        #expect(walk.saga.state == .completed)
    }

    @Test func `the shown stages tell blocked, running and done apart`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks) { $0.reverifyMs = [1] }, .of("c", .logs)])
        func shown() -> [String] { walk.saga.stageStates.map { "\($0.stage.name) \($0.state.rawValue)" } }
        #expect(shown() == ["source running", "sinks blocked", "logs blocked", "verify blocked"])
        walk.complete("a/erase")
        walk.pend("b/erase", .operationRunning)
        #expect(shown() == ["source done", "sinks running", "logs running", "verify blocked"])
        walk.complete("b/erase")
        walk.complete("c/erase")
        #expect(shown() == ["source done", "sinks done", "logs done", "verify running"])
        walk.sleep(1)
        walk.complete("b/verify-1", .absent)
        #expect(shown() == ["source done", "sinks done", "logs done", "verify done"])
    }
}
