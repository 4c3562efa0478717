/// A moment that may depend on the present one: `max(fixed, now + floating)`.
///
/// The feasibility sum is made of maxima and additions only, so that every partial sum has this form, and the moment at
/// which a plan stops fitting can be computed instead of being polled for.
struct Horizon: Hashable {
    var fixed: Int64
    /// nil: does not depend on now.
    var floating: Int64?

    static let now = Horizon(fixed: .min, floating: 0)

    static func at(_ time: Timestamp) -> Horizon { Horizon(fixed: time.milliseconds, floating: nil) }

    func adding(_ durationMs: Int64) -> Horizon {
        Horizon(
            fixed: fixed == .min ? .min : Timestamp(milliseconds: fixed).adding(milliseconds: durationMs).milliseconds,
            floating: floating.map { Timestamp(milliseconds: $0).adding(milliseconds: durationMs).milliseconds })
    }

    func joined(_ other: Horizon) -> Horizon {
        guard let mine = floating, let theirs = other.floating else {
            return Horizon(fixed: max(fixed, other.fixed), floating: floating ?? other.floating)
        }
        return Horizon(fixed: max(fixed, other.fixed), floating: max(mine, theirs))
    }

    func value(now: Timestamp) -> Timestamp {
        let moving = floating.map { now.adding(milliseconds: $0) }
        return max(Timestamp(milliseconds: fixed), moving ?? Timestamp(milliseconds: .min))
    }
}

extension Saga {
    /// When the request will be completed if everything that remains takes as long as its endpoint may take; nil where
    /// nothing runs towards an end (ended, on hold, failed).
    public func expectedCompletion(now: Timestamp) -> Timestamp? {
        guard state == .inProgress else { return nil }
        return horizon.value(now: now)
    }

    /// The end of the longest chain of what remains.
    private var horizon: Horizon {
        var end = Horizon.now
        var stageStart = Horizon.now
        // By index: to take a task or an endpoint out copies all its texts, for every status that is written.
        for record in stages {
            var stageEnd = stageStart
            for index in tasks.indices where tasks[index].stage == record.stage && !isOver(tasks[index].phase) {
                let taskEnd = self.end(of: index, stageOpenedAt: record.openedAt, stageStart: stageStart)
                end = end.joined(taskEnd.joined(verificationEnd(of: index, erasedBy: taskEnd)))
                stageEnd = stageEnd.joined(taskEnd)
            }
            // A stage that is left already holds nobody up, however long its retention waits may take.
            if record.leftAt == nil { stageStart = stageEnd }
        }
        for index in tasks.indices where tasks[index].action == .verify && !isOver(tasks[index].phase) {
            guard let nextAt = tasks[index].nextAt else { continue }
            end = end.joined(Horizon.at(nextAt).joined(.now).adding(ackTimeoutMs(of: index)))
        }
        return end.joined(stageStart)
    }

    private func worstCaseMs(of index: Int) -> Int64 {
        plans[tasks[index].hub].endpoints[tasks[index].endpoint].worstCaseMs
    }

    private func ackTimeoutMs(of index: Int) -> Int64 {
        plans[tasks[index].hub].endpoints[tasks[index].endpoint].ackTimeoutMs
    }

    private func isOver(_ phase: TaskPhase) -> Bool {
        switch phase {
        case .succeeded, .skipped, .cancelled: true
        case .blocked, .dispatched, .waiting, .failed: false
        }
    }

    private func end(of index: Int, stageOpenedAt: Timestamp?, stageStart: Horizon) -> Horizon {
        let phase = tasks[index].phase
        if let startedAt = tasks[index].startedAt, phase != .failed {
            // What has begun ends a worst case after its beginning; what has overrun that ends at the earliest now.
            let worst = Horizon.at(startedAt).adding(worstCaseMs(of: index)).joined(.now)
            // A wait that is known to be longer than the worst case is what counts.
            guard case .waiting = phase, let nextAt = tasks[index].nextAt else { return worst }
            return worst.joined(.at(nextAt))
        }
        if case .waiting(.settle) = phase, let nextAt = tasks[index].nextAt {
            // On hold a settle time passes without anything beginning.
            return Horizon.at(nextAt).joined(.now).adding(worstCaseMs(of: index))
        }
        let settles = tasks[index].settles && stageOpenedAt == nil
        let settleMs = settles ? plans[tasks[index].hub].endpoints[tasks[index].endpoint].settleMs : 0
        return stageStart.adding(settleMs).adding(worstCaseMs(of: index))
    }

    /// The last verification that follows an erasure which is still to come.
    private func verificationEnd(of index: Int, erasedBy eraseEnd: Horizon) -> Horizon {
        guard tasks[index].action == .erase,
            let last = plans[tasks[index].hub].endpoints[tasks[index].endpoint].reverifyMs.max()
        else { return eraseEnd }
        return eraseEnd.adding(last).adding(ackTimeoutMs(of: index))
    }

    /// Brings `deadline` up to date and tells its change.
    mutating func refreshDeadline(now: Timestamp, _ directives: inout Directives) {
        let new = deadlineState(now: now)
        guard new != deadline else { return }
        deadline = new
        directives.record(TimelineEvent(.slaChanged, at: now, code: new.rawValue))
    }

    private func deadlineState(now: Timestamp) -> DeadlineState {
        if let finished { return finished > due ? .breached : .onTrack }
        if now > due { return .breached }
        return horizon.value(now: now) > due ? .atRisk : .onTrack
    }

    /// When `deadline` changes if nothing else happens.
    var nextDeadlineChange: Timestamp? {
        switch deadline {
        case .breached: return nil
        case .atRisk: return due.adding(milliseconds: 1)
        case .onTrack:
            guard let floating = horizon.floating else { return due.adding(milliseconds: 1) }
            return due.adding(milliseconds: -floating).adding(milliseconds: 1)
        }
    }
}
