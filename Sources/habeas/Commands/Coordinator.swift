import ArgumentParser

/// `habeas coordinator`: the process that decides.
struct CoordinatorCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run a coordinator with its read model and status API.",
        discussion: """
            Reads requests, acknowledgements and commands, sends tasks, publishes statuses. More load: more \
            partitions, more lanes, more coordinators with the same topic_prefix and each its own instance. It \
            refuses to start without its topics (`habeas topics create`). SIGHUP reads the catalogue again; SIGTERM \
            finishes or gives up the turn that is under way and ends with 0.

            EXAMPLES:
              habeas coordinator --config habeas.yaml
              habeas coordinator --bootstrap-servers kafka:9092 \\
                --catalogue catalogue.yaml --subject-key-file subject.key
              habeas coordinator --config habeas.yaml --instance coordinator-1 \\
                --lanes 2 --read-model status.sqlite
              habeas coordinator --config habeas.yaml --processing-guarantee at-least-once \\
                --kafka security.protocol=SASL_SSL --kafka sasl.mechanism=PLAIN
            """)

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var catalogueOptions: CatalogueOptions
    @OptionGroup(title: "Settings") var subjectKeyOptions: SubjectKeyOptions
    @OptionGroup(title: "Settings") var serviceOptions: ServiceOptions
    @OptionGroup(title: "Settings") var turnOptions: TurnOptions
    @OptionGroup(title: "Settings") var coordinatorOptions: CoordinatorOptions
    @OptionGroup(title: "Settings") var limitOptions: LimitOptions
    @OptionGroup(title: "Settings") var logOptions: LogOptions

    var optionGroups: [any SettingOptions] {
        [
            brokerOptions, catalogueOptions, subjectKeyOptions, serviceOptions, turnOptions, coordinatorOptions,
            limitOptions, logOptions,
        ]
    }
    var requiredSettings: [Setting] { [.bootstrapServers, .catalogue, .subjectKey] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        try await CoordinatorProcess.run(settings)
    }
}
