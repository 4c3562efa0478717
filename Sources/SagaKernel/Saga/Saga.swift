/// The life of one request: a value that decides.
///
/// It performs no I/O and has no clock. The shell tells it what happened and when, and does what has been added to the
/// directives; the same happenings at the same times always give the same saga. Everything that must survive a
/// restart is in here, due times included.
public struct Saga: Hashable, Sendable {
    public package(set) var request: Request
    /// The partition in which everything about the request happens.
    public let homePartition: Int32
    /// The endpoints as the catalogue had them when the request came, one plan per hub.
    public package(set) var plans: [HubPlan]
    public package(set) var tasks: [SagaTask]
    public package(set) var disclosures: [Disclosure]
    public package(set) var stages: [StageRecord]

    /// Which owner of the partition wrote the present version.
    public package(set) var term: Int64
    /// Rises with every change of the public face.
    public package(set) var version: Int64 = 0
    public package(set) var received: Timestamp
    public package(set) var updated: Timestamp
    /// When it ended; nil also for `failed`, which is parked, not ended.
    public package(set) var finished: Timestamp?
    public package(set) var due: Timestamp
    public package(set) var isExtended = false
    public package(set) var isHeld = false
    public package(set) var isCancelled = false
    /// The catalogue has other endpoints for these hubs by now.
    public package(set) var isPlanOutdated = false
    public package(set) var deadline: DeadlineState = .onTrack
    /// The public state as of the last change; always `derivedState`, kept to notice when it changes.
    public package(set) var state: SagaState = .inProgress
    /// The newest last; bounded.
    public package(set) var commandIDs: [String] = []

    /// How far one stage is.
    public struct StageRecord: Hashable, Sendable {
        public var stage: Stage
        /// When the stage before was left: settle times count from here. nil: not open.
        public var openedAt: Timestamp?
        public var leftAt: Timestamp?

        public init(stage: Stage, openedAt: Timestamp? = nil, leftAt: Timestamp? = nil) {
            self.stage = stage
            self.openedAt = openedAt
            self.leftAt = leftAt
        }
    }

    public var id: RequestID { request.id }

    public func endpoint(of task: SagaTask) -> Endpoint {
        plans[task.hub].endpoints[task.endpoint]
    }

    /// The part of a task's id behind the request id and its slash: `<endpoint>/<action>`, and for verifications
    /// `-<ordinal>`.
    public func path(of task: SagaTask) -> String {
        path(hub: task.hub, endpoint: task.endpoint, action: task.action, ordinal: task.ordinal)
    }

    /// The same of the task with this index, which is not copied with all its texts on the way.
    public func path(at index: Int) -> String {
        path(
            hub: tasks[index].hub, endpoint: tasks[index].endpoint, action: tasks[index].action,
            ordinal: tasks[index].ordinal)
    }

    private func path(hub: Int, endpoint: Int, action: TaskAction, ordinal: Int) -> String {
        switch (action, ordinal) {
        case (.export, 0): plans[hub].endpoints[endpoint].exportPath
        case (.erase, 0): plans[hub].endpoints[endpoint].erasePath
        case (_, 0): "\(plans[hub].endpoints[endpoint].id)/\(action.rawValue)"
        default: "\(plans[hub].endpoints[endpoint].id)/\(action.rawValue)-\(ordinal)"
        }
    }

    /// The task with this path; nil where the plan has none.
    public func task(path: String) -> Int? {
        // In place: to take a task or an endpoint out would copy all its texts, for every acknowledgement. The path of
        // a verification is only built where its endpoint fits.
        tasks.indices.first { index in
            let endpoint = tasks[index].endpoint
            let hub = tasks[index].hub
            switch tasks[index].action {
            case .export where tasks[index].ordinal == 0: return plans[hub].endpoints[endpoint].exportPath == path
            case .erase where tasks[index].ordinal == 0: return plans[hub].endpoints[endpoint].erasePath == path
            case .export, .erase, .verify:
                return path.utf8.starts(with: plans[hub].endpoints[endpoint].id.utf8)
                    && self.path(at: index) == path
            }
        }
    }

    /// What the tasks and the flags make of the saga.
    public var derivedState: SagaState {
        if isCancelled { return .cancelled }
        if isHeld { return .onHold }
        if request.dryRun { return .completed }
        var failed = false
        var skipped = false
        // By index, as everywhere that looks at all tasks for every acknowledgement: to take one out copies its texts.
        for index in tasks.indices {
            switch tasks[index].phase {
            case .waiting where Mutant.endsWhileTasksWait.isOn: break
            case .dispatched, .waiting: return .inProgress
            // A blocked verification waits for its erasure, which answers for both.
            case .blocked: if tasks[index].action != .verify { return .inProgress }
            case .failed: failed = true
            case .skipped: skipped = true
            case .succeeded, .cancelled: break
            }
        }
        if failed { return .failed }
        return skipped ? .completedWithExceptions : .completed
    }

    /// Not public: sagas begin with `begin`, and only the snapshot codec builds one otherwise.
    package init(
        request: Request, homePartition: Int32, plans: [HubPlan], tasks: [SagaTask], disclosures: [Disclosure],
        stages: [StageRecord], term: Int64, now: Timestamp
    ) {
        self.request = request
        self.homePartition = homePartition
        self.plans = plans
        self.tasks = tasks
        self.disclosures = disclosures
        self.stages = stages
        self.term = term
        received = now
        updated = now
        due = request.regulation.due(submitted: request.submitted)
    }
}

extension Saga {
    /// Settles what follows from the changes of one happening: the stages move on, the public state is renewed, its
    /// change is told.
    ///
    /// Everything that happens to a saga ends here, so that no path can forget it.
    mutating func conclude(now: Timestamp, rules: SagaRules, _ directives: inout Directives) {
        if !isHeld, !isCancelled, !request.dryRun { advance(now: now, &directives) }
        let newState = derivedState
        if newState != state {
            state = newState
            directives.record(TimelineEvent(.stateChanged, at: now, code: newState.rawValue))
        }
        if !newState.isEnded {
            finished = nil
        } else if finished == nil {
            finished = now
        }
        refreshDeadline(now: now, &directives)
    }

    /// Closes a turn: gives the saga its next version where its public face changed since `before`.
    ///
    /// - Returns: whether there is a new status to publish.
    public mutating func seal(since before: Saga?, term: Int64, now: Timestamp) -> Bool {
        if let before, before.hasSameFace(as: self) { return false }
        version += 1
        self.term = term
        updated = now
        return true
    }

    /// Whether the status body would be the same, but for `term`, `version` and `updated_time`.
    func hasSameFace(as other: Saga) -> Bool {
        guard
            state == other.state, deadline == other.deadline, due == other.due, isExtended == other.isExtended,
            isPlanOutdated == other.isPlanOutdated, finished == other.finished, stages == other.stages,
            tasks.count == other.tasks.count
        else { return false }
        return zip(tasks, other.tasks).allSatisfy { $0.hasSameFace(as: $1) }
    }
}

extension SagaTask {
    func hasSameFace(as other: SagaTask) -> Bool {
        phase == other.phase && nextAt == other.nextAt && since == other.since && epoch == other.epoch
            && attempts == other.attempts && error == other.error && completion == other.completion
            // Not shown, but a part of when the end is expected, which is.
            && settles == other.settles
    }
}
