import SagaKernel
import Testing

/// What the contract demands of a task in every phase, written down apart from the code: a row a phase, a column a
/// happening.
enum ExpectedMoves {
    /// One letter a move:
    /// `.` nothing, `s` start, `a` arm, `d` dispatch again, `t` time out, `+` succeed, `w` wait, `f` fail,
    /// `r` restart, `k` skip, `c` cancel.
    static let columns: [TaskTransition.Happening] = [
        .stageOpened, .eraseSucceeded, .timerDue, .ackCompleted, .ackPending, .ackFailed, .replayed, .skipped,
        .attested, .cancelled, .sweptAgain,
    ]

    static let rows: [(phase: TaskPhase, moves: String)] = [
        (.blocked, "sa....rk+cr"),
        (.dispatched, "..t+wfrk+cr"),
        (.waiting(.operationRunning), "..d+wfrk+cr"),
        (.waiting(.retention), "..d+wfrk+cr"),
        (.waiting(.awaitingOwner), "..d+wfrk+cr"),
        (.waiting(.throttled), "..d+wfrk+cr"),
        // The attempt is counted already: only a completion can still change it.
        (.waiting(.retry), "..d+..rk+cr"),
        (.waiting(.settle), "..d...rk+cr"),
        (.waiting(.reverify), "..d...rk+cr"),
        (.succeeded, "......r...r"),
        (.failed, "...+..rk+.r"),
        (.skipped, "......r.+.."),
        (.cancelled, "..........."),
    ]

    /// Why nothing is done, for acknowledgements: the codes that a reader of the timeline sees.
    static let ignoredAcknowledgements: [(phase: TaskPhase, completed: String?, pending: String?, failed: String?)] = [
        (.blocked, "not_dispatched", "not_dispatched", "not_dispatched"),
        (.waiting(.retry), nil, "contradicted", "duplicate"),
        (.waiting(.settle), "not_dispatched", "not_dispatched", "not_dispatched"),
        (.waiting(.reverify), "not_dispatched", "not_dispatched", "not_dispatched"),
        (.succeeded, "duplicate", "settled", "settled"),
        (.failed, nil, "settled", "settled"),
        (.skipped, "skipped", "skipped", "skipped"),
        (.cancelled, "cancelled", "cancelled", "cancelled"),
    ]

    static func letter(_ move: TaskTransition.Move) -> Character {
        switch move {
        case .ignore: "."
        case .start: "s"
        case .arm: "a"
        case .dispatchAgain: "d"
        case .timeOut: "t"
        case .succeed: "+"
        case .await: "w"
        case .fail: "f"
        case .restart: "r"
        case .skip: "k"
        case .cancel: "c"
        }
    }

    /// The phases that the contract lets a move lead to.
    static func targets(_ move: Character) -> [TaskPhase] {
        switch move {
        case "s": [.dispatched, .waiting(.settle), .waiting(.awaitingOwner)]
        case "a": [.waiting(.reverify)]
        case "d": [.dispatched, .waiting(.awaitingOwner)]
        case "t": [.dispatched, .failed]
        case "+": [.succeeded]
        case "w":
            [.waiting(.operationRunning), .waiting(.retention), .waiting(.awaitingOwner), .waiting(.throttled)]
        case "f": [.waiting(.retry), .failed]
        case "r": [.blocked]
        case "k": [.skipped]
        case "c": [.cancelled]
        default: []
        }
    }
}

@Suite struct TaskTransitionTests {
    @Test func `every phase and every happening has its expected move`() {
        #expect(ExpectedMoves.rows.map(\.phase) == TaskPhase.allCases)
        #expect(Set(ExpectedMoves.columns) == Set(TaskTransition.Happening.allCases))
        for (phase, moves) in ExpectedMoves.rows {
            let actual = ExpectedMoves.columns.map { ExpectedMoves.letter(TaskTransition.move(phase, on: $0)) }
            #expect(String(actual) == moves, "\(phase)")
        }
    }

    @Test func `an acknowledgement without effect says why`() {
        for (phase, completed, pending, failed) in ExpectedMoves.ignoredAcknowledgements {
            #expect(why(phase, .ackCompleted) == completed, "\(phase)")
            #expect(why(phase, .ackPending) == pending, "\(phase)")
            #expect(why(phase, .ackFailed) == failed, "\(phase)")
        }
    }

    @Test func `a move leads to the phases that the contract names`() {
        for phase in TaskPhase.allCases {
            for happening in TaskTransition.Happening.allCases {
                let move = TaskTransition.move(phase, on: happening)
                #expect(
                    Set(TaskTransition.targets(of: move)) == Set(ExpectedMoves.targets(ExpectedMoves.letter(move))),
                    "\(phase) on \(happening)")
            }
        }
    }

    private func why(_ phase: TaskPhase, _ happening: TaskTransition.Happening) -> String? {
        if case .ignore(let why) = TaskTransition.move(phase, on: happening) { why.rawValue } else { nil }
    }
}
