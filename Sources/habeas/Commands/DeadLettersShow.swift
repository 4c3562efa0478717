import ArgumentParser

struct DeadLettersShowCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one dead letter: why, from where, its headers.",
        discussion: """
            The payload, the key and headers of others may name a subject: they are shown with --reveal only. Keep \
            what it prints out of tickets.

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
        let view = DeadLetterView(now: context.now())
        for entry in try await DeadLetterSource.find([position], try BrokerSection(settings), context) {
            for line in view.detail(entry, reveal: reveal, context.console.terminal) { context.console.out(line) }
        }
        return CommandExit.done
    }
}
