extension Saga {
    /// When something falls due by itself: a task's timer, a change of the deadline's state, the end of the grace
    /// period. nil where only a record can move the saga.
    public func nextWake(rules: SagaRules) -> Timestamp? {
        if let finished { return finished.adding(milliseconds: rules.graceMs) }
        var earliest = nextDeadlineChange
        guard !isHeld else { return earliest }
        for index in tasks.indices {
            guard let nextAt = tasks[index].nextAt else { continue }
            earliest = earliest.map { min($0, nextAt) } ?? nextAt
        }
        return earliest
    }

    /// A moment came for which the saga had asked. Early or repeated calls change nothing.
    public mutating func timeCame(now: Timestamp, rules: SagaRules, _ directives: inout Directives) {
        guard !state.isEnded else { return }
        if !isHeld {
            for index in tasks.indices {
                guard let nextAt = tasks[index].nextAt, nextAt <= now else { continue }
                apply(.timerDue, to: index, now: now, &directives)
            }
        }
        conclude(now: now, rules: rules, &directives)
    }

    /// What the ended saga leaves behind, once its grace period is over; nil before that.
    public func husk(now: Timestamp, rules: SagaRules) -> Husk? {
        guard let finished, now >= finished.adding(milliseconds: rules.graceMs) else { return nil }
        return Husk(
            kind: .ended, meaning: request.meaning, term: term, version: version,
            forgetAt: finished.adding(milliseconds: max(rules.graceMs, rules.statusGraceMs)))
    }

    /// The same request came once more: nothing happens, the last status is published again.
    public func requestedAgain(now: Timestamp, _ directives: inout Directives) {
        directives.record(TimelineEvent(.duplicate, at: now))
        directives.republishes = true
    }

    /// The catalogue was reloaded: `plans` is what it now has for these hubs (nil: the hub is gone).
    public mutating func catalogueChanged(
        fingerprint: (_ host: String) -> Fingerprint?, now: Timestamp, rules: SagaRules,
        _ directives: inout Directives
    ) {
        guard !state.isEnded else { return }
        isPlanOutdated = plans.contains { fingerprint($0.host) != $0.fingerprint }
        conclude(now: now, rules: rules, &directives)
    }
}
