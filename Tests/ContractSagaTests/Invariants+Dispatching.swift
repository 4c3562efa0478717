import SagaKernel

extension Invariants {
    static let dispatching: [Invariant] = [
        ("at most one dispatch of a task at a time", oneDispatchATime),
        ("a dispatch is what the task says", dispatchMatchesTask),
        ("epochs never fall", epochsNeverFall),
        ("attempts count up from one in every epoch", attemptsCountUp),
        ("the budget is never exceeded", budgetHolds),
        ("what succeeded is not dispatched again in its epoch", succeededIsNotDispatched),
        ("no dispatch on hold or after the end", noDispatchWhenStopped),
        ("no dispatch of a later stage before the earlier is left", stageOrderHolds),
        ("a stage is left only for the contract's reasons", stagesAreLeftRightly),
        ("settle times are respected unless replayed", settleIsRespected),
        ("reverify times are respected unless replayed", reverifyIsRespected),
        ("only a replay or data that came back drops a settle time", settleIsDroppedRightly),
    ]

    static func oneDispatchATime(_ step: Step, _ ledger: Ledger) -> String? {
        let tasks = step.dispatches.map(\.task)
        return Set(tasks).count == tasks.count ? nil : "\(step.dispatches)"
    }

    static func dispatchMatchesTask(_ step: Step, _ ledger: Ledger) -> String? {
        for dispatch in step.dispatches {
            let task = step.after.tasks[dispatch.task]
            if task.epoch != dispatch.epoch || task.attempts != dispatch.attempt { return "\(dispatch)" }
            if task.continuation != dispatch.continuation { return "another continuation" }
            if dispatch.attempt == 1, dispatch.continuation != nil { return "a continuation that nobody gave" }
        }
        let told = step.events.filter { $0.kind == .dispatched }.count
        return told == step.dispatches.count ? nil : "\(told) told"
    }

    static func epochsNeverFall(_ step: Step, _ ledger: Ledger) -> String? {
        for (old, new) in zip(step.before.tasks, step.after.tasks)
        where new.epoch < old.epoch || new.epoch > old.epoch + 1 {
            return "\(old.epoch) to \(new.epoch)"
        }
        return nil
    }

    static func attemptsCountUp(_ step: Step, _ ledger: Ledger) -> String? {
        for dispatch in step.dispatches {
            let record = ledger.tasks[dispatch.task]
            let expected = dispatch.epoch == record.epoch ? record.attempt + 1 : 1
            if dispatch.epoch < record.epoch { return "epoch \(dispatch.epoch) after \(record.epoch)" }
            if dispatch.attempt != expected { return "attempt \(dispatch.attempt) instead of \(expected)" }
        }
        return nil
    }

    static func budgetHolds(_ step: Step, _ ledger: Ledger) -> String? {
        for dispatch in step.dispatches where !Ledger.isFree(dispatch, before: step.before) {
            let record = ledger.tasks[dispatch.task]
            let charged = (dispatch.epoch == record.epoch ? record.charged : 0) + 1
            let budget = step.after.endpoint(of: step.after.tasks[dispatch.task]).maxAttempts
            if charged > budget { return "\(charged) of \(budget)" }
        }
        for task in step.after.tasks where task.failures > step.after.endpoint(of: task).maxAttempts {
            return "\(task.failures) failures"
        }
        return nil
    }

    static func succeededIsNotDispatched(_ step: Step, _ ledger: Ledger) -> String? {
        step.dispatches.first { ledger.tasks[$0.task].succeededEpoch == $0.epoch }.map { "\($0)" }
    }

    static func noDispatchWhenStopped(_ step: Step, _ ledger: Ledger) -> String? {
        guard step.after.isHeld || step.after.state.isEnded else { return nil }
        return step.dispatches.isEmpty ? nil : "\(step.after.state)"
    }

    static func stageOrderHolds(_ step: Step, _ ledger: Ledger) -> String? {
        for dispatch in step.dispatches {
            let stage = step.after.tasks[dispatch.task].stage
            guard stage != .verify else { continue }
            if step.after.stages.contains(where: { $0.stage < stage && $0.leftAt == nil }) { return "\(stage)" }
        }
        return nil
    }

    static func stagesAreLeftRightly(_ step: Step, _ ledger: Ledger) -> String? {
        for event in step.events where event.kind == .stageLeft {
            guard let stage = event.code.flatMap({ Stage(name: $0) }) else { return "no stage" }
            for task in step.after.tasks where task.stage == stage {
                switch task.phase {
                case .succeeded, .failed, .skipped, .cancelled: break
                case .waiting(.awaitingOwner): if stage != .source, stage != .sinks { return "\(stage): owner" }
                case .waiting(.retention), .waiting(.operationRunning):
                    if stage != .sinks { return "\(stage): pending" }
                case .blocked, .dispatched, .waiting(.throttled), .waiting(.retry), .waiting(.settle),
                    .waiting(.reverify):
                    return "\(stage): \(task.phase)"
                }
            }
        }
        return nil
    }

    static func settleIsRespected(_ step: Step, _ ledger: Ledger) -> String? {
        for dispatch in step.dispatches where dispatch.attempt == 1 {
            let task = step.after.tasks[dispatch.task]
            guard task.settles, let index = step.after.stages.firstIndex(where: { $0.stage == task.stage }) else {
                continue
            }
            let leftNow = step.events.last {
                index > 0 && $0.kind == .stageLeft && $0.code == step.after.stages[index - 1].stage.name
            }
            let left =
                index == 0 ? step.after.received : leftNow?.time ?? ledger.left[step.after.stages[index - 1].stage]
            guard let left else { return "the stage before was never left" }
            let settleMs = step.after.endpoint(of: task).settleMs
            if step.now.milliseconds(since: left) < settleMs { return "\(step.now.milliseconds(since: left)) ms" }
        }
        return nil
    }

    static func reverifyIsRespected(_ step: Step, _ ledger: Ledger) -> String? {
        for dispatch in step.dispatches where dispatch.attempt == 1 {
            let task = step.after.tasks[dispatch.task]
            guard task.action == .verify, task.settles else { continue }
            let erase = step.after.tasks.first {
                $0.action == .erase && $0.hub == task.hub && $0.endpoint == task.endpoint
            }
            let delayMs = step.after.endpoint(of: task).reverifyMs[task.ordinal - 1]
            guard let erase, erase.phase == .succeeded else { return "the erasure has not succeeded" }
            if step.now.milliseconds(since: erase.since) < delayMs { return "after the erasure: too soon" }
        }
        return nil
    }

    static func settleIsDroppedRightly(_ step: Step, _ ledger: Ledger) -> String? {
        let isDropped = zip(step.before.tasks, step.after.tasks).contains { $0.settles && !$1.settles }
        guard isDropped else { return nil }
        if case .command(let command) = step.event, case .replay = command.verb { return nil }
        return step.tells(.reappeared) ? nil : "dropped"
    }
}
