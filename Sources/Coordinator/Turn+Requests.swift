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
            if let home = elsewhere(
                request.id, stated: nil, isForwarded: Envelope.isForwarded(record.headers), store: store,
                isKnownHere: isHere)
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
            guard elsewhere(id, stated: nil, isForwarded: false, store: store, isKnownHere: isHere) == nil else {
                return
            }
            try reject(id, refusal, store: store, now: now, into: &overlay)
        }
    }

    /// Whether a saga of this request is or was here. That it was refused here says nothing: it may run elsewhere.
    private func isTaken(
        _ id: RequestID, _ store: PartitionStore, _ overlay: inout Overlay
    ) throws(LaneFailure) -> Bool {
        guard isKnown(id, store, overlay) else { return false }
        if case .husk(let husk) = overlay.touched[try touch(id, store, &overlay)].after {
            return husk.kind != .rejected
        }
        return true
    }

    private func accept(
        _ request: Request, at index: Int, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let place = try touch(request.id, store, &overlay)
        switch overlay.touched[place].after {
        case nil:
            begin(request, after: 0, at: index, place: place, store: store, now: now, into: &overlay)
        case .husk(let husk) where husk.kind == .rejected:
            begin(request, after: husk.version, at: index, place: place, store: store, now: now, into: &overlay)
        case .husk(let husk) where husk.meaning == request.meaning:
            overlay.touched[place].events.append(TimelineEvent(.duplicate, at: now))
        case .saga(let saga) where Mutant.beginsAgainOnDuplicate.isOn:
            begin(request, after: saga.version, at: index, place: place, store: store, now: now, into: &overlay)
        case .saga(let saga) where saga.request.meaning == request.meaning:
            overlay.touched[place].take(saga.requestedAgain(now: now))
        case .husk, .saga:
            refuse(.conflictingDuplicate(request.id), at: index, into: &overlay)
        }
    }

    private func begin(
        _ request: Request, after version: Int64, at index: Int, place: Int, store: PartitionStore, now: Timestamp,
        into overlay: inout Overlay
    ) {
        // The reader has refused every hub that the catalogue does not know.
        let hubPlans = request.hubs.compactMap { plans.plans[$0] }
        let (saga, directives) = Saga.begin(
            request, plans: hubPlans, homePartition: overlay.touched[place].partition, after: version, now: now,
            rules: settings.rules)
        guard saga.tasks.count <= settings.rules.tasksMax else {
            let refusal = Refusal(
                code: .tooLarge,
                message: "the plan has \(saga.tasks.count) tasks, more than limits.tasks (\(settings.rules.tasksMax)); "
                    + "split the request by hub, or exclude endpoints",
                requestID: request.id)
            refuse(refusal, at: index, into: &overlay)
            reject(refusal, after: version, place: place, store: store, now: now, into: &overlay)
            return
        }
        overlay.touched[place].rejection = nil
        overlay.touched[place].after = .saga(saga)
        overlay.touched[place].take(directives)
    }

    /// Publishes that a request was refused, where its id is new or was refused before: the status of a running saga is
    /// not touched by a broken record that bears its id.
    private func reject(
        _ id: RequestID, _ refusal: Refusal, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let place = try touch(id, store, &overlay)
        var version: Int64 = 0
        switch overlay.touched[place].after {
        case nil: break
        case .husk(let husk) where husk.kind == .rejected: version = husk.version
        case .husk, .saga: return
        }
        reject(refusal, after: version, place: place, store: store, now: now, into: &overlay)
    }

    private func reject(
        _ refusal: Refusal, after version: Int64, place: Int, store: PartitionStore, now: Timestamp,
        into overlay: inout Overlay
    ) {
        let keptMs = max(settings.rules.graceMs, settings.rules.statusGraceMs)
        overlay.touched[place].rejection = refusal.code.rawValue
        overlay.touched[place].after = .husk(
            Husk(
                kind: .rejected, meaning: Fingerprint(high: 0, low: 0), term: store.term, version: version + 1,
                forgetAt: now.adding(milliseconds: keptMs)))
        overlay.touched[place].events.append(TimelineEvent(.stateChanged, at: now, code: "rejected"))
    }
}
