extension Saga {
    /// Opens every stage that can be opened, starts what can start in it, and leaves every stage that can be left.
    mutating func advance(now: Timestamp, _ directives: inout Directives) {
        var previousLeft: Timestamp? = received
        for index in stages.indices {
            if stages[index].openedAt == nil { stages[index].openedAt = previousLeft }
            guard let openedAt = stages[index].openedAt else { return }
            let stage = stages[index].stage
            for task in tasks.indices where tasks[task].stage == stage {
                apply(.stageOpened, to: task, openedAt: openedAt, now: now, &directives)
            }
            if stages[index].leftAt == nil {
                guard isLeavable(stage) || Mutant.opensStagesTogether.isOn else { return }
                stages[index].leftAt = now
                directives.record(TimelineEvent(.stageLeft, at: now, code: stage.name))
            }
            previousLeft = stages[index].leftAt
        }
    }

    /// Whether nothing in the stage has to be waited for before the next may begin (contract §4, "Stages").
    ///
    /// One slow endpoint must not hold up the healthy ones: the source is not held by an owner's silence, the sinks not
    /// by retention, an owner, or an operation that the endpoint has accepted.
    private func isLeavable(_ stage: Stage) -> Bool {
        tasks.indices.allSatisfy { index in
            guard tasks[index].stage == stage else { return true }
            switch tasks[index].phase {
            case .succeeded, .failed, .skipped, .cancelled: return true
            case .waiting(.awaitingOwner): return stage == .source || stage == .sinks
            case .waiting(.retention), .waiting(.operationRunning): return stage == .sinks
            case .blocked, .dispatched, .waiting(.throttled), .waiting(.retry), .waiting(.settle), .waiting(.reverify):
                return false
            }
        }
    }

    /// What the status says of a stage.
    public enum StageState: String, Sendable {
        case blocked, running, done
    }

    /// The stages as the status shows them; the verifications are shown as one where there are any.
    public var stageStates: [(stage: Stage, state: StageState)] {
        var shown: [(stage: Stage, state: StageState)] = []
        shown.reserveCapacity(stages.count + 1)
        for record in stages {
            shown.append((record.stage, state(of: record.stage, isOpen: record.openedAt != nil)))
        }
        if tasks.indices.contains(where: { tasks[$0].stage == .verify }) {
            let isOpen = tasks.indices.contains { tasks[$0].stage == .verify && tasks[$0].phase != .blocked }
            shown.append((.verify, state(of: .verify, isOpen: isOpen)))
        }
        return shown
    }

    private func state(of stage: Stage, isOpen: Bool) -> StageState {
        if tasks.indices.allSatisfy({ tasks[$0].stage != stage || tasks[$0].phase.isSettled }) {
            return isOpen || self.state.isEnded ? .done : .blocked
        }
        return isOpen ? .running : .blocked
    }

    /// Sweeps every stage behind `stage` once more, in order, with their settle times: what was swept before the source
    /// was really cut off may have missed what came in between.
    mutating func sweepAgain(after stage: Stage, now: Timestamp, _ directives: inout Directives) {
        directives.record(TimelineEvent(.sweptAgain, at: now, code: stage.name))
        for index in stages.indices where stages[index].stage >= stage {
            stages[index].leftAt = nil
            if stages[index].stage > stage { stages[index].openedAt = nil }
        }
        for index in tasks.indices where tasks[index].stage > stage && !belongs(verification: index, to: stage) {
            restart(index, because: .sweptAgain, settles: true, now: now)
        }
    }

    /// Verifications of the source's own endpoints are not behind the source.
    private func belongs(verification index: Int, to stage: Stage) -> Bool {
        let task = tasks[index]
        return task.action == .verify && endpoint(of: task).stage <= stage
    }

    /// Begins a task anew where the table allows it. A verification whose erasure is skipped stays as it is: blocked,
    /// it would wait for an erasure that nothing will start.
    mutating func restart(_ index: Int, because happening: TaskTransition.Happening, settles: Bool, now: Timestamp) {
        guard TaskTransition.move(tasks[index].phase, on: happening) == .restart else { return }
        if tasks[index].action == .verify, let erase = erasure(of: index), tasks[erase].phase == .skipped { return }
        tasks[index].restart(now: now, settles: settles)
    }

    /// The verifications of an erasure.
    func verifications(of erase: Int) -> [Int] {
        let (hub, endpoint) = (tasks[erase].hub, tasks[erase].endpoint)
        return tasks.indices.filter {
            tasks[$0].action == .verify && tasks[$0].hub == hub && tasks[$0].endpoint == endpoint
        }
    }

    /// The erasure that a verification verifies.
    func erasure(of verification: Int) -> Int? {
        let (hub, endpoint) = (tasks[verification].hub, tasks[verification].endpoint)
        return tasks.indices.first {
            tasks[$0].action == .erase && tasks[$0].hub == hub && tasks[$0].endpoint == endpoint
        }
    }
}
