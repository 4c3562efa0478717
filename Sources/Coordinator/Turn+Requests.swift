import Contract
import RecordLog
import SagaKernel

extension Turn {
    func takeRequest(
        _ record: RecordView, at index: Int, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        switch requests.read(value: record.value, headers: record.headers, now: now) {
        case .success(let request):
            let isHere = try isTaken(request.id, store, &overlay)
            if !isHere,
                let home = elsewhere(
                    request.id, stated: nil, isForwarded: Envelope.isForwarded(record.headers), store: store)
            {
                overlay.forwards.append(Overlay.Forward(record: index, partition: home))
                return
            }
            try accept(request, at: index, store: store, now: now, into: &overlay)
        case .failure(let refusal):
            refuse(refusal, at: index, into: &overlay)
            guard let id = refusal.requestID else { return }
            let isHere = try isTaken(id, store, &overlay)
            // A request of another partition is not new: a status from here would stand against its saga's.
            guard isHere || elsewhere(id, stated: nil, isForwarded: false, store: store) == nil else { return }
            try reject(id, refusal, store: store, now: now, into: &overlay)
        }
    }

    /// Whether a saga of this request is or was here. That it was refused here says nothing: it may run elsewhere.
    private func isTaken(
        _ id: RequestID, _ store: PartitionStore, _ overlay: inout Overlay
    ) throws(LaneFailure) -> Bool {
        guard let item = try find(id, store, &overlay) else { return false }
        return item.husk?.kind != .rejected
    }

    private func accept(
        _ request: Request, at index: Int, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let item = try touch(request.id, store, &overlay)
        guard let meaning = item.husk?.meaning ?? item.saga?.request.meaning else {
            return begin(request, after: 0, at: index, item, store: store, now: now, into: &overlay)
        }
        if let husk = item.husk, husk.kind == .rejected {
            begin(request, after: husk.version, at: index, item, store: store, now: now, into: &overlay)
        } else if let version = item.saga?.version, Mutant.beginsAgainOnDuplicate.isOn {
            begin(request, after: version, at: index, item, store: store, now: now, into: &overlay)
        } else if meaning != request.meaning {
            refuse(.conflictingDuplicate(request.id), at: index, into: &overlay)
        } else if item.hasSaga {
            item.happen { saga, directives in saga.requestedAgain(now: now, &directives) }
        } else {
            item.directives.record(TimelineEvent(.duplicate, at: now))
        }
    }

    private func begin(
        _ request: Request, after version: Int64, at index: Int, _ item: TouchedRequest,
        store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) {
        // The reader has refused every hub that the catalogue does not know.
        let hubPlans = request.hubs.compactMap { plans.plans[$0] }
        let (saga, directives) = Saga.begin(
            request, plans: hubPlans, homePartition: item.partition, after: version, now: now,
            rules: settings.rules)
        guard saga.tasks.count <= settings.rules.tasksMax else {
            let refusal = Refusal(
                code: .tooLarge,
                message: "the plan has \(saga.tasks.count) tasks, more than limits.tasks (\(settings.rules.tasksMax)); "
                    + "split the request by hub, or exclude endpoints",
                requestID: request.id)
            refuse(refusal, at: index, into: &overlay)
            reject(refusal, after: version, item, term: store.term, now: now)
            return
        }
        item.rejection = nil
        item.become(saga, directives)
    }

    /// Publishes that a request was refused, where its id is new or was refused before: the status of a running saga is
    /// not touched by a broken record that bears its id.
    private func reject(
        _ id: RequestID, _ refusal: Refusal, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let item = try touch(id, store, &overlay)
        let mayBeNew = !item.isKnown || item.husk?.kind == .rejected
        guard mayBeNew else { return }
        reject(refusal, after: item.husk?.version ?? 0, item, term: store.term, now: now)
    }

    private func reject(
        _ refusal: Refusal, after version: Int64, _ item: TouchedRequest, term: Int64, now: Timestamp
    ) {
        let keptMs = max(settings.rules.graceMs, settings.rules.statusGraceMs)
        item.rejection = refusal.code.rawValue
        item.become(
            Husk(
                kind: .rejected, meaning: Fingerprint(high: 0, low: 0), term: term, version: version + 1,
                forgetAt: now.adding(milliseconds: keptMs)))
        item.directives.record(TimelineEvent(.stateChanged, at: now, code: "rejected"))
    }
}
