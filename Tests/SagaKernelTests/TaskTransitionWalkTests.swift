import Testing

@testable import SagaKernel

/// Every row of the table, walked through a saga.
///
/// The walked task is `subject/erase` in the logs (or its verification). In front of it `gate` holds the logs closed
/// until it is completed, and `origin`, in the source, has failed: its late completion makes every sweep stale, and its
/// failure keeps the saga open whatever happens to the walked task.
@Suite struct TaskTransitionWalkTests {
    static let rows = TaskPhase.allCases.flatMap { phase in
        TaskTransition.Happening.allCases.map { Row(phase: phase, happening: $0) }
    }

    struct Row: CustomTestStringConvertible {
        let phase: TaskPhase
        let happening: TaskTransition.Happening
        var testDescription: String { "\(phase) on \(happening.rawValue)" }
    }

    @Test(arguments: rows)
    func `a saga does what the table says`(_ row: Row) {
        var walk = Self.walk(to: row.phase, for: row.happening)
        let path = Self.path(row.phase, row.happening)
        let before = walk.saga
        #expect(walk.phase(path) == row.phase)
        Self.happen(row.happening, path, &walk)
        let expected = ExpectedMoves.targets(Self.expectedMove(row))
        if expected.isEmpty {
            let message: Comment = "\(row.testDescription)"
            #expect(walk[path] == before.tasks[before.task(path: path) ?? 0], message)
            if Self.concernsSubjectOnly(row.happening) { Self.expectNothingElseChanged(before, walk.saga, message) }
        } else {
            let reached = Self.reached(path, row, before, walk)
            #expect(reached.contains { expected.contains($0) }, "reached \(reached)")
        }
    }

    private static func expectedMove(_ row: Row) -> Character {
        guard let moves = ExpectedMoves.rows.first(where: { $0.phase == row.phase })?.moves,
            let column = ExpectedMoves.columns.firstIndex(of: row.happening)
        else { return "?" }
        return Array(moves)[column]
    }

    /// A restarted task may be dispatched, or wait, by the same event: that it was blocked in between shows in its
    /// epoch or in a budget that is fresh.
    private static func reached(_ path: String, _ row: Row, _ before: Saga, _ walk: Walk) -> [TaskPhase] {
        let old = before.tasks[before.task(path: path) ?? 0]
        let new = walk[path]
        switch row.happening {
        case .replayed, .sweptAgain:
            let isFresh = new.failures == 0 && new.attempts <= 1 && new.completion == nil && new.error == nil
            let isNewEpoch = new.epoch == old.epoch + (old.attempts > 0 || old.phase.isSettled ? 1 : 0)
            return isFresh && isNewEpoch ? [.blocked, new.phase] : [new.phase]
        case .stageOpened, .eraseSucceeded, .timerDue, .ackCompleted, .ackPending, .ackFailed, .skipped, .attested,
            .cancelled:
            return [new.phase]
        }
    }

    /// Happenings that reach the saga as an event about this one task.
    private static func concernsSubjectOnly(_ happening: TaskTransition.Happening) -> Bool {
        switch happening {
        case .timerDue, .ackCompleted, .ackPending, .ackFailed, .replayed, .skipped, .attested: true
        case .stageOpened, .eraseSucceeded, .cancelled, .sweptAgain: false
        }
    }

    /// A refused command is remembered; that is all.
    private static func expectNothingElseChanged(_ before: Saga, _ after: Saga, _ message: Comment) {
        var before = before
        before.commandIDs = after.commandIDs
        #expect(before == after, message)
    }

    private static func path(_ phase: TaskPhase, _ happening: TaskTransition.Happening) -> String {
        if phase == .waiting(.reverify) { return "subject/verify-1" }
        return happening == .eraseSucceeded && phase == .blocked ? "subject/verify-1" : "subject/erase"
    }
}

extension TaskTransitionWalkTests {
    static func walk(to phase: TaskPhase, for happening: TaskTransition.Happening) -> Walk {
        var walk = Walk([
            .of("origin", .source), .of("gate", .sinks),
            .of("subject", .logs) {
                $0.settleMs = phase == .waiting(.settle) ? Milliseconds.hour : 0
                $0.reverifyMs = [Milliseconds.day]
            },
        ])
        walk.fail("origin/erase", .forbidden)
        if phase == .blocked, happening != .eraseSucceeded { return walk }
        if happening == .cancelled, phase == .blocked { return walk }
        walk.complete("gate/erase")
        enter(phase, &walk)
        return walk
    }

    private static func enter(_ phase: TaskPhase, _ walk: inout Walk) {
        switch phase {
        case .blocked, .dispatched, .waiting(.settle): break
        case .waiting(.operationRunning): walk.pend("subject/erase", .operationRunning, resumeIn: Milliseconds.hour)
        case .waiting(.retention): walk.pend("subject/erase", .retention, resumeIn: Milliseconds.hour)
        case .waiting(.awaitingOwner): walk.pend("subject/erase", .awaitingOwner, resumeIn: Milliseconds.hour)
        case .waiting(.throttled): walk.pend("subject/erase", .throttled, resumeIn: Milliseconds.hour)
        case .waiting(.retry): walk.fail("subject/erase", retryable: true)
        case .waiting(.reverify), .succeeded: walk.complete("subject/erase")
        case .failed: walk.fail("subject/erase")
        case .skipped: walk.skip("subject/erase")
        case .cancelled: walk.command(.cancel)
        }
    }

    static func happen(_ happening: TaskTransition.Happening, _ path: String, _ walk: inout Walk) {
        switch happening {
        case .stageOpened:
            // Every event looks for stages to open; an open one must find nothing left to start.
            if walk.phase(path) == .blocked { walk.complete("gate/erase") } else { walk.sleep(1) }
        case .eraseSucceeded:
            if path != "subject/erase", walk.phase(path) == .blocked {
                walk.complete("subject/erase")
            } else {
                applyDirectly(.eraseSucceeded, path, &walk)
            }
        case .timerDue: walk.sleep(walk[path].nextAt.map { $0.milliseconds(since: walk.now) } ?? 1)
        case .ackCompleted: walk.complete(path)
        case .ackPending: walk.pend(path, .throttled, resumeIn: Milliseconds.minute)
        case .ackFailed: walk.fail(path, retryable: true)
        case .replayed: walk.replay(path, scope: .all)
        case .skipped: walk.skip(path)
        case .attested: walk.attest(path)
        case .cancelled: walk.command(.cancel)
        case .sweptAgain: walk.complete("origin/erase")
        }
    }

    /// No event of a saga can bring these two together: an erasure succeeds once, and a verification is blocked until
    /// then.
    private static func applyDirectly(_ happening: TaskTransition.Happening, _ path: String, _ walk: inout Walk) {
        let now = walk.now
        guard let index = walk.saga.task(path: path) else { return }
        walk.change { saga in
            var directives = Directives()
            saga.apply(happening, to: index, now: now, &directives)
            #expect(directives.isEmpty)
        }
    }
}
