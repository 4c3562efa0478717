import SagaKernel

/// One thing that happens to a saga.
enum SagaEvent {
    case acknowledgement(Acknowledgement)
    case command(Command)
    /// The clock shows this, and the saga is woken.
    case timer(Timestamp)
    case catalogue(isChanged: Bool)
    case requestedAgain
}

/// One event with what the saga was before and after it.
struct Step {
    let event: SagaEvent
    let before: Saga
    let after: Saga
    let directives: Directives
    let now: Timestamp
    let rules: SagaRules

    var dispatches: [Dispatch] { directives.dispatches }
    var events: [TimelineEvent] { directives.events }
    /// How many things the shell is told to do.
    var toldCount: Int { dispatches.count + events.count + (directives.republishes ? 1 : 0) }

    func tells(_ kind: TimelineEvent.Kind) -> Bool { events.contains { $0.kind == kind } }
}

/// What the invariants have to know of the past, noted from the directives alone.
struct Ledger {
    struct TaskRecord {
        var epoch = 0
        var attempt = 0
        /// Dispatches of this epoch that did not follow a `pending`.
        var charged = 0
        var succeededEpoch = 0
    }

    var tasks: [TaskRecord]
    /// When each stage was left last.
    var left: [Stage: Timestamp] = [:]

    init(taskCount: Int) { tasks = Array(repeating: TaskRecord(), count: taskCount) }

    /// Whether a dispatch follows a `pending`, and so costs nothing.
    static func isFree(_ dispatch: Dispatch, before: Saga) -> Bool {
        let task = before.tasks[dispatch.task]
        guard task.epoch == dispatch.epoch, case .waiting(let reason) = task.phase else { return false }
        return PendingReason(rawValue: reason.rawValue) != nil
    }

    mutating func note(_ step: Step) {
        for dispatch in step.dispatches {
            var record = tasks[dispatch.task]
            if dispatch.epoch != record.epoch { record.charged = 0 }
            if !Ledger.isFree(dispatch, before: step.before) { record.charged += 1 }
            record.epoch = dispatch.epoch
            record.attempt = dispatch.attempt
            tasks[dispatch.task] = record
        }
        for (index, task) in step.after.tasks.enumerated() where task.phase == .succeeded {
            tasks[index].succeededEpoch = task.epoch
        }
        for event in step.events where event.kind == .stageLeft {
            if let stage = event.code.flatMap({ Stage(name: $0) }) { left[stage] = event.time }
        }
    }
}
