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
            let item = try addressee(
                read.command.requestID, home: read.homePartition, isForwarded: read.isForwarded, at: index,
                store: store, into: &overlay)
            if let item { carryOut(read.command, item, now: now) }
        }
    }

    private func carryOut(_ command: Command, _ item: TouchedRequest, now: Timestamp) {
        if let redactor = item.redactor() {
            var command = command
            let redactions = redactor.redact(&command)
            if redactions > 0 {
                item.directives.record(TimelineEvent(.redacted, at: now, code: "\(redactions)"))
            }
            let first = item.directives.events.count
            item.happen { saga, directives in
                saga.commanded(command, now: now, rules: settings.rules, &directives)
            }
            // The saga remembers the id as it came, or a second command could pass for the first.
            for event in item.directives.events.indices.dropFirst(first) {
                redactor.redactID(of: &item.directives.events[event])
            }
        } else if let husk = item.husk {
            // The subject is not known any more, so what was written cannot be checked for identifiers.
            var bare = command
            bare.reason = nil
            bare.operator = nil
            if RequestID(bare.id) == nil { bare.id = Redactor.placeholder }
            let why: CommandRule.Refused = husk.kind == .rejected ? .rejected : .forgotten
            item.directives.record(Saga.entry(.commandRefused, bare, code: why.rawValue, now: now))
        }
    }
}
