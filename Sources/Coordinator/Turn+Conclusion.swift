import Contract
import SagaKernel

extension Turn {
    /// Closes the turn: every request that something happened to gets its version and its snapshot. What follows only
    /// writes.
    func conclude(_ overlay: inout Overlay, stores: [Int32: PartitionStore], now: Timestamp) {
        for item in overlay.touched {
            guard let store = stores[item.partition] else { continue }
            boundEvents(item)
            if item.hasSaga {
                concludeSaga(of: item, store: store, now: now, &overlay)
            } else if let husk = item.husk {
                conclude(husk, item, store: store)
            } else {
                item.output.forgets = item.wasKnown
            }
        }
    }

    private func concludeSaga(
        of item: TouchedRequest, store: PartitionStore, now: Timestamp, _ overlay: inout Overlay
    ) {
        // Where there are no transactions the owner before may have shown something that it could not keep. What it
        // was is not known here, so what happens to the saga next is shown whether or not it changes anything.
        let mayHaveShownMore =
            settings.watchesForeignWrites && item.before?.term != store.term && !item.directives.events.isEmpty
        let hasNewFace = item.seal(isCompared: !mayHaveShownMore, term: store.term, now: now)
        item.output.writesStatus = hasNewFace || item.directives.republishes
        item.look { saga in
            let wake = saga.nextWake(rules: settings.rules)
            let snapshot = SnapshotCodec.encode(saga, wake: wake)
            if !store.holds(snapshot, of: saga.id) {
                item.output.snapshot = snapshot
                item.output.head = SnapshotCodec.Head(
                    isHusk: false, wake: wake, term: saga.term, version: saga.version,
                    plans: PlanReferences(of: saga.plans))
            }
            if !item.wasSaga { addPlans(of: saga, store: store, &overlay) }
        }
    }

    /// Plans that the partition's log does not hold yet.
    private func addPlans(of saga: Saga, store: PartitionStore, _ overlay: inout Overlay) {
        for plan in saga.plans where store.contents.plans[plan.fingerprint]?.isDurable != true {
            let isListed = overlay.newPlans.contains {
                $0.partition == store.partition && $0.plan.fingerprint == plan.fingerprint
            }
            if !isListed { overlay.newPlans.append((store.partition, plan)) }
        }
    }

    private func conclude(_ husk: Husk, _ item: TouchedRequest, store: PartitionStore) {
        let snapshot = SnapshotCodec.encode(husk, id: item.id)
        guard !store.holds(snapshot, of: item.id) else { return }
        item.output.snapshot = snapshot
        item.output.head = SnapshotCodec.Head(
            isHusk: true, wake: husk.forgetAt, term: husk.term, version: husk.version, plans: [])
        item.output.writesStatus = item.rejection != nil
    }

    /// A flood of records about one request must not become a flood in one record. What was ignored is left out first:
    /// what was done, and by whom, is what an auditor asks for.
    private func boundEvents(_ item: TouchedRequest) {
        if item.directives.repeatsWords { boundReasons(&item.directives.events) }
        let limit = settings.rules.timelineEventsPerTurnMax
        guard item.directives.events.count > limit else { return }
        let events = item.directives.events
        let essential = events.indices.filter { !events[$0].kind.isNoise }
        let kept = Set((essential + events.indices.filter { events[$0].kind.isNoise }).prefix(limit))
        item.directives.events = events.indices.filter(kept.contains).map { events[$0] }
        item.unwritten = events.indices.filter { !kept.contains($0) }.map { events[$0] }
        let note = "and \(item.unwritten.count) further entries in this turn"
        let place = item.directives.events.lastIndex { $0.reason == nil } ?? limit - 1
        item.directives.events[place].reason = item.directives.events[place].reason.map { "\($0); \(note)" } ?? note
    }

    private func boundReasons(_ events: inout [TimelineEvent]) {
        var bytes = 0
        for index in events.indices {
            guard let said = events[index].words?.writtenBytes else { continue }
            if bytes + said <= settings.rules.timelineReasonBytesMax {
                bytes += said
            } else {
                events[index].reason = nil
                events[index].commandID = nil
                events[index].operator = nil
            }
        }
    }
}

extension TimelineEvent.Words {
    fileprivate var writtenBytes: Int {
        switch self {
        case .said(let commandID, let `operator`, let reason):
            (reason?.writtenBytes ?? 0) + (commandID?.writtenBytes ?? 0) + (`operator`?.writtenBytes ?? 0)
        }
    }
}

extension TimelineEvent.Kind {
    /// Says that nothing happened.
    fileprivate var isNoise: Bool {
        switch self {
        case .ackIgnored, .duplicate: true
        case .received, .planned, .dispatched, .acknowledged, .timedOut, .stageLeft, .sweptAgain, .reappeared,
            .commandApplied, .commandRefused, .slaChanged, .stateChanged, .redacted:
            false
        }
    }
}
