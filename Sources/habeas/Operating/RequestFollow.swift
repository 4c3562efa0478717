import ArgumentParser
import Contract
import SagaKernel

/// Follows a request that was just submitted until it ends, and shows it then.
struct RequestFollow {
    var client: StatusClient
    var context: CommandContext
    var id: RequestID
    /// The rejection that stood before the request was sent, which is not the answer to it.
    var corrected: StatusStamp?
    /// nil: as long as it takes.
    var timeoutMs: Int64?

    static let intervalMs: Int64 = 1_000

    /// The exit code of `status`: also 2 where it did not end in time, and 3 where nobody has heard of it by then.
    func run() async throws -> ExitCode {
        context.endQuietlyOnTermination()
        var patience = Patience(context: context)
        let deadline = timeoutMs.map { context.now().adding(milliseconds: $0) }
        var newest: RequestAnswer?
        var told: String?
        while true {
            if let answer = try await patience.request(id: id, from: client), !isOld(answer) {
                newest = answer
                if answer.state.isEnd { break }
                told = tell(answer, after: told)
            }
            if let deadline, context.now() >= deadline { break }
            try await context.pause(RequestFollow.intervalMs)
        }
        if context.console.terminal.errorIsTerminal { context.console.writeError("\r\u{1B}[K") }
        guard let newest else { throw CommandFailure.unknownRequest(id: "\(id)") }
        let terminal = context.console.terminal
        let view = StatusView(
            answer: newest, now: context.now(), width: terminal.width, colours: terminal.colours)
        for line in view.lines() { context.console.out(line) }
        return CommandExit.forState(newest.state)
    }

    private func isOld(_ answer: RequestAnswer) -> Bool {
        answer.state == .rejected && StatusStamp(answer.status) == corrected
    }

    /// One line on the standard error: drawn over on a terminal, else only when it says something new.
    private func tell(_ answer: RequestAnswer, after told: String?) -> String {
        let tasks = answer.status.tasks
        let done = tasks.count { ["succeeded", "skipped", "cancelled"].contains($0.state) }
        let text = "\(TaskWords.plain(answer.status.state)), \(done) of \(tasks.count) tasks done"
        if context.console.terminal.errorIsTerminal {
            context.console.writeError("\r\(text)\u{1B}[K")
        } else if text != told {
            context.console.error(text)
        }
        return text
    }
}
