import SagaKernel

/// What must be true of every saga after everything that happens to it. Each says what is wrong, or nil.
enum Invariants {
    typealias Invariant = (name: String, check: @Sendable (Step, Ledger) -> String?)

    static let all: [Invariant] =
        [
            ("never ends while a task is unsettled", neverEndsUnsettled),
            ("completed only if everything succeeded", completedMeansSucceeded),
            ("the state is what the tasks make it", stateFollowsTasks),
            ("the state changes along the edges of the diagram", stateChangesAlongEdges),
            ("a moment is set exactly where a timer drives", momentsDriveTimers),
            ("finished is set exactly where it ended", finishedMeansEnded),
            ("who is not parked has a wake", unparkedHasWake),
            ("an ignored acknowledgement changes nothing", ignoredChangesNothing),
            ("a foreign epoch changes nothing", foreignEpochChangesNothing),
            ("a refused command changes nothing", refusedChangesNothing),
            ("the deadline state is true when the clock is looked at", deadlineIsTrue),
            ("rounds stay within their number", roundsAreBounded),
            ("a verification is ahead of its erasure only by a person's word", verificationsFollow),
        ] + dispatching

    static func neverEndsUnsettled(_ step: Step, _ ledger: Ledger) -> String? {
        guard step.after.state.isEnded else { return nil }
        return step.after.tasks.first { !$0.phase.isSettled }.map { "\($0.phase)" }
    }

    static func completedMeansSucceeded(_ step: Step, _ ledger: Ledger) -> String? {
        let saga = step.after
        guard saga.state == .completed, !saga.request.dryRun else { return nil }
        return saga.tasks.first { $0.phase != .succeeded }.map { "\($0.phase)" }
    }

    static func stateFollowsTasks(_ step: Step, _ ledger: Ledger) -> String? {
        let saga = step.after
        if saga.state != saga.derivedState { return "\(saga.state) kept, \(saga.derivedState) derived" }
        let expected = expectedState(saga)
        return saga.state == expected ? nil : "\(saga.state) instead of \(expected)"
    }

    /// Contract §5, apart from the code: a blocked verification stands with its erasure.
    private static func expectedState(_ saga: Saga) -> SagaState {
        if saga.isCancelled { return .cancelled }
        if saga.isHeld { return .onHold }
        if saga.request.dryRun { return .completed }
        let counted = saga.tasks.filter { $0.action != .verify || $0.phase != .blocked }
        if counted.contains(where: { !$0.phase.isSettled }) { return .inProgress }
        if counted.contains(where: { $0.phase == .failed }) { return .failed }
        return counted.contains { $0.phase == .skipped } ? .completedWithExceptions : .completed
    }

    private static let edges: [SagaState: Set<SagaState>] = [
        .inProgress: [.onHold, .completed, .completedWithExceptions, .failed, .cancelled],
        .onHold: [.inProgress, .completed, .completedWithExceptions, .failed, .cancelled],
        .failed: [.inProgress, .onHold, .completed, .completedWithExceptions, .cancelled],
        .completed: [.inProgress],
        .completedWithExceptions: [.inProgress],
        .cancelled: [],
    ]

    static func stateChangesAlongEdges(_ step: Step, _ ledger: Ledger) -> String? {
        let (old, new) = (step.before.state, step.after.state)
        let told = step.events.filter { $0.kind == .stateChanged }.map(\.code)
        if old == new { return told.isEmpty ? nil : "told a change to \(told)" }
        if told != [new.rawValue] { return "told \(told) of a change to \(new)" }
        return edges[old]?.contains(new) == true ? nil : "\(old) to \(new)"
    }

    static func momentsDriveTimers(_ step: Step, _ ledger: Ledger) -> String? {
        for task in step.after.tasks {
            let isRight: Bool
            switch task.phase {
            case .dispatched, .waiting(.retry), .waiting(.settle), .waiting(.reverify): isRight = task.nextAt != nil
            case .waiting(.operationRunning), .waiting(.retention), .waiting(.awaitingOwner), .waiting(.throttled):
                isRight = true
            case .blocked, .succeeded, .failed, .skipped, .cancelled: isRight = task.nextAt == nil
            }
            if !isRight { return "\(task.phase) with \(String(describing: task.nextAt))" }
        }
        return nil
    }

