import Contract
import RecordLog
import SagaKernel

extension Turn {
    func takeAcknowledgement(
        _ record: RecordView, at index: Int, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        switch acknowledgements.read(value: record.value, headers: record.headers) {
        case .failure(let refusal):
            refuse(refusal, at: index, into: &overlay)
        case .success(let read):
            let id = read.acknowledgement.requestID
            let isHere = isKnown(id, store, overlay)
            if isHere {
                let place = try touch(id, store, &overlay)
                acknowledge(read.acknowledgement, place: place, now: now, into: &overlay)
            } else if let home = elsewhere(
                id, stated: read.homePartition, isForwarded: read.isForwarded,
                store: store, isKnownHere: false)
            {
                overlay.forwards.append(Overlay.Forward(record: index, partition: home))
            } else {
                refuse(.unknownRequest(id), at: index, into: &overlay)
            }
        }
    }

    private func acknowledge(
        _ acknowledgement: Acknowledgement, place: Int, now: Timestamp, into overlay: inout Overlay
    ) {
        switch overlay.touched[place].after {
        case .saga(var saga):
            // Taken out while it changes, so that it is the only reference and changes in place.
            overlay.touched[place].after = nil
            var acknowledgement = acknowledgement
            let redactions = overlay.touched[place].redactor(for: saga).redact(&acknowledgement.verdict)
            if redactions > 0 {
                var event = TimelineEvent(.redacted, at: now, code: "\(redactions)")
                event.taskPath = saga.task(path: acknowledgement.taskPath).map { saga.path(of: saga.tasks[$0]) }
                overlay.touched[place].events.append(event)
            }
            let directives = saga.acknowledged(acknowledgement, now: now, rules: settings.rules)
            overlay.touched[place].take(directives)
            overlay.touched[place].after = .saga(saga)
        case .husk, nil:
            var event = TimelineEvent(.ackIgnored, at: now, code: "ended")
            event.epoch = acknowledgement.epoch
            event.attempt = acknowledgement.attempt
            overlay.touched[place].events.append(event)
        }
    }
}
