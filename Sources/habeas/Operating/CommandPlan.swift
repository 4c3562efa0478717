import Contract
import SagaKernel

/// What a command is going to do, request by request, before it does it.
struct CommandPlan: Sendable {
    struct Entry: Sendable {
        var status: StatusDocument
        /// Those that the command names, as paths behind the request's id.
        var paths: [String]
        /// Those that it is about, for people.
        var shown: [String]
    }

    struct Skipped: Hashable, Sendable {
        var requestID: String
        var state: String
        var why: String
    }

    private(set) var entries: [Entry] = []
    private(set) var skipped: [Skipped] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ status: StatusDocument, _ selection: Selection) {
        switch selection {
        case .nothing(let why):
            skipped.append(Skipped(requestID: status.requestID, state: status.state, why: why))
        case .apply(let tasks, let shown):
            entries.append(
                Entry(
                    status: status, paths: tasks.map { TaskPath.of($0, in: status.requestID) },
                    shown: shown.map { TaskPath.of($0, in: status.requestID) }))
        }
    }

    func question(_ title: String) -> String {
        let requests = entries.count == 1 ? "1 request" : "\(entries.count) requests"
        let tasks = entries.reduce(0) { $0 + $1.shown.count }
        guard tasks > 0 else { return "\(title) \(requests)?" }
        return "\(title) \(tasks == 1 ? "1 task" : "\(tasks) tasks") of \(requests)?"
    }

    /// More than this is not read before it is answered; the count is what matters then.
    private static let shownMaximum = 100

    func lines(now: Timestamp, width: Int?, colours: Bool) -> [String] {
        var table = Table([
            .init(title: "REQUEST"), .init(title: "STATE"), .init(title: "DUE", minimum: 14, dispensable: 1),
            .init(title: "TASKS", minimum: 20),
        ])
        for entry in entries.prefix(CommandPlan.shownMaximum) {
            let state = RequestState(entry.status.state)
            let due = entry.status.sla.map { RelativeTime.cell($0.dueTime, now: now) }
            table.append([
                Styled(entry.status.requestID), Styled(TaskWords.plain(state.text), StateTone.request(state)),
                Styled(due ?? ""), Styled(entry.shown.joined(separator: ", ")),
            ])
        }
        for skipped in skipped.prefix(CommandPlan.shownMaximum) {
            let state = RequestState(skipped.state)
            table.append([
                Styled(skipped.requestID, .faint), Styled(TaskWords.plain(state.text), StateTone.request(state)), "",
                Styled("left alone: \(skipped.why)", .faint),
            ])
        }
        guard !entries.isEmpty || !skipped.isEmpty else { return ["No such requests."] }
        let shown = min(entries.count, CommandPlan.shownMaximum) + min(skipped.count, CommandPlan.shownMaximum)
        let hidden = entries.count + skipped.count - shown
        let rest = hidden > 0 ? ["… and \(hidden) more, all of them in --json"] : []
        return table.lines(width: width, colours: colours) + rest
    }
}

/// A command that lies in the log.
struct SentCommand: Hashable, Sendable {
    var command: Command
    var paths: [String]
    /// The status that the command was planned from.
    var planned: StatusStamp
}

/// Which of a request's statuses one is.
struct StatusStamp: Hashable, Sendable {
    var term: Int64
    var version: Int64

    init(_ status: StatusDocument) {
        term = status.term
        version = status.version
    }

    /// Whether this one holds something that the other does not. A partition that changes hands raises the term alone,
    /// without a change; where its last owner lost writes, a higher term is all there is to go by.
    func isAfter(_ other: StatusStamp) -> Bool { version > other.version || term > other.term }
}
