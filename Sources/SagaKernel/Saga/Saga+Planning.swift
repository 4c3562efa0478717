extension Saga {
    /// Begins the saga of a request: plans every endpoint of its hubs, opens the first stage, dispatches what may
    /// begin.
    ///
    /// - Parameters:
    ///   - plans: one for each hub that the request names, in `request.hubs` order.
    ///   - version: that of the status which a rejected predecessor with the same id left; versions go on from there.
    public static func begin(
        _ request: Request, plans: [HubPlan], homePartition: Int32, after version: Int64 = 0, now: Timestamp,
        rules: SagaRules
    ) -> (saga: Saga, directives: Directives) {
        var saga = Planner(request: request, plans: plans, now: now).saga(homePartition: homePartition)
        saga.version = version
        var directives = Directives()
        // The two below, one for each dispatch, the end of each stage that has none, and of the whole.
        directives.reserve(dispatches: saga.tasks.count, events: 2 + saga.tasks.count + saga.stages.count + 1)
        directives.record(TimelineEvent(.received, at: now, code: request.type.rawValue))
        directives.record(TimelineEvent(.planned, at: now))
        if request.dryRun {
            for index in saga.tasks.indices { saga.tasks[index].enter(.skipped, until: nil, now: now) }
        }
        saga.conclude(now: now, rules: rules, &directives)
        return (saga, directives)
    }
}

/// Turns endpoints into tasks. Not copyable, so that the saga takes its tasks over instead of copying them.
private struct Planner: ~Copyable {
    private let request: Request
    private let plans: [HubPlan]
    private let now: Timestamp
    private var tasks: [SagaTask] = []
    private var disclosures: [Disclosure] = []

    init(request: Request, plans: [HubPlan], now: Timestamp) {
        self.request = request
        self.plans = plans
        self.now = now
        tasks.reserveCapacity(plans.reduce(0) { $0 + $1.endpoints.count })
        for hub in plans.indices { add(plans[hub], at: hub) }
    }

    consuming func saga(homePartition: Int32) -> Saga {
        let stages = stages
        return Saga(
            request: request, homePartition: homePartition, plans: plans, tasks: tasks, disclosures: disclosures,
            stages: stages, term: 0, now: now)
    }

    private var stages: [Saga.StageRecord] {
        switch request.type {
        case .access, .portability: [Saga.StageRecord(stage: .export)]
        case .erasure: [Stage.source, .sinks, .logs].map { Saga.StageRecord(stage: $0) }
        }
    }

    private mutating func add(_ plan: HubPlan, at hub: Int) {
        for disclosure in plan.disclosures where !disclosures.contains(disclosure) { disclosures.append(disclosure) }
        for index in plan.endpoints.indices { add(index, of: plan, hub: hub) }
    }

    /// By index: an endpoint that is taken out of its plan is copied with all that it refers to.
    private mutating func add(_ index: Int, of plan: HubPlan, hub: Int) {
        if !request.excludedEndpoints.isEmpty, request.excludedEndpoints.contains(plan.endpoints[index].id) {
            disclosures.append(Disclosure(system: plan.endpoints[index].id, reason: "excluded"))
            return
        }
        let action: TaskAction = request.type == .erasure ? .erase : .export
        guard plan.endpoints[index].actions.contains(action) else {
            disclosures.append(Disclosure(system: plan.endpoints[index].id, reason: "unsupported"))
            return
        }
        // A worker's stage can only be one in which an erasure visits anything; `export` there would never open.
        let stage: Stage = action == .export ? .export : max(.source, min(.logs, plan.endpoints[index].stage))
        tasks.append(SagaTask(hub: hub, endpoint: index, action: action, ordinal: 0, stage: stage, since: now))
        guard action == .erase else { return }
        for ordinal in plan.endpoints[index].reverifyMs.indices {
            tasks.append(
                SagaTask(hub: hub, endpoint: index, action: .verify, ordinal: ordinal + 1, stage: .verify, since: now))
        }
    }
}
