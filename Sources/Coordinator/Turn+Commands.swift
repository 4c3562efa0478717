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
                id, stated: read.homePartition, isForwarded: read.isForwarded,
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
            let redactor = overlay.touched[place].redactor(for: saga)
            let redactions = redactor.redact(&command)
            if redactions > 0 {
                overlay.touched[place].events.append(TimelineEvent(.redacted, at: now, code: "\(redactions)"))
            }
            let first = overlay.touched[place].events.count
            let directives = saga.commanded(command, now: now, rules: settings.rules)
            overlay.touched[place].take(directives)
            // The saga remembers the id as it came, or a second command could pass for the first.
            for event in overlay.touched[place].events.indices.dropFirst(first) {
                redactor.redactID(of: &overlay.touched[place].events[event])
            }
            overlay.touched[place].after = .saga(saga)
        case .husk(let husk):
            // The subject is not known any more, so what was written cannot be checked for identifiers.
            var bare = command
            bare.reason = nil
            bare.operator = nil
            if RequestID(bare.id) == nil { bare.id = Redactor.placeholder }
            let why: CommandRule.Refused = husk.kind == .rejected ? .rejected : .forgotten
            overlay.touched[place].events.append(
                Saga.entry(.commandRefused, bare, code: why.rawValue, now: now))
        case nil:
            break
        }
    }
}
