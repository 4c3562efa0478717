import Contract
import SagaKernel

/// How a command went.
enum CommandOutcome: Hashable, Sendable {
    case applied(RequestState)
    case refused(String)
    /// It was carried out, and the request ended like this.
    case ended(RequestState)
    /// Nobody decided, or the request did not end, in the time that was given.
    case timedOut(applied: Bool)

    var text: String {
        switch self {
        case .applied(let state): "applied, now \(TaskWords.plain(state.text))"
        case .refused(let reason): "refused: \(reason)"
        case .ended(let state): "applied, ended \(TaskWords.plain(state.text))"
        case .timedOut(let applied): applied ? "applied, not ended in time" : "not decided in time"
        }
    }

    var isDone: Bool {
        switch self {
        case .applied: true
        case .ended(let state): CommandExit.forState(state) == CommandExit.done
        case .refused, .timedOut: false
        }
    }

    var tone: Tone {
        switch self {
        case .applied, .ended: isDone ? .good : .bad
        case .refused: .bad
        case .timedOut: .warning
        }
    }
}

/// Asks the status API until the coordinator has decided on every command, and where it is wanted until the requests
/// have ended.
struct CommandWait {
    var client: StatusClient
    var context: CommandContext
    var untilEnd: Bool
    /// nil: as long as it takes.
    var timeoutMs: Int64?
    var label: String

    static let intervalMs: Int64 = 1_000

    /// In the order of `sent`.
    func run(_ sent: [SentCommand]) async throws -> [CommandOutcome] {
        context.endQuietlyOnTermination()
        var patience = Patience(context: context)
        let deadline = timeoutMs.map { context.now().adding(milliseconds: $0) }
        var outcomes: [String: CommandOutcome] = [:]
        var applied: Set<String> = []
        var progress = Progress("\(label.lowercased()) finished:", total: sent.count, console: context.console)
        while outcomes.count < sent.count {
            for command in sent where outcomes[command.command.id] == nil {
                guard let answer = try await patience.request(id: command.command.requestID, from: client) else {
                    continue
                }
                if let outcome = outcome(of: command, answer, &applied) {
                    outcomes[command.command.id] = outcome
                    progress.advance()
                } else {
                    progress.draw(note(answer))
                }
            }
            guard outcomes.count < sent.count else { break }
            if let deadline, context.now() >= deadline {
                for command in sent where outcomes[command.command.id] == nil {
                    outcomes[command.command.id] = .timedOut(applied: applied.contains(command.command.id))
                }
                break
            }
            try await context.pause(CommandWait.intervalMs)
        }
        progress.end()
        return sent.map { outcomes[$0.command.id] ?? .timedOut(applied: false) }
    }

    /// nil while it is open. The state counts only once the command is decided and the status is a later one than the
    /// command was planned from: before that it is the old one. The timeline may be ahead of the status, because they
    /// are two topics.
    private func outcome(
        of command: SentCommand, _ answer: RequestAnswer, _ applied: inout Set<String>
    ) -> CommandOutcome? {
        let id = command.command.id
        for event in answer.timeline where event.commandID == id {
            switch event.event {
            case "command_refused": return .refused(event.reason ?? event.code ?? "no reason was given")
            case "command_applied": applied.insert(id)
            default: continue
            }
        }
        guard applied.contains(id) else { return nil }
        guard untilEnd else { return .applied(answer.state) }
        guard StatusStamp(answer.status).isAfter(command.planned) else { return nil }
        return answer.state.isEnd ? .ended(answer.state) : nil
    }

    private func note(_ answer: RequestAnswer) -> String {
        let open = answer.status.tasks.filter { ["dispatched", "waiting", "blocked"].contains($0.state) }
        return "\(answer.status.requestID.prefix(8)) \(TaskWords.plain(answer.status.state)), \(open.count) tasks open"
    }
}

/// How long an API that does not answer is borne: a coordinator that is being restarted must not end a long wait.
struct Patience {
    let context: CommandContext
    private var silentSince: Timestamp?

    static let longestSilenceMs = 30 * Milliseconds.second

    init(context: CommandContext) { self.context = context }

    /// nil: no answer this time, or nothing known of this id.
    mutating func request(id: RequestID, from client: StatusClient) async throws(StatusFailure) -> RequestAnswer? {
        do {
            let answer = try await client.request(id: id)
            silentSince = nil
            return answer
        } catch {
            let since = silentSince ?? context.now()
            silentSince = since
            guard context.now().milliseconds(since: since) < Patience.longestSilenceMs else { throw error }
            return nil
        }
    }
}
