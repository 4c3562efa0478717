import ArgumentParser

/// `habeas worker`: the process that does tasks.
struct WorkerCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run workers for some connectors.",
        discussion: """
            Takes tasks from the topics of its connectors, does them and acknowledges. It keeps no state: stop it \
            when you like, start as many as there are partitions. SIGTERM lets tasks that are under way end for \
            stop_timeout, then ends with 0; what was not acknowledged is done again by another.

            EXAMPLES:
              habeas worker --connectors directory --directory-roots /srv/telemetry \\
                --config habeas.yaml
              habeas worker --connectors webhook --webhook-secrets-file webhooks.yaml \\
                --callback-base-url https://privacy.example/habeas --config habeas.yaml
              habeas worker --connectors directory,webhook --worker-concurrency 64 \\
                --bootstrap-servers kafka:9092
            """)

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var connectorOptions: ConnectorOptions
    @OptionGroup(title: "Settings") var workerOptions: WorkerOptions
    @OptionGroup(title: "Settings") var serviceOptions: WorkerServiceOptions
    @OptionGroup(title: "Settings") var logOptions: LogOptions

    var optionGroups: [any SettingOptions] {
        [brokerOptions, connectorOptions, workerOptions, serviceOptions, logOptions]
    }
    var requiredSettings: [Setting] { [.bootstrapServers, .connectors] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        try await WorkerProcess.run(settings)
    }
}
