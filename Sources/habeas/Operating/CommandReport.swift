import Contract
import SagaKernel

/// What became of commands, for people and for scripts.
struct CommandReport {
    struct Line: Hashable {
        var requestID: String
        var commandID: String?
        var command: String
        var tasks: [String]
        var outcome: CommandOutcome?
    }

    var lines: [Line]

    init(plan: CommandPlan, title: String) {
        lines = plan.entries.map {
            Line(requestID: $0.status.requestID, command: title.lowercased(), tasks: $0.shown, outcome: nil)
        }
    }

    init(sent: [SentCommand], outcomes: [CommandOutcome] = []) {
        lines = sent.enumerated().map { index, sent in
            Line(
                requestID: "\(sent.command.requestID)", commandID: sent.command.id, command: sent.command.verb.name,
                tasks: sent.paths, outcome: outcomes.indices.contains(index) ? outcomes[index] : nil)
        }
    }

    var allDone: Bool { lines.allSatisfy { $0.outcome?.isDone ?? true } }

    func lines(_ terminal: TerminalFacts) -> [String] {
        var table = Table([.init(title: "REQUEST"), .init(title: "COMMAND"), .init(title: "RESULT", minimum: 20)])
        for line in lines {
            table.append([
                Styled(line.requestID), Styled(line.command),
                Styled(line.outcome?.text ?? "sent", line.outcome?.tone ?? .plain),
            ])
        }
        return table.lines(width: terminal.width, colours: terminal.colours)
    }

    func json(dryRun: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("dry_run")
        writer.boolean(dryRun)
        writer.name("commands")
        writer.beginArray()
        for line in lines { append(line, to: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func append(_ line: Line, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("request_id")
        writer.string(line.requestID)
        writer.name("command")
        writer.string(line.command)
        if let id = line.commandID {
            writer.name("command_id")
            writer.string(id)
        }
        writer.name("tasks")
        writer.beginArray()
        for task in line.tasks { writer.string(task) }
        writer.endArray()
        switch line.outcome {
        case nil: break
        case .applied(let state): result("applied", state: state, reason: nil, &writer)
        case .ended(let state): result("ended", state: state, reason: nil, &writer)
        case .refused(let reason): result("refused", state: nil, reason: reason, &writer)
        case .timedOut: result("timed_out", state: nil, reason: nil, &writer)
        }
        writer.endObject()
    }

    private func result(_ result: String, state: RequestState?, reason: String?, _ writer: inout JSONWriter) {
        writer.name("result")
        writer.string(result)
        if let state {
            writer.name("state")
            writer.string(state.text)
        }
        if let reason {
            writer.name("reason")
            writer.string(reason)
        }
    }
}
