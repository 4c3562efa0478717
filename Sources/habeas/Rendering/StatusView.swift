import Contract
import SagaKernel

/// One request, to be read from top to bottom: where it stands, what every endpoint waits for, what is only told.
struct StatusView {
    var answer: RequestAnswer
    var now: Timestamp
    /// nil: nothing is cut off.
    var width: Int?
    var colours: Bool
    var showsTimeline = false

    private var status: StatusDocument { answer.status }

    func lines() -> [String] {
        var lines = header()
        if !status.tasks.isEmpty { lines += [""] + tasks() }
        if !status.disclosures.isEmpty { lines += [""] + disclosures() }
        if !status.artifacts.isEmpty { lines += [""] + artifacts() }
        if showsTimeline {
            lines +=
                [""]
                + TimelineView(events: answer.timeline, requestID: status.requestID, now: now).lines(
                    width: width, colours: colours)
        }
        return lines
    }

    private func header() -> [String] {
        var facts: [(String, [Styled])] = [("Request", [Styled(status.requestID, .strong)])]
        let type = [status.requestType, status.regulation].compactMap(\.self).map(TaskWords.plain)
        if !type.isEmpty { facts.append(("Type", [Styled(type.joined(separator: ", "))])) }
        facts.append(("State", state()))
        if let sla = status.sla { facts.append(("Due", due(sla))) }
        if let finished = status.finishedTime {
            facts.append(("Finished", [Styled(RelativeTime.both(finished, now: now))]))
        }
        facts.append(("Received", [Styled(RelativeTime.both(status.receivedTime, now: now))]))
        facts.append(("Updated", [Styled(updated())]))
        if let subject = status.subjectRef { facts.append(("Subject", [Styled(subject, .faint)])) }
        if !status.stages.isEmpty { facts.append(("Stages", stages())) }
        return facts.map(line)
    }

    private func line(_ label: String, _ pieces: [Styled]) -> String {
        let padding = String(repeating: " ", count: 10 - TextWidth.columns(label))
        var room = width.map { $0 - 10 } ?? .max
        var line = Styled(label, .faint).rendered(colours: colours) + padding
        for piece in pieces where room > 0 {
            var piece = piece
            piece.text = TextWidth.truncated(piece.text, to: room)
            room -= TextWidth.columns(piece.text)
            line += piece.rendered(colours: colours)
        }
        return line
    }

    private func state() -> [Styled] {
        var pieces = [Styled(TaskWords.plain(status.state), StateTone.request(answer.state))]
        if let reason = status.reason { pieces.append(Styled(": \(TaskWords.plain(reason))")) }
        if status.dryRun { pieces.append(Styled("  (dry run: nothing was dispatched)", .warning)) }
        if status.planOutdated { pieces.append(Styled("  (the catalogue has changed since it was planned)", .warning)) }
        return pieces
    }

    private func due(_ sla: StatusDocument.SLA) -> [Styled] {
        var pieces = [
            Styled(RelativeTime.both(sla.dueTime, now: now)), "  ",
            Styled(TaskWords.plain(sla.status), StateTone.sla(sla.status)),
        ]
        if sla.extended { pieces.append(", extended") }
        if let expected = sla.expectedCompletionTime, status.finishedTime == nil {
            pieces.append(Styled(", expected \(RelativeTime.both(expected, now: now))", .faint))
        }
        return pieces
    }

    private func updated() -> String {
        var text = RelativeTime.both(status.updatedTime, now: now)
        text += ", version \(status.version)"
        if status.term > 1 { text += " of term \(status.term)" }
        text += ", home partition \(status.homePartition)"
        if let asOf = answer.asOf, let time = TimeText.parse(asOf) {
            text += ", seen \(RelativeTime.text(time, now: now))"
        }
        return text
    }

    private func stages() -> [Styled] {
        status.stages.enumerated().flatMap { index, stage in
            let tone: Tone = stage.state == "done" ? .good : stage.state == "running" ? .busy : .faint
            let separator: [Styled] = index == 0 ? [] : [", "]
            return separator + [Styled("\(stage.stage) "), Styled(TaskWords.plain(stage.state), tone)]
        }
    }

    private func tasks() -> [String] {
        var table = Table([
            .init(title: "STAGE"),
            .init(title: "ENDPOINT", minimum: 20),
            .init(title: "KIND", minimum: 10, dispensable: 4),
            .init(title: "ACTION"),
            .init(title: "STATE"),
            .init(title: "TRIES", alignment: .right, dispensable: 3),
            .init(title: "EPOCH", alignment: .right, dispensable: 2),
            .init(title: "SINCE", dispensable: 1),
            .init(title: "WAITS FOR / RESULT", minimum: 14),
            .init(title: "UNTIL"),
        ])
        for task in status.tasks {
            let words = TaskWords(task, in: status)
            table.append([
                Styled(task.stage), Styled(task.endpointID), Styled(task.kind, .faint), Styled(task.action),
                Styled(task.state, StateTone.task(task.state)), Styled("\(task.attempts)"),
                Styled(task.epoch > 1 ? "\(task.epoch)" : ""), since(task),
                Styled(words.detail, task.state == "failed" ? .bad : .plain),
                Styled(words.until.map { RelativeTime.cell($0, now: now) } ?? ""),
            ])
        }
        return table.lines(width: width, colours: colours)
    }

    private func since(_ task: StatusDocument.TaskDocument) -> Styled {
        Styled(TimeText.parse(task.since).map { RelativeTime.brief($0, now: now) } ?? task.since, .faint)
    }

    private func disclosures() -> [String] {
        var table = Table([.init(title: "DISCLOSED, NOT DONE", minimum: 12), .init(title: "WHY", minimum: 10)])
        for disclosure in status.disclosures {
            table.append([Styled(disclosure.system), Styled(TaskWords.plain(disclosure.reason))])
        }
        return table.lines(width: width, colours: colours)
    }

    private func artifacts() -> [String] {
        var table = Table([
            .init(title: "ARTIFACT", minimum: 20), .init(title: "ENDPOINT", minimum: 12),
            .init(title: "BYTES", alignment: .right), .init(title: "TYPE", minimum: 10, dispensable: 1),
            .init(title: "SHA-256", minimum: 12, dispensable: 2),
        ])
        for artifact in status.artifacts {
            table.append([
                Styled(artifact.uri), Styled(artifact.endpointID ?? ""), Styled(artifact.bytes.map(String.init) ?? ""),
                Styled(artifact.contentType ?? ""), Styled(artifact.sha256 ?? "", .faint),
            ])
        }
        return table.lines(width: width, colours: colours)
    }
}
