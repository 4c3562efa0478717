import ArgumentParser
import SagaKernel

struct DeadLettersRequeueCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "requeue",
        abstract: "Send dead letters back to the topic and partition they came from.",
        discussion: """
            Key, value and headers are the original ones. Do it when the cause is gone: a hub that is in the \
            catalogue now, a limit that was raised. A record that is still wrong comes back as a new dead letter. \
            The old one stays until the topic forgets it; sending it back twice does no harm.

            EXAMPLES:
              habeas dead-letters requeue 3/1042 --bootstrap-servers kafka:9092
              habeas dead-letters requeue --code unknown_hub --dry-run --config habeas.yaml
              habeas dead-letters requeue --code unknown_hub \\
                --since PT6H --yes --config habeas.yaml
            """)

    @Argument(help: ArgumentHelp("Partitions and offsets, as `list` shows them.", valueName: "partition/offset"))
    var positions: [DeadLetterPosition] = []

    @Option(help: ArgumentHelp("Every one with this error code, instead of positions.", valueName: "code"))
    var code: String?

    @Option(help: ArgumentHelp("With --code: only from this time on until now.", valueName: "duration"))
    var since: DurationArgument?

    @Flag(help: "Show the plan and stop.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions

    var optionGroups: [any SettingOptions] { [brokerOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func validate() throws {
        if positions.isEmpty, code == nil { throw ValidationError("Give positions, or --code.") }
        if !positions.isEmpty, code != nil { throw ValidationError("Give positions or --code, not both.") }
        if since != nil, code == nil { throw ValidationError("--since goes with --code.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let section = try BrokerSection(settings)
        let chosen = try await choose(section, context)
        let records = try chosen.map { entry throws(CommandFailure) in
            try entry.requeued(to: section.topics)
        }
        let view = DeadLetterView(now: context.now())
        for line in view.lines(chosen, total: chosen.count, context.console.terminal) { context.console.out(line) }
        guard !chosen.isEmpty else { throw CommandFailure.refused("there is nothing to send back") }
        if dryRun { return CommandExit.done }
        let question = "Send \(chosen.count == 1 ? "1 record" : "\(chosen.count) records") back?"
        guard try Prompt.confirm(question, yes: yes, console: context.console) else {
            throw CommandFailure.refused("nothing was changed")
        }
        let broker = try context.broker(section)
        var progress = Progress("records sent back:", total: records.count, console: context.console)
        for start in stride(from: 0, to: records.count, by: 200) {
            let chunk = Array(records[start..<min(start + 200, records.count)])
            try await broker.publish(chunk)
            progress.advance(by: chunk.count)
        }
        progress.end()
        return CommandExit.done
    }

    private func choose(_ section: BrokerSection, _ context: CommandContext) async throws -> [DeadLetterEntry] {
        guard let code else { return try await DeadLetterSource.find(positions, section, context) }
        let earliest = since.map { context.now().adding(milliseconds: -$0.milliseconds) }
        let matching = Collected<DeadLetterEntry>()
        try await DeadLetterSource.read(section, context) { entry in
            if entry.matches(code: code, notBefore: earliest) { matching.append(entry) }
            return true
        }
        return matching.values.sorted { $0.position < $1.position }
    }
}
