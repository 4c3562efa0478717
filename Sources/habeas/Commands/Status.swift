import ArgumentParser
import Contract
import SagaKernel

/// `habeas status`: one request.
struct StatusCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show one request: what every endpoint waits for, since when and until when.",
        discussion: """
            Exit codes: 0 completed (with or without exceptions), 1 failed, cancelled or rejected, 2 in progress or \
            on hold, 3 unknown id, 4 no answer from the API. With --watch the code is that of the state it ended in.

            EXAMPLES:
              habeas status a7551968-d5d6-44b2-9831-815ac9017798
              habeas status a7551968-d5d6-44b2-9831-815ac9017798 --timeline
              habeas status a7551968-d5d6-44b2-9831-815ac9017798 --watch --interval PT5S
              habeas status a7551968-d5d6-44b2-9831-815ac9017798 \\
                --json --api coordinator.example:8080
            """)

    @Argument(help: ArgumentHelp("Id of the request.", valueName: "id"))
    var id: RequestIDArgument

    @Flag(help: "Print what the API says, unchanged.")
    var json = false

    @Flag(help: "Also show what happened to it.")
    var timeline = false

    @Flag(help: "Show it again whenever it changes, until it ends.")
    var watch = false

    @Option(help: ArgumentHelp("How often to ask with --watch.", valueName: "duration"))
    var interval = DurationArgument(milliseconds: 2_000)

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions

    var optionGroups: [any SettingOptions] { [apiOptions] }

    func validate() throws {
        if json, watch { throw ValidationError("--json and --watch do not go together; poll with --json instead.") }
        if interval.milliseconds < 100 { throw ValidationError("--interval must be at least PT0.1S.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let client = context.statusClient(try APISection(settings))
        if watch { return try await follow(client, context) }
        let answer = try await ask(client)
        if json {
            context.console.out(String(decoding: answer.body, as: UTF8.self))
        } else {
            for line in view(answer, context).lines() { context.console.out(line) }
        }
        return CommandExit.forState(answer.state)
    }

    private func ask(_ client: StatusClient) async throws(CommandFailure) -> RequestAnswer {
        let answer: RequestAnswer?
        do {
            answer = try await client.request(id: id.id)
        } catch {
            throw .noAnswer(error.message)
        }
        guard let answer else { throw .unknownRequest(id: "\(id.id)") }
        return answer
    }

    private func view(_ answer: RequestAnswer, _ context: CommandContext) -> StatusView {
        StatusView(
            answer: answer, now: context.now(), width: context.console.terminal.width,
            colours: context.console.terminal.colours, showsTimeline: timeline)
    }

    /// Shows it until it ends. Elsewhere than on a terminal only a new version is shown, because the relative times
    /// alone would change every line every time.
    private func follow(_ client: StatusClient, _ context: CommandContext) async throws -> ExitCode {
        context.endQuietlyOnTermination()
        var redraw = Redraw()
        var shown: Int64?
        Redraw.begin(on: context.console)
        while true {
            let answer = try await ask(client)
            if context.console.terminal.outIsTerminal || shown != answer.status.version {
                redraw.show(view(answer, context).lines(), on: context.console)
                shown = answer.status.version
            }
            if answer.state.isEnd { return CommandExit.forState(answer.state) }
            try await context.pause(interval.milliseconds)
        }
    }
}
