import ArgumentParser

/// `habeas topics`: the topics of a deployment.
struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Make the topics of a deployment, or check them.",
        discussion: """
            EXAMPLES:
              habeas topics create --partitions 12 --replication 3 \\
                --catalogue catalogue.yaml --bootstrap-servers kafka:9092
              habeas topics check --catalogue catalogue.yaml \\
                --bootstrap-servers kafka:9092
            """,
        subcommands: [TopicsCreateCommand.self, TopicsCheckCommand.self])
}

/// What both commands have.
struct TopicOptions: ParsableArguments {
    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var catalogueOptions: CatalogueOptions
    @OptionGroup(title: "Settings") var connectorOptions: ConnectorOptions
    @OptionGroup(title: "Settings") var limitOptions: LimitOptions

    var groups: [any SettingOptions] { [brokerOptions, catalogueOptions, connectorOptions, limitOptions] }

    func plan(
        _ settings: Settings, replication: Int, retention: TopicPlan.Retention = TopicPlan.Retention()
    ) throws -> TopicPlan {
        TopicPlan(
            prefix: try BrokerSection(settings).topicPrefix, connectors: try CatalogueSource.connectors(settings),
            replication: replication,
            recordBytes: try settings.recordBytesNeeded(),
            retention: retention)
    }
}

struct TopicsCreateCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make the topics that are missing.",
        discussion: """
            Topics that exist are left as they are; where one is not what it must be, that is shown and the exit \
            code is 1. The number of partitions cannot be changed later without losing where requests are at home: \
            choose enough.

            EXAMPLES:
              habeas topics create --partitions 12 --replication 3 \\
                --catalogue catalogue.yaml --bootstrap-servers kafka:9092
              habeas topics create --partitions 3 --connectors directory,webhook \\
                --bootstrap-servers localhost:9092 --dry-run
            """)

    @Option(help: ArgumentHelp("Partitions of each topic.", valueName: "n"))
    var partitions: Int

    @Option(help: ArgumentHelp("Copies of each partition.", valueName: "n"))
    var replication = 1

    @Option(help: ArgumentHelp("How long requests, tasks, acks and commands are kept.", valueName: "duration"))
    var retention = DurationArgument(milliseconds: TopicPlan.Retention().inputMs)

    @Option(help: ArgumentHelp("How long the timeline is kept.", valueName: "duration"))
    var timelineRetention = DurationArgument(milliseconds: TopicPlan.Retention().timelineMs)

    @Option(help: ArgumentHelp("How long dead letters are kept.", valueName: "duration"))
    var deadLetterRetention = DurationArgument(milliseconds: TopicPlan.Retention().deadLettersMs)

    @Flag(help: "Show what would be made and stop.")
    var dryRun = false

    @OptionGroup var options: TopicOptions

    var configOptions: ConfigOptions { options.configOptions }
    var optionGroups: [any SettingOptions] { options.groups }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func validate() throws {
        if !(1...10_000).contains(partitions) { throw ValidationError("--partitions must be from 1 to 10000.") }
        if !(1...100).contains(replication) { throw ValidationError("--replication must be from 1 to 100.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let kept = TopicPlan.Retention(
            inputMs: retention.milliseconds, timelineMs: timelineRetention.milliseconds,
            deadLettersMs: deadLetterRetention.milliseconds)
        let plan = try options.plan(settings, replication: replication, retention: kept)
        let broker = try context.broker(try BrokerSection(settings))
        let facts = try await broker.describe(plan.names)
        let new = plan.topics.filter { facts[$0.name] == nil }
            .map { plan.new($0, partitions: partitions, replication: replication) }
        if !new.isEmpty, !dryRun { try await broker.create(new) }
        show(new, context)
        let existing = TopicComparison(
            plan: plan, facts: facts, partitions: partitions, replication: replication)
        guard existing.differences.isEmpty else {
            context.console.out("\nTopics that exist and are not what they must be:")
            TopicOutput.show(existing, context)
            return CommandExit.no
        }
        return CommandExit.done
    }

    private func show(_ new: [PlannedTopic], _ context: CommandContext) {
        guard !new.isEmpty else {
            context.console.out("Every topic exists.")
            return
        }
        var table = Table([
            .init(title: dryRun ? "WOULD BE MADE" : "MADE"), .init(title: "PARTITIONS", alignment: .right),
            .init(title: "REPLICATION", alignment: .right), .init(title: "PROPERTIES", minimum: 20),
        ])
        for topic in new {
            let properties = topic.properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            table.append([
                Styled(topic.name), Styled("\(topic.partitions)"), Styled("\(topic.replication)"),
                Styled(properties.joined(separator: " "), .faint),
            ])
        }
        let terminal = context.console.terminal
        for line in table.lines(width: terminal.width, colours: terminal.colours) { context.console.out(line) }
    }
}

struct TopicsCheckCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare the topics with what they must be; changes nothing.",
        discussion: """
            Exit codes: 0 every topic is as it must be, 1 there is a difference. Without --partitions the number is \
            what the topic `requests` has.

            EXAMPLES:
              habeas topics check --catalogue catalogue.yaml \\
                --bootstrap-servers kafka:9092
              habeas topics check --connectors directory --partitions 12 --replication 3 \\
                --bootstrap-servers kafka:9092 --json
            """)

    @Option(help: ArgumentHelp("Partitions that each topic must have.", valueName: "n"))
    var partitions: Int?

    @Option(help: ArgumentHelp("Copies that each partition must have at least.", valueName: "n"))
    var replication: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var options: TopicOptions

    var configOptions: ConfigOptions { options.configOptions }
    var optionGroups: [any SettingOptions] { options.groups }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let broker = try context.broker(try BrokerSection(settings))
        let names = try options.plan(settings, replication: 1).names
        let facts = try await broker.describe(names)
        let copies = replication ?? facts.values.map(\.replication).min() ?? 1
        let plan = try options.plan(settings, replication: copies)
        let comparison = TopicComparison(plan: plan, facts: facts, partitions: partitions, replication: replication)
        if json {
            context.console.out(TopicOutput.json(comparison))
        } else if comparison.isSound {
            context.console.out("\(plan.topics.count) topics are as they must be.")
        } else if !comparison.differences.isEmpty || !comparison.missing.isEmpty {
            TopicOutput.show(comparison, context)
        }
        if !json, !comparison.untold.isEmpty {
            let topics = comparison.untold.joined(separator: ", ")
            context.console.error("The broker does not tell all properties of \(topics).")
            context.console.error(
                "May this client describe configurations? Otherwise compare with `habeas topics create --dry-run`.")
        }
        return comparison.isSound ? CommandExit.done : CommandExit.no
    }
}
