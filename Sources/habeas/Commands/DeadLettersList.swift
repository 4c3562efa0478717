import ArgumentParser
import SagaKernel

struct DeadLettersListCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List dead letters, the newest last.",
        discussion: """
            Keys that are no request id are not shown, because they may name a subject.

            EXAMPLES:
              habeas dead-letters list --bootstrap-servers kafka:9092
              habeas dead-letters list --code unknown_hub --since P1D --config habeas.yaml
              habeas dead-letters list --json --limit 1000 --config habeas.yaml
            """)

    @Option(help: ArgumentHelp("Only with this error code.", valueName: "code"))
    var code: String?

    @Option(help: ArgumentHelp("Only from this time on until now.", valueName: "duration"))
    var since: DurationArgument?

    @Option(help: ArgumentHelp("Most to show, the newest.", valueName: "n"))
    var limit = 100

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions

    var optionGroups: [any SettingOptions] { [brokerOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let earliest = since.map { context.now().adding(milliseconds: -$0.milliseconds) }
        let newest = NewestDeadLetters(limit: limit)
        try await DeadLetterSource.read(try BrokerSection(settings), context) { [code] entry in
            if entry.matches(code: code, notBefore: earliest) { newest.append(entry) }
            return true
        }
        let (shown, total) = newest.result
        let view = DeadLetterView(now: context.now())
        if json {
            context.console.out(view.json(shown, total: total))
        } else {
            for line in view.lines(shown, total: total, context.console.terminal) { context.console.out(line) }
        }
        return CommandExit.done
    }
}