    static func finishedMeansEnded(_ step: Step, _ ledger: Ledger) -> String? {
        (step.after.finished != nil) == step.after.state.isEnded ? nil : "\(step.after.state)"
    }

    /// Parked are: what has failed, what a person holds, and what waits for a word without a moment (contract §4: "an
    /// acknowledgement or an operator will come").
    static func unparkedHasWake(_ step: Step, _ ledger: Ledger) -> String? {
        let saga = step.after
        guard saga.state == .inProgress, saga.nextWake(rules: step.rules) == nil else { return nil }
        let isSpokenFor = saga.tasks.allSatisfy { task in
            switch task.phase {
            case .waiting: task.nextAt == nil
            case .blocked, .succeeded, .failed, .skipped, .cancelled: true
            case .dispatched: false
            }
        }
        let waits = saga.tasks.contains { if case .waiting = $0.phase { true } else { false } }
        return isSpokenFor && waits ? nil : "nothing will ever move \(saga.tasks.map(\.phase))"
    }

    static func ignoredChangesNothing(_ step: Step, _ ledger: Ledger) -> String? {
        guard case .acknowledgement = step.event, step.tells(.ackIgnored) else { return nil }
        if step.toldCount != 1 { return "also \(step.directives)" }
        return step.before == step.after ? nil : "the saga changed"
    }

    static func foreignEpochChangesNothing(_ step: Step, _ ledger: Ledger) -> String? {
        guard case .acknowledgement(let acknowledgement) = step.event else { return nil }
        let isOfThisEpoch = step.before.task(path: acknowledgement.taskPath)
            .map {
                step.before.tasks[$0].epoch == acknowledgement.epoch && ledger.tasks[$0].epoch == acknowledgement.epoch
            }
        if isOfThisEpoch == true { return nil }
        return step.before == step.after && step.tells(.ackIgnored) ? nil : "the saga changed"
    }

    static func refusedChangesNothing(_ step: Step, _ ledger: Ledger) -> String? {
        guard case .command = step.event, !step.tells(.commandApplied) else { return nil }
        if step.toldCount > 1 { return "also \(step.directives)" }
        var before = step.before
        before.commandIDs = step.after.commandIDs
        return before == step.after ? nil : "the saga changed"
    }

    static func deadlineIsTrue(_ step: Step, _ ledger: Ledger) -> String? {
        guard case .timer = step.event, !step.after.state.isEnded else { return nil }
        let saga = step.after
        if (step.now > saga.due) != (saga.deadline == .breached) { return "\(saga.deadline) at \(step.now)" }
        guard let expected = saga.expectedCompletion(now: step.now), saga.deadline != .breached else { return nil }
        for task in saga.tasks {
            if let nextAt = task.nextAt, case .waiting = task.phase, nextAt > expected { return "ends before next_at" }
        }
        if expected < step.now { return "ends before now" }
        return (expected > saga.due) == (saga.deadline == .atRisk) ? nil : "\(saga.deadline), expected \(expected)"
    }

    static func roundsAreBounded(_ step: Step, _ ledger: Ledger) -> String? {
        step.after.tasks.first { $0.rounds > step.rules.reappearancesMax }.map { "\($0.rounds) rounds" }
    }

    static func verificationsFollow(_ step: Step, _ ledger: Ledger) -> String? {
        let saga = step.after
        for task in saga.tasks where task.action == .verify {
            let erase = saga.tasks.first { $0.action == .erase && $0.hub == task.hub && $0.endpoint == task.endpoint }
            switch task.phase {
            case .dispatched, .waiting: if erase?.phase != .succeeded { return "\(task.phase), erasure not done" }
            case .blocked: if erase?.phase == .succeeded || erase?.phase == .skipped { return "blocked for ever" }
            case .succeeded, .failed, .skipped, .cancelled: break
            }
        }
        return nil
    }
}
