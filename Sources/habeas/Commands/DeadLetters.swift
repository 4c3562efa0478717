import ArgumentParser

/// `habeas dead-letters`: what could not be read.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Look at records that could not be read, and send them back.",
        discussion: """
            EXAMPLES:
              habeas dead-letters list --bootstrap-servers kafka:9092
              habeas dead-letters show 3/1042 --bootstrap-servers kafka:9092
              habeas dead-letters requeue 3/1042 --bootstrap-servers kafka:9092
            """,
        subcommands: [DeadLettersListCommand.self, DeadLettersShowCommand.self, DeadLettersRequeueCommand.self])
}

/// Reads the topic from its beginning to its present end.
enum DeadLetterSource {
    static func entries(_ section: BrokerSection, _ context: CommandContext) async throws -> [DeadLetterEntry] {
        let collected = Collected<DeadLetterEntry>()
        try await context.broker(section).read(section.topicPrefix + "dead-letters") { record in
            collected.append(DeadLetterEntry(record))
            return true
        }
        return collected.values
    }

    static func find(
        _ positions: [DeadLetterPosition], in entries: [DeadLetterEntry]
    ) throws(CommandFailure) -> [DeadLetterEntry] {
        try positions.map { position throws(CommandFailure) in
            guard let entry = entries.first(where: { $0.position == position }) else {
                throw .refused(
                    "there is no dead letter at \(position); it may have been older than the topic keeps them. "
                        + "`habeas dead-letters list` shows those there are.")
            }
            return entry
        }
    }
}

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
        let all = try await DeadLetterSource.entries(try BrokerSection(settings), context)
        let earliest = since.map { context.now().adding(milliseconds: -$0.milliseconds) }
        let matching = all.filter { entry in
            (code == nil || entry.facts?.code == code)
                && (earliest.map { entry.time ?? $0 >= $0 } ?? true)
        }
        let shown = matching.sorted {
            ($0.time?.milliseconds ?? 0, $0.position) < ($1.time?.milliseconds ?? 0, $1.position)
        }
        .suffix(limit)
        let view = DeadLetterView(now: context.now())
        if json {
            context.console.out(view.json(Array(shown), total: matching.count))
        } else {
            for line in view.lines(Array(shown), total: matching.count, context.console.terminal) {
                context.console.out(line)
            }
        }
        return CommandExit.done
    }
}

struct DeadLettersShowCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one dead letter: why, from where, its headers.",
        discussion: """
            The payload, the key and headers of others may name a subject: they are shown with --reveal only. Keep what \
            it prints out of tickets.

            EXAMPLES:
              habeas dead-letters show 3/1042 --bootstrap-servers kafka:9092
              habeas dead-letters show 3/1042 --reveal --config habeas.yaml
            """)

    @Argument(help: ArgumentHelp("Partition and offset, as `list` shows them.", valueName: "partition/offset"))
    var position: DeadLetterPosition

    @Flag(help: "Show the key, every header and the payload.")
    var reveal = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions

    var optionGroups: [any SettingOptions] { [brokerOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let all = try await DeadLetterSource.entries(try BrokerSection(settings), context)
        let view = DeadLetterView(now: context.now())
        for entry in try DeadLetterSource.find([position], in: all) {
            for line in view.detail(entry, reveal: reveal, context.console.terminal) { context.console.out(line) }
        }
        return CommandExit.done
    }
}

struct DeadLettersRequeueCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "requeue",
        abstract: "Send dead letters back to the topic and partition they came from.",
        discussion: """
            Key, value and headers are the original ones. Do it when the cause is gone: a hub that is in the catalogue now, \
            a limit that was raised. A record that is still wrong comes back as a new dead letter. The old one stays until \
            the topic forgets it; sending it back twice does no harm.

            EXAMPLES:
              habeas dead-letters requeue 3/1042 --bootstrap-servers kafka:9092
              habeas dead-letters requeue --code unknown_hub --dry-run --config habeas.yaml
              habeas dead-letters requeue --code unknown_hub --since PT6H --yes --config habeas.yaml
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
        let all = try await DeadLetterSource.entries(section, context)
        let chosen = try choose(all, context)
        let records = try chosen.map { entry throws(CommandFailure) in
            try entry.requeued(prefix: section.topicPrefix)
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

    private func choose(_ all: [DeadLetterEntry], _ context: CommandContext) throws(CommandFailure) -> [DeadLetterEntry]
    {
        guard let code else { return try DeadLetterSource.find(positions, in: all) }
        let earliest = since.map { context.now().adding(milliseconds: -$0.milliseconds) }
        return all.filter { entry in
            entry.facts?.code == code && (earliest.map { entry.time ?? $0 >= $0 } ?? true)
        }.sorted { $0.position < $1.position }
    }
}
