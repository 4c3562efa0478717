import ArgumentParser

/// `habeas bench`: what this machine and a broker can do.
struct BenchCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure throughput and CPU per request on a broker.",
        discussion: """
            Lets one lane of a coordinator work off prepared requests, then the acknowledgements of all their tasks, \
            and counts completed requests. The answers of a request come close together, as they do where its places \
            are about equally fast; read model, API and logs take no part. The client alone then moves the same \
            traffic and decides nothing, for comparison. It makes topics under its own prefix and leaves them \
            there: use a broker that may be loaded.

            EXAMPLES:
              habeas bench --bootstrap-servers localhost:9092
              habeas bench --bootstrap-servers localhost:9092 \\
                --requests 100000 --endpoints 8 --no-codec --json
              habeas bench --bootstrap-servers localhost:9092 --idle-sagas 1000000
            """)

    @Option(help: ArgumentHelp("Requests to send.", valueName: "n"))
    var requests = 20_000

    @Option(help: ArgumentHelp("Endpoints of the hub, each with one task a request.", valueName: "n"))
    var endpoints = 8

    @Option(help: ArgumentHelp("Partitions of each topic.", valueName: "n"))
    var partitions = 4

    @Option(
        help: ArgumentHelp(
            "Waiting sagas to restore first: more than 2 KiB each end with 1; a million needs 400 MB on the broker.",
            valueName: "n"))
    var idleSagas = 0

    @Flag(inversion: .prefixedNo, help: "Measure the codec beside Foundation's as well.")
    var codec = true

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var turnOptions: TurnOptions

    var optionGroups: [any SettingOptions] { [brokerOptions, turnOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func validate() throws {
        if !(1...10_000_000).contains(requests) { throw ValidationError("--requests must be from 1 to 10000000.") }
        if !(0...10_000_000).contains(idleSagas) { throw ValidationError("--idle-sagas must be from 0 to 10000000.") }
        if !(1...256).contains(endpoints) { throw ValidationError("--endpoints must be from 1 to 256.") }
        if !(1...1_000).contains(partitions) { throw ValidationError("--partitions must be from 1 to 1000.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let plan = BenchPlan(
            requests: requests, endpoints: endpoints, partitions: partitions, idleSagas: idleSagas, codec: codec,
            json: json)
        return try await BenchProcess.run(settings, plan: plan, console: context.console)
    }
}

/// What to measure.
struct BenchPlan: Hashable, Sendable {
    var requests: Int
    var endpoints: Int
    var partitions: Int
    var idleSagas: Int
    var codec: Bool
    var json: Bool
}
