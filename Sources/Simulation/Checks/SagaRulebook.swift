import Contract
import SagaKernel

/// What must hold of sagas, said once more from the contract's sentences and not from the saga's code.
enum SagaRulebook {
    /// What is wrong with a saga, whatever came before it.
    static func fault(of saga: Saga) -> String? {
        let outstanding = saga.tasks.filter { isOutstanding($0, in: saga) }
        switch saga.state {
        case .completed, .completedWithExceptions:
            if saga.request.dryRun { break }
            if let task = saga.tasks.first(where: { !$0.phase.isSettled && isOutstanding($0, in: saga) }) {
                return "ended while \(saga.path(of: task)) is \(task.phase.name)"
            }
            let allowed: Set<String> =
                saga.state == .completed ? ["succeeded"] : ["succeeded", "skipped", "cancelled"]
            if let task = saga.tasks.first(where: { !allowed.contains($0.phase.name) && !isMoot($0, in: saga) }) {
                return "\(saga.state.rawValue) although \(saga.path(of: task)) is \(task.phase.name)"
            }
        case .failed:
            if !outstanding.isEmpty { return "parked while tasks are outstanding" }
            if !saga.tasks.contains(where: { $0.phase == .failed }) { return "parked without a reason" }
        case .inProgress:
            if outstanding.isEmpty { return "in progress with nothing outstanding" }
        case .onHold, .cancelled: break
        }
        if Set(saga.commandIDs).count != saga.commandIDs.count { return "a command was carried out twice" }
        for task in saga.tasks where task.phase == .dispatched && task.nextAt == nil {
            return "\(saga.path(of: task)) waits for an acknowledgement without a deadline"
        }
        return nil
    }

    /// A verification is waited for once its erasure has succeeded; before that the erasure answers for both.
    private static func isOutstanding(_ task: SagaTask, in saga: Saga) -> Bool {
        switch task.phase {
        case .dispatched, .waiting: true
        case .blocked: task.action != .verify
        case .succeeded, .failed, .skipped, .cancelled: false
        }
    }

    /// A blocked verification of an erasure that did not succeed.
    private static func isMoot(_ task: SagaTask, in saga: Saga) -> Bool {
        guard task.action == .verify, task.phase == .blocked else { return false }
        return !saga.tasks.contains {
            $0.action == .erase && $0.hub == task.hub && $0.endpoint == task.endpoint && $0.phase == .succeeded
        }
    }

    /// A task that is said to be done must have been done by somebody.
    static func unjustified(in saga: Saga, since before: Saga?, _ chronicle: Chronicle) -> String? {
        for (index, task) in saga.tasks.enumerated() where task.phase == .succeeded {
            if let known = before?.tasks[index], known.phase == .succeeded, known.epoch == task.epoch { continue }
            let path = saga.path(of: task)
            if !chronicle.wasCompleted(path, task) { return "\(path) succeeded, and nobody has said so" }
        }
        return nil
    }

    /// What is wrong with the step from one snapshot to the next.
    static func fault(
        from before: Saga?, to after: Saga, _ chronicle: Chronicle, nowMs: Int64, skewMs: Int64
    ) -> String? {
        if let fault = stageFault(from: before, to: after, chronicle) { return fault }
        guard let before else { return nil }
        let (old, new) = (
            StatusRank(term: before.term, version: before.version), StatusRank(term: after.term, version: after.version)
        )
        if new < old { return "the snapshot went back from \(old) to \(new)" }
        if before.state.isEnded, before.state != after.state, chronicle.replays == 0 {
            return "it had ended as \(before.state.rawValue) and is \(after.state.rawValue)"
        }
        let succeeds = zip(before.tasks, after.tasks).contains { $0.phase != .succeeded && $1.phase == .succeeded }
        let restarts = chronicle.replays + chronicle.reappearances + chronicle.succeededAtMs.count + (succeeds ? 1 : 0)
        for (old, new) in zip(before.tasks, after.tasks) {
            let path = after.path(of: new)
            if new.epoch < old.epoch { return "\(path) went back from epoch \(old.epoch) to \(new.epoch)" }
            if new.epoch == old.epoch, new.attempts < old.attempts {
                return "\(path) went back from attempt \(old.attempts) to \(new.attempts) in one epoch"
            }
            if new.epoch > old.epoch, restarts == 0 { return "\(path) began a new epoch for no reason" }
            if let fault = budgetFault(old, new, path, chronicle, nowMs: nowMs, skewMs: skewMs) { return fault }
        }
        return nil
    }

