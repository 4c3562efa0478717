import Contract
import RecordLog
import SagaKernel

extension Turn {
    func takeCommand(
        _ record: RecordView, at index: Int, store: PartitionStore, now: Timestamp, into overlay: inout Overlay
    ) throws(LaneFailure) {
        switch commands.read(value: record.value, headers: record.headers) {
        case .failure(let refusal):
            refuse(refusal, at: index, into: &overlay)
        case .success(let read):
            let id = read.command.requestID
            if isKnown(id, store, overlay) {
                let place = try touch(id, store, &overlay)
                carryOut(read.command, place: place, now: now, into: &overlay)
            } else if let home = elsewhere(
                id, stated: read.homePartition, isForwarded: Envelope.isForwarded(record.headers),
                store: store, isKnownHere: false)
            {
                overlay.forwards.append(Overlay.Forward(record: index, partition: home))
            } else {
                refuse(.unknownRequest(id), at: index, into: &overlay)
            }
        }
    }

    private func carryOut(_ command: Command, place: Int, now: Timestamp, into overlay: inout Overlay) {
        switch overlay.touched[place].after {
        case .saga(var saga):
            overlay.touched[place].after = nil
            var command = command
            let redactions = Redactor(subjects: saga.request.subjects).redact(&command)
            if redactions > 0 {
                overlay.touched[place].events.append(TimelineEvent(.redacted, at: now, code: "\(redactions)"))
            }
            let directives = saga.commanded(command, now: now, rules: settings.rules)
            overlay.touched[place].take(directives)
            overlay.touched[place].after = .saga(saga)
        case .husk(let husk):
            // The subject is not known any more, so the operator's words cannot be checked for identifiers.
            var bare = command
            bare.reason = nil
            let why: CommandRule.Refused = husk.kind == .rejected ? .rejected : .forgotten
            overlay.touched[place].events.append(
                Saga.entry(.commandRefused, bare, code: why.rawValue, now: now))
        case nil:
            break
        }
    }
}
