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
        let floats = [floating, other.floating].compactMap { $0 }
        return Horizon(fixed: max(fixed, other.fixed), floating: floats.max())
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
        for record in stages {
            var stageEnd = stageStart
            for task in tasks where task.stage == record.stage && !isOver(task) {
                let taskEnd = self.end(of: task, stageOpenedAt: record.openedAt, stageStart: stageStart)
                end = end.joined(taskEnd.joined(verificationEnd(of: task, erasedBy: taskEnd)))
                stageEnd = stageEnd.joined(taskEnd)
            }
            // A stage that is left already holds nobody up, however long its retention waits may take.
            if record.leftAt == nil { stageStart = stageEnd }
        }
        for task in tasks where task.action == .verify && !isOver(task) {
            guard let nextAt = task.nextAt else { continue }
            end = end.joined(Horizon.at(nextAt).joined(.now).adding(endpoint(of: task).ackTimeoutMs))
        }
        return end.joined(stageStart)
    }

    private func isOver(_ task: SagaTask) -> Bool {
        switch task.phase {
        case .succeeded, .skipped, .cancelled: true
        case .blocked, .dispatched, .waiting, .failed: false
        }
    }

    private func end(of task: SagaTask, stageOpenedAt: Timestamp?, stageStart: Horizon) -> Horizon {
        let endpoint = endpoint(of: task)
        if let startedAt = task.startedAt, task.phase != .failed {
            // What has begun ends a worst case after its beginning; what has overrun that ends at the earliest now.
            let worst = Horizon.at(startedAt).adding(endpoint.worstCaseMs).joined(.now)
            // A wait that is known to be longer than the worst case is what counts.
            guard case .waiting = task.phase, let nextAt = task.nextAt else { return worst }
            return worst.joined(.at(nextAt))
        }
        if case .waiting(.settle) = task.phase, let nextAt = task.nextAt {
            // On hold a settle time passes without anything beginning.
            return Horizon.at(nextAt).joined(.now).adding(endpoint.worstCaseMs)
        }
        let settleMs = task.settles && stageOpenedAt == nil ? endpoint.settleMs : 0
        return stageStart.adding(settleMs).adding(endpoint.worstCaseMs)
    }

    /// The last verification that follows an erasure which is still to come.
    private func verificationEnd(of task: SagaTask, erasedBy eraseEnd: Horizon) -> Horizon {
        guard task.action == .erase, let last = endpoint(of: task).reverifyMs.max() else { return eraseEnd }
        return eraseEnd.adding(last).adding(endpoint(of: task).ackTimeoutMs)
    }

    /// Brings `deadline` up to date and tells its change.
    mutating func refreshDeadline(now: Timestamp, _ directives: inout [Directive]) {
        let new = deadlineState(now: now)
        guard new != deadline else { return }
        deadline = new
        directives.append(.record(TimelineEvent(.slaChanged, at: now, code: new.rawValue)))
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
