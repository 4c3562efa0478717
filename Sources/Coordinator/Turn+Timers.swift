import Contract
import SagaKernel

extension Turn {
    /// Works off one due timer.
    func timeCame(
        for id: RequestID, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let place = try touch(id, store, &overlay)
        switch overlay.touched[place].after {
        case .saga(var saga):
            if let husk = saga.husk(now: now, rules: settings.rules) {
                overlay.touched[place].after = .husk(husk)
                return
            }
            overlay.touched[place].after = nil
            let directives = saga.timeCame(now: now, rules: settings.rules)
            overlay.touched[place].take(directives)
            overlay.touched[place].after = .saga(saga)
        case .husk(let husk):
            if husk.forgetAt <= now { overlay.touched[place].after = nil }
        case nil:
            break
        }
    }

    /// Tells a saga that the catalogue is another one now.
    func catalogueChanged(
        for id: RequestID, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        let place = try touch(id, store, &overlay)
        guard case .saga(var saga) = overlay.touched[place].after else { return }
        overlay.touched[place].after = nil
        let directives = saga.catalogueChanged(
            fingerprint: { plans.plans[$0]?.fingerprint }, now: now, rules: settings.rules)
        overlay.touched[place].take(directives)
        overlay.touched[place].after = .saga(saga)
    }
}
