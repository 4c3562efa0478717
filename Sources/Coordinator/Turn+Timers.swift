import Contract
import SagaKernel

extension Turn {
    /// Works off one due timer.
    func timeCame(
        for id: RequestID, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let item = try touch(id, store, &overlay)
        if let husk = item.saga?.husk(now: now, rules: settings.rules) {
            item.become(husk)
        } else if item.hasSaga {
            item.happen { saga, directives in saga.timeCame(now: now, rules: settings.rules, &directives) }
        } else if let husk = item.husk, husk.forgetAt <= now {
            item.forget()
        }
    }

    /// Tells a saga that the catalogue is another one now.
    func catalogueChanged(
        for id: RequestID, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let item = try touch(id, store, &overlay)
        item.happen { saga, directives in
            saga.catalogueChanged(
                fingerprint: { plans.plans[$0]?.fingerprint }, now: now, rules: settings.rules, &directives)
        }
    }
}