    /// Only failures and silence cost budget.
    private static func budgetFault(
        _ old: SagaTask, _ new: SagaTask, _ path: String, _ chronicle: Chronicle, nowMs: Int64, skewMs: Int64
    ) -> String? {
        let isSameEpoch = old.epoch == new.epoch
        let (known, first) = isSameEpoch ? (old.failures, old.attempts) : (0, 1)
        guard new.failures > known else { return nil }
        let said = (first...max(first, new.attempts)).count { number in
            let attempt = Chronicle.Attempt(path: path, epoch: new.epoch, attempt: number)
            let misfits = chronicle.completions[attempt]?.contains { !new.action.accepts($0) } ?? false
            return chronicle.failures.contains(attempt) || misfits
        }
        let dueMs = old.nextAt.map { $0.milliseconds(since: SimulatedClock.beginning) }
        let wasSilent = isSameEpoch && old.phase == .dispatched && (dueMs ?? .max) <= nowMs + skewMs
        guard new.failures - known <= said + (wasSilent ? 1 : 0) else {
            return "\(path) has \(new.failures) failures, \(said) of them were said"
        }
        return nil
    }

    /// What is wrong with a task having been sent, by the snapshot that came with it.
    static func fault(
        ofDispatch path: String, _ task: WorkerTask, in saga: Saga, _ chronicle: Chronicle
    ) -> String? {
        guard let index = saga.task(path: path) else { return "it is not in the plan" }
        let planned = saga.tasks[index]
        if planned.epoch < task.epoch || planned.epoch == task.epoch && planned.attempts < task.attempt {
            return "attempt \(task.attempt) of epoch \(task.epoch) is not in the snapshot"
        }
        guard planned.epoch == task.epoch, planned.attempts == task.attempt else { return nil }
        if let fault = settleFault(planned, in: saga) { return fault }
        guard task.epoch == 1, task.attempt == 1, !chronicle.isSteered, planned.action != .verify else { return nil }
        let open = saga.stages.first { $0.stage < planned.stage && $0.leftAt == nil }
        return open.map { "sent in \(planned.stage.name) before \($0.stage.name) was left" }
    }

    /// A stage is left when none of its tasks holds it. What happens to them afterwards does not open it again; so only
    /// a task that held it before and after the step in which it was left is a fault.
    private static func stageFault(from before: Saga?, to after: Saga, _ chronicle: Chronicle) -> String? {
        guard !chronicle.isSteered else { return nil }
        for stage in after.stages where stage.leftAt != nil {
            if before?.stages.first(where: { $0.stage == stage.stage })?.leftAt != nil { continue }
            for (index, task) in after.tasks.enumerated() where task.stage == stage.stage && holds(task, task.phase) {
                let known = before?.tasks[index]
                if let known, !holds(known, known.phase) { continue }
                if letGo(task, after.path(of: task), since: known, chronicle) { continue }
                return "\(stage.stage.name) was left while \(after.path(of: task)) was \(task.phase.name)"
            }
        }
        return nil
    }

    /// Whether the task may have let its stage go in between: a step takes in several acknowledgements, and a worker
    /// that waits for an operation, and then sees it fail, says both of one attempt.
    private static func letGo(
        _ task: SagaTask, _ path: String, since known: SagaTask?, _ chronicle: Chronicle
    ) -> Bool {
        let first = known?.epoch == task.epoch ? known?.attempts ?? 0 : 0
        return (min(first, task.attempts)...task.attempts).contains { number in
            let attempt = Chronicle.Attempt(path: path, epoch: task.epoch, attempt: number)
            return chronicle.patience[attempt]?.contains { !holds(task, .waiting(WaitReason($0))) } ?? false
        }
    }

    private static func settleFault(_ task: SagaTask, in saga: Saga) -> String? {
        guard task.settles, task.attempts == 1, task.action != .verify, task.phase == .dispatched,
            let startedAt = task.startedAt,
            let openedAt = saga.stages.first(where: { $0.stage == task.stage })?.openedAt
        else { return nil }
        let earliest = openedAt.adding(milliseconds: saga.endpoint(of: task).settleMs)
        return startedAt < earliest ? "sent before late data could settle" : nil
    }

    /// Whether a task in this phase keeps the stages behind its own from beginning (contract §4).
    private static func holds(_ task: SagaTask, _ phase: TaskPhase) -> Bool {
        guard task.action != .verify else { return false }
        switch phase {
        case .succeeded, .failed, .skipped, .cancelled: return false
        case .waiting(.awaitingOwner): return task.stage == .logs || task.stage == .export
        case .waiting(.retention), .waiting(.operationRunning): return task.stage != .sinks
        case .blocked, .dispatched, .waiting(.throttled), .waiting(.retry), .waiting(.settle), .waiting(.reverify):
            return true
        }
    }

    /// A completed request in which something was swept before its source was cut off.
    static func staleSweep(in saga: Saga, _ chronicle: Chronicle) -> String? {
        let erasures = saga.tasks.filter { $0.action == .erase }
        let cutOff = erasures.filter { $0.stage == .source }.compactMap { chronicle.succeededAtMs[saga.path(of: $0)] }
        guard let lastMs = cutOff.max() else { return nil }
        for task in erasures where task.stage > .source && task.completion?.method != "attestation" {
            let path = saga.path(of: task)
            guard let sweptMs = chronicle.dispatchedAtMs[chronicle.key(path, task.epoch)] else { continue }
            if sweptMs < lastMs { return "\(path) was swept before the source was cut off" }
        }
        return nil
    }
}
