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
            let item = try addressee(
                read.acknowledgement.requestID, home: read.homePartition, isForwarded: read.isForwarded, at: index,
                store: store, into: &overlay)
            if let item { acknowledge(read.acknowledgement, item, now: now) }
        }
    }

    private func acknowledge(_ acknowledgement: Acknowledgement, _ item: TouchedRequest, now: Timestamp) {
        guard let redactor = item.redactor() else {
            var event = TimelineEvent(.ackIgnored, at: now, code: "ended")
            event.epoch = acknowledgement.epoch
            event.attempt = acknowledgement.attempt
            item.note(event)
            return
        }
        var acknowledgement = acknowledgement
        let redactions = redactor.redact(&acknowledgement.verdict)
        if redactions > 0 {
            var event = TimelineEvent(.redacted, at: now, code: "\(redactions)")
            event.taskPath = item.saga?.knownPath(acknowledgement.taskPath)
            item.note(event)
        }
        item.take(item.saga?.acknowledged(acknowledgement, now: now, rules: settings.rules))
    }
}

extension Saga {
    /// The path, where it is one of this saga's tasks': what a worker wrote in its place is not repeated.
    fileprivate func knownPath(_ path: String) -> String? { task(path: path).map { self.path(of: tasks[$0]) } }
}
