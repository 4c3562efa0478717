import ArgumentParser

/// `habeas demo`: the whole thing, without anything else.
struct DemoCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See it work: everything in one process, with a story that ends.",
        discussion: """
            Runs coordinator, workers and API on a broker inside the process, which keeps everything in memory and has \
            no transactions: it shows how things look, not what they can bear. With --stay it goes on serving after \
            the story, so that the other commands can be tried against it.

            EXAMPLES:
              habeas demo
              habeas demo --stay --http 127.0.0.1:9090
              habeas demo --json
            """)

    @Flag(help: "Go on serving when the story is over, until Ctrl-C.")
    var stay = false

    @Flag(help: "Print the end state as one JSON object instead of the story.")
    var json = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var demoOptions: DemoOptions

    var optionGroups: [any SettingOptions] { [demoOptions] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        try await DemoProcess.run(settings, console: context.console, stay: stay, json: json)
    }
}
