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
        case .success(var read):
            let item = try addressee(
                read.acknowledgement.requestID, home: read.homePartition, isForwarded: read.isForwarded, at: index,
                store: store, into: &overlay)
            if let item { acknowledge(&read.acknowledgement, item, now: now) }
        }
    }

    /// - Parameter acknowledgement: changed in its place, where it names a subject.
    private func acknowledge(_ acknowledgement: inout Acknowledgement, _ item: TouchedRequest, now: Timestamp) {
        guard let redactor = item.redactor() else {
            return item.directives.record(
                TimelineEvent(
                    .ackIgnored, at: now, code: "ended", epoch: acknowledgement.epoch,
                    attempt: acknowledgement.attempt))
        }
        let redactions = redactor.redact(&acknowledgement.verdict)
        if redactions > 0 {
            item.directives.record(
                TimelineEvent(
                    .redacted, at: now, code: "\(redactions)",
                    taskPath: item.saga?.knownPath(acknowledgement.taskPath)))
        }
        item.happen { saga, directives in
            saga.acknowledged(acknowledgement, now: now, rules: settings.rules, &directives)
        }
    }
}

extension Saga {
    /// The path, where it is one of this saga's tasks': what a worker wrote in its place is not repeated.
    fileprivate func knownPath(_ path: String) -> String? { task(path: path).map { self.path(at: $0) } }
}
