import SagaKernel
import Testing

/// Which command makes sense in which state, written down apart from the code.
@Suite struct CommandRuleTests {
    static let columns: [CommandRule.Verb] = [.replay, .replayAll, .cancel, .hold, .release, .extend, .skip, .attest]

    /// nil: carried out.
    static let rows: [(state: SagaState, refusals: [CommandRule.Refused?])] = [
        (.inProgress, [nil, nil, nil, nil, .notOnHold, nil, nil, nil]),
        (.onHold, [nil, nil, nil, .alreadyOnHold, nil, nil, nil, nil]),
        (.completed, [.nothingFailed, nil, .ended, .ended, .ended, .ended, .ended, .ended]),
        (.completedWithExceptions, [.nothingFailed, nil, .ended, .ended, .ended, .ended, .ended, .ended]),
        (.failed, [nil, nil, nil, nil, .notOnHold, nil, nil, nil]),
        (.cancelled, Array(repeating: .cancelled, count: 8)),
    ]

    @Test func `every state and every command has its expected answer`() {
        #expect(Self.rows.map(\.state) == SagaState.allCases)
        #expect(Set(Self.columns) == Set(CommandRule.Verb.allCases))
        for (state, refusals) in Self.rows {
            #expect(Self.columns.map { CommandRule.refusal(state, $0) } == refusals, "\(state)")
        }
    }

    struct Row: CustomTestStringConvertible {
        let state: SagaState
        let verb: CommandRule.Verb
        let refused: CommandRule.Refused?
        var testDescription: String { "\(verb.rawValue) in \(state.rawValue)" }
    }

    static let walked = rows.flatMap { row in
        zip(columns, row.refusals).map { Row(state: row.state, verb: $0, refused: $1) }
    }

    @Test(arguments: walked)
    func `a saga answers a command as the table says`(_ row: Row) {
        var walk = Self.walk(to: row.state)
        #expect(walk.saga.state == row.state)
        // Two tasks: `failed` has failed where the state lets a task be failed, `other` is the one to steer.
        let before = walk.saga
        Self.give(row.verb, &walk)
        if let refused = row.refused {
            #expect(walk.told.last == "command_refused:\(refused.rawValue)")
            #expect(walk.last.events.count == 1)
            #expect(walk.last.dispatches.isEmpty)
            var expected = before
            expected.commandIDs = walk.saga.commandIDs
            #expect(walk.saga == expected)
        } else {
            let name = row.verb == .replayAll ? "replay" : row.verb.rawValue
            #expect(walk.toldLast.first == "command_applied:\(name)")
            #expect(walk.saga != before)
        }
        #expect(walk.saga.state == walk.saga.derivedState)
    }

    private static func walk(to state: SagaState) -> Walk {
        var walk = Walk([.of("failed", .source), .of("other", .source)])
        switch state {
        case .inProgress: walk.fail("failed/erase")
        case .onHold:
            walk.fail("failed/erase")
            walk.command(.hold)
        case .completed:
            walk.complete("failed/erase")
            walk.complete("other/erase")
        case .completedWithExceptions:
            walk.complete("failed/erase")
            walk.skip("other/erase")
        case .failed:
            walk.fail("failed/erase")
            walk.fail("other/erase")
        case .cancelled:
            walk.fail("failed/erase")
            walk.command(.cancel)
        }
        return walk
    }

    private static func give(_ verb: CommandRule.Verb, _ walk: inout Walk) {
        switch verb {
        case .replay: walk.replay()
        case .replayAll: walk.replay(scope: .all)
        case .cancel: walk.command(.cancel)
        case .hold: walk.command(.hold)
        case .release: walk.command(.release)
        case .extend: walk.command(.extend(until: walk.saga.due.adding(milliseconds: 1)))
        case .skip: walk.skip("other/erase")
        case .attest: walk.attest("other/erase")
        }
    }
}
