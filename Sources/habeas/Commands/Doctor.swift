import ArgumentParser

/// `habeas doctor`: is this deployment sound?
struct DoctorCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check a deployment: broker, topics, transactions, catalogue, keys, API, clocks.",
        discussion: """
            Changes nothing: the transaction that it tries out is aborted. Exit codes: 0 sound (warnings do not \
            count), 1 something is to be repaired.

            EXAMPLES:
              habeas doctor --config habeas.yaml
              habeas doctor --bootstrap-servers kafka:9092 --catalogue catalogue.yaml \\
                --subject-key-file subject.key --api coordinator.example:8080 --json
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var catalogueOptions: CatalogueOptions
    @OptionGroup(title: "Settings") var connectorOptions: ConnectorOptions
    @OptionGroup(title: "Settings") var subjectKeyOptions: SubjectKeyOptions
    @OptionGroup(title: "Settings") var guaranteeOptions: GuaranteeOptions
    @OptionGroup(title: "Settings") var limitOptions: LimitOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions

    var optionGroups: [any SettingOptions] {
        [
            brokerOptions, catalogueOptions, connectorOptions, subjectKeyOptions, guaranteeOptions, limitOptions,
            apiOptions,
        ]
    }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let section = try BrokerSection(settings)
        var checks: [DoctorCheck] = []
        var broker: BrokerClient?
        do {
            broker = try context.broker(section)
        } catch {
            checks.append(
                .fail(
                    "configuration", "Kafka settings", CommandRunner.failure(from: error).message,
                    "correct the kafka.* settings"))
        }
        checks += LocalChecks(settings: settings).run(broker)
        if let broker {
            checks += await BrokerChecks(broker: broker, section: section, settings: settings).run()
        }
        checks += await APIChecks(client: context.statusClient(try APISection(settings)), now: context.now).run()
        let report = DoctorReport(checks: checks)
        if json {
            context.console.out(report.json())
        } else {
            for line in report.lines(context.console.terminal) { context.console.out(line) }
        }
        return report.isSound ? CommandExit.done : CommandExit.no
    }
}
