import ArgumentParser

/// The executable: every command of the contract's §9.
@main
struct HabeasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "habeas",
        abstract: "Has a device's data erased or exported everywhere it is kept, and proves it.",
        discussion: """
            A setting a_b is the flag --a-b, the environment variable HABEAS_A_B and the key a_b of the file given \
            with --config, in that order of precedence. A secret x may be given as x_file. kafka.<property> (flag \
            --kafka property=value, variable HABEAS_KAFKA_<PROPERTY>) sets a librdkafka property on every client.

            Exit codes: 0 done, 1 the answer is no, 64 usage, 69 broker or API unreachable, 78 configuration; those \
            of `status` are in its help.

            EXAMPLES:
              habeas demo
              habeas submit --type erasure --device contoso.azure-devices.net/t-17 --wait
              habeas list --state failed
            """,
        version: HabeasVersion.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Ask",
                subcommands: [StatusCommand.self, ListCommand.self]),
            CommandGroup(
                name: "Request and decide",
                subcommands: [
                    SubmitCommand.self, ReplayCommand.self, CancelCommand.self, HoldCommand.self, ReleaseCommand.self,
                    ExtendCommand.self, SkipCommand.self, AttestCommand.self,
                ]),
            CommandGroup(
                name: "Look after a deployment",
                subcommands: [
                    DoctorCommand.self, TopicsCommand.self, CatalogueCommand.self, DeadLettersCommand.self,
                ]),
            CommandGroup(
                name: "Run",
                subcommands: [
                    DemoCommand.self, CoordinatorCommand.self, WorkerCommand.self, BenchCommand.self,
                ]),
        ])
}

enum HabeasVersion {
    static let text = "0.1.0"
}
