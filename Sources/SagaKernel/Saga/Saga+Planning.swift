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
    ) -> (saga: Saga, directives: [Directive]) {
        var planner = Planner(request: request, now: now)
        for hub in plans.indices { planner.add(plans[hub], at: hub) }
        var saga = Saga(
            request: request, homePartition: homePartition, plans: plans, tasks: planner.tasks,
            disclosures: planner.disclosures, stages: planner.stages, term: 0, now: now)
        saga.version = version
        var directives: [Directive] = [
            .record(TimelineEvent(.received, at: now, code: request.type.rawValue)),
            .record(TimelineEvent(.planned, at: now)),
        ]
        // A dispatch and its entry for each task: to grow into that would move everything several times.
        directives.reserveCapacity(directives.count + 2 * saga.tasks.count)
        if request.dryRun {
            for index in saga.tasks.indices { saga.tasks[index].enter(.skipped, until: nil, now: now) }
        }
        saga.conclude(now: now, rules: rules, &directives)
        return (saga, directives)
    }
}

/// Turns endpoints into tasks.
private struct Planner {
    let request: Request
    let now: Timestamp
    var tasks: [SagaTask] = []
    var disclosures: [Disclosure] = []

    init(request: Request, now: Timestamp) {
        self.request = request
        self.now = now
    }

    var stages: [Saga.StageRecord] {
        switch request.type {
        case .access, .portability: [Saga.StageRecord(stage: .export)]
        case .erasure: [Stage.source, .sinks, .logs].map { Saga.StageRecord(stage: $0) }
        }
    }

    mutating func add(_ plan: HubPlan, at hub: Int) {
        for disclosure in plan.disclosures where !disclosures.contains(disclosure) { disclosures.append(disclosure) }
        for index in plan.endpoints.indices { add(plan.endpoints[index], hub: hub, index: index) }
    }

    private mutating func add(_ endpoint: Endpoint, hub: Int, index: Int) {
        if request.excludedEndpoints.contains(endpoint.id) {
            disclosures.append(Disclosure(system: endpoint.id, reason: "excluded"))
            return
        }
        let action: TaskAction = request.type == .erasure ? .erase : .export
        guard endpoint.actions.contains(action) else {
            disclosures.append(Disclosure(system: endpoint.id, reason: "unsupported"))
            return
        }
        // A worker's stage can only be one in which an erasure visits anything; `export` there would never open.
        let stage: Stage = action == .export ? .export : max(.source, min(.logs, endpoint.stage))
        tasks.append(SagaTask(hub: hub, endpoint: index, action: action, ordinal: 0, stage: stage, since: now))
        guard action == .erase else { return }
        for ordinal in endpoint.reverifyMs.indices {
            tasks.append(
                SagaTask(hub: hub, endpoint: index, action: .verify, ordinal: ordinal + 1, stage: .verify, since: now))
        }
    }
}
