import Contract
import SagaKernel

/// Many requests, a line each: what the oldest deadline belongs to comes first.
struct ListView {
    var requests: [StatusDocument]
    var now: Timestamp

    func lines(width: Int?, colours: Bool) -> [String] {
        var table = Table([
            .init(title: "REQUEST"), .init(title: "TYPE", minimum: 6, dispensable: 3), .init(title: "STATE"),
            .init(title: "DUE"), .init(title: "SLA"),
            .init(title: "DONE", alignment: .right, dispensable: 1), .init(title: "WAITS FOR", minimum: 16),
            .init(title: "UPDATED", dispensable: 2),
        ])
        for status in requests {
            let state = RequestState(status.state)
            table.append([
                Styled(status.requestID), Styled(status.requestType ?? ""),
                Styled(TaskWords.plain(status.state), StateTone.request(state)),
                Styled(due(status)), sla(status),
                Styled(done(status)), Styled(waitsFor(status, state)),
                Styled(TimeText.parse(status.updatedTime).map { RelativeTime.brief($0, now: now) } ?? "", .faint),
            ])
        }
        return table.lines(width: width, colours: colours)
    }

    /// The deadline, or of an ended request when it ended.
    private func due(_ status: StatusDocument) -> String {
        if let finished = status.finishedTime { return "ended \(RelativeTime.cell(finished, now: now))" }
        return status.sla.map { RelativeTime.cell($0.dueTime, now: now) } ?? ""
    }

    /// Nothing where all is well, so that the column stands out where it is there at all.
    private func sla(_ status: StatusDocument) -> Styled {
        guard let sla = status.sla?.status, sla != "on_track" else { return "" }
        return Styled(TaskWords.plain(sla), StateTone.sla(sla))
    }

    private func done(_ status: StatusDocument) -> String {
        guard !status.tasks.isEmpty else { return "" }
        let settled = status.tasks.count { ["succeeded", "skipped", "cancelled"].contains($0.state) }
        return "\(settled)/\(status.tasks.count)"
    }

    /// Failed tasks first, since they wait for the reader; then the wait that ends first.
    private func waitsFor(_ status: StatusDocument, _ state: RequestState) -> String {
        let failed = status.tasks.filter { $0.state == "failed" }
        if let first = failed.first {
            let rest = failed.count > 1 ? " (and \(failed.count - 1) more)" : ""
            return "an operator: \(first.endpointID) \(first.error?.code ?? "failed")\(rest)"
        }
        if state.isEnd { return status.reason.map(TaskWords.plain) ?? "" }
        let waiting = status.tasks.filter { ["waiting", "dispatched"].contains($0.state) }
        guard let next = waiting.min(by: { ($0.nextAt ?? "9") < ($1.nextAt ?? "9") }) else {
            return status.reason.map(TaskWords.plain) ?? ""
        }
        let words = TaskWords(next, in: status)
        let until = words.until.flatMap { TimeText.parse($0) }.map { ", \(RelativeTime.brief($0, now: now))" } ?? ""
        let rest = waiting.count > 1 ? " (and \(waiting.count - 1) more)" : ""
        return "\(next.endpointID): \(words.detail)\(until)\(rest)"
    }
}
