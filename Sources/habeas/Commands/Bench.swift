import ArgumentParser

/// `habeas bench`: what this machine and a broker can do.
struct BenchCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure throughput, latency, memory and restore on a broker.",
        discussion: """
            Measures a coordinator's lanes, and beside them the raw limit: the same number and sizes of records \
            through the client alone, deciding nothing, once with three headers and once with all that the contract \
            wants. Each suite measures other figures:

              quick       requests/s and CPU a request under the configured guarantee
              throughput  the same under both guarantees, medians of --rounds
              latency     what sender, lane, worker and readers sustain together, and
                          requests at an even pace, a tenth and half of that: until
                          tasks and completion are visible
              restore     memory of idle sagas, and a restore beside only reading
              growth      by endpoints, partitions, coordinators (medians, and
                          beside the raw limit) and idle sagas; latency at one
                          pace, memory and restore by each of them
              full        everything; takes about twenty minutes

            Read model, API and logs take no part. In what is prepared the answers of a request come close together, \
            as they do where its places are about equally fast. It makes topics under its own prefix and deletes \
            them when it is done: use a broker that may be loaded. Ends with 1 where a request was not completed or an \
            idle saga takes more than 2 KiB.

            EXAMPLES:
              habeas bench --bootstrap-servers localhost:9092
              habeas bench --bootstrap-servers localhost:9092 \\
                --requests 100000 --endpoints 8 --no-codec --json
              habeas bench --bootstrap-servers localhost:9092 --idle-sagas 1000000
              habeas bench --bootstrap-servers localhost:9092 --suite full \\
                --output figures.json --chart figures.svg
              habeas bench --from figures.json --chart figures.svg
            """)

    @Option(help: ArgumentHelp("quick, throughput, latency, restore, growth or full.", valueName: "name"))
    var suite = BenchSuite.quick

    @Option(help: ArgumentHelp("Prepared requests of each measurement.", valueName: "n"))
    var requests = 20_000

    @Option(help: ArgumentHelp("Endpoints of the hub, each with one task a request.", valueName: "n"))
    var endpoints = 8

    @Option(help: ArgumentHelp("Partitions of each topic.", valueName: "n"))
    var partitions = 4

    @Option(
        help: ArgumentHelp(
            "Coordinators at work at the same time (quick, throughput and restore; growth takes one and two).",
            valueName: "n"))
    var coordinators = 1

    @Option(
        help: ArgumentHelp(
            "Waiting sagas to restore (quick: none; restore, growth and full: a million, 400 MB on the broker).",
            valueName: "n"))
    var idleSagas: Int?

    @Option(
        help: ArgumentHelp(
            "How often to measure throughput and restore, medians are told (quick: 1; all others: 3).", valueName: "n"))
    var rounds: Int?

    @Option(help: ArgumentHelp("How long requests come at each pace.", valueName: "n"))
    var seconds = 20

    @Flag(inversion: .prefixedNo, help: "Measure the codec beside Foundation's as well (quick and full).")
    var codec = true

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: ArgumentHelp("Write the figures as JSON to a file, too.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Draw the figures as an SVG.", valueName: "file"))
    var chart: String?

    @Option(help: ArgumentHelp("Measure nothing: draw the chart of these figures.", valueName: "file"))
    var from: String?

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var turnOptions: TurnOptions

    var optionGroups: [any SettingOptions] { [brokerOptions, turnOptions] }
    var requiredSettings: [Setting] { from == nil ? [.bootstrapServers] : [] }

    func validate() throws {
        if !(1...10_000_000).contains(requests) { throw ValidationError("--requests must be from 1 to 10000000.") }
        if let idleSagas, !(0...10_000_000).contains(idleSagas) {
            throw ValidationError("--idle-sagas must be from 0 to 10000000.")
        }
        if !(1...256).contains(endpoints) { throw ValidationError("--endpoints must be from 1 to 256.") }
        if !(1...1_000).contains(partitions) { throw ValidationError("--partitions must be from 1 to 1000.") }
        if !(1...64).contains(coordinators) { throw ValidationError("--coordinators must be from 1 to 64.") }
        if coordinators > partitions {
            throw ValidationError("--coordinators must not be more than --partitions, or some have nothing to do.")
        }
        if coordinators > 1, ![.quick, .throughput, .restore].contains(suite) {
            throw ValidationError(
                "--coordinators goes with --suite quick, throughput or restore; growth takes one and two.")
        }
        if let rounds, !(1...100).contains(rounds) { throw ValidationError("--rounds must be from 1 to 100.") }
        if !(1...3_600).contains(seconds) { throw ValidationError("--seconds must be from 1 to 3600.") }
        if from != nil, chart == nil { throw ValidationError("--from needs --chart, the file to draw into.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        if let from, let chart { return try BenchProcess.draw(from: from, to: chart) }
        let plan = BenchPlan(
            suite: suite, requests: requests, endpoints: endpoints, partitions: partitions, coordinators: coordinators,
            idleSagas: idleSagas, rounds: rounds ?? (suite == .quick ? 1 : 3), seconds: seconds, codec: codec)
        return try await BenchProcess.run(
            settings, plan: plan, output: BenchOutput(json: json, file: output, chart: chart), console: context.console)
    }
}
