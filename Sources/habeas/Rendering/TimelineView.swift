import Contract
import SagaKernel

/// What happened to a request, oldest first.
struct TimelineView {
    var events: [TimelineDocument.EventDocument]
    var requestID: String
    var now: Timestamp

    func lines(width: Int?, colours: Bool) -> [String] {
        guard !events.isEmpty else { return ["No timeline: it is older than the topic's retention, or not read yet."] }
        var table = Table([
            .init(title: "WHEN"), .init(title: "AGO", alignment: .right, dispensable: 2), .init(title: "EVENT"),
            .init(title: "TASK", minimum: 12), .init(title: "ATTEMPT", dispensable: 1),
            .init(title: "DETAIL", minimum: 16),
        ])
        for event in events {
            let time = TimeText.parse(event.time)
            table.append([
                Styled(time.map(RelativeTime.absolute) ?? event.time, .faint),
                Styled(time.map { RelativeTime.brief($0, now: now) } ?? "", .faint),
                Styled(TaskWords.plain(event.event), tone(event)),
                Styled(event.taskID.map(shortened) ?? ""), Styled(attempt(event)), Styled(detail(event)),
            ])
        }
        return table.lines(width: width, colours: colours)
    }

    private func tone(_ event: TimelineDocument.EventDocument) -> Tone {
        switch event.event {
        case "timed_out", "command_refused", "reappeared": .warning
        case "ack_ignored": .faint
        default: .plain
        }
    }

    /// The request's id at the front of a task's id says nothing here.
    private func shortened(_ taskID: String) -> String {
        taskID.hasPrefix(requestID + "/") ? String(taskID.dropFirst(requestID.count + 1)) : taskID
    }

    private func attempt(_ event: TimelineDocument.EventDocument) -> String {
        guard let attempt = event.attempt else { return "" }
        guard let epoch = event.epoch, epoch > 1 else { return "\(attempt)" }
        return "\(attempt) in epoch \(epoch)"
    }

    private func detail(_ event: TimelineDocument.EventDocument) -> String {
        let parts = [
            event.code.map(TaskWords.plain), event.operator.map { "by \($0)" }, event.reason,
            event.commandID.map { "command \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }
}
