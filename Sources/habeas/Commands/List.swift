import ArgumentParser
import Contract
import SagaKernel

/// `habeas list`: many requests.
struct ListCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List requests by state, endpoint, deadline or device.",
        discussion: """
            In the order of their deadlines. Conditions add up. --endpoint alone means an unsettled task there, with \
            --state failed a failed one. --device needs subject_key: the reference is computed here, and the \
            device's name does not leave this machine.

            EXAMPLES:
              habeas list
              habeas list --state failed
              habeas list --endpoint telemetry-archive --due-within P3D
              habeas list --device contoso.azure-devices.net/thermostat-17 \\
                --subject-key-file subject.key
              habeas list --state in_progress --limit 500 --json
              habeas list --due-within P1D --watch
            """)

    @Option(help: ArgumentHelp("Only requests in this state.", valueName: "state"))
    var state: StateArgument?

    @Option(help: ArgumentHelp("Only requests with an unsettled task at this endpoint.", valueName: "endpoint-id"))
    var endpoint: String?

    @Option(help: ArgumentHelp("Only unfinished requests that are due by then.", valueName: "duration"))
    var dueWithin: DurationArgument?

    @Option(help: ArgumentHelp("Only requests about this device or module.", valueName: "hub/device"))
    var device: DeviceArgument?

    @Option(help: ArgumentHelp("Most requests to show.", valueName: "n"))
    var limit = 100

    @Option(help: ArgumentHelp("Go on where the page before ended.", valueName: "text"))
    var cursor: String?

    @Flag(help: "Print what the API says, unchanged.")
    var json = false

    @Flag(help: "Show it again and again.")
    var watch = false

    @Option(help: ArgumentHelp("How often to ask with --watch.", valueName: "duration"))
    var interval = DurationArgument(milliseconds: 2_000)

    /// Taken so that the parser does not repeat it: it may be the name of a device.
    @Argument(help: .hidden)
    var misplaced: [String] = []

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions
    @OptionGroup(title: "Settings") var subjectKeyOptions: SubjectKeyOptions

    var optionGroups: [any SettingOptions] { [apiOptions, subjectKeyOptions] }

    func validate() throws {
        if !misplaced.isEmpty { throw ValidationError("Unexpected argument; devices are given with --device.") }
        if json, watch { throw ValidationError("--json and --watch do not go together; poll with --json instead.") }
        if !(1...1_000).contains(limit) { throw ValidationError("--limit must be from 1 to 1000.") }
        if interval.milliseconds < 100 { throw ValidationError("--interval must be at least PT0.1S.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let client = context.statusClient(try APISection(settings))
        let subjectRef = try device.map { try SubjectArguments.reference(of: $0, settings: settings) }
        guard watch else {
            let page = try await client.requests(query(subjectRef, now: context.now()))
            if json {
                context.console.out(String(decoding: page.body, as: UTF8.self))
            } else {
                for line in lines(page, context) { context.console.out(line) }
            }
            return CommandExit.done
        }
        context.endQuietlyOnTermination()
        var redraw = Redraw()
        Redraw.begin(on: context.console)
        while true {
            let page = try await client.requests(query(subjectRef, now: context.now()))
            redraw.show(lines(page, context), on: context.console)
            try await context.pause(interval.milliseconds)
        }
    }

    private func query(_ subjectRef: String?, now: Timestamp) -> StatusQuery {
        var query = StatusQuery(limit: limit)
        query.state = state?.state.text
        query.endpoint = endpoint
        query.dueBeforeMs = dueWithin.map { now.adding(milliseconds: $0.milliseconds).milliseconds }
        query.subjectRef = subjectRef
        query.cursor = cursor
        return query
    }

    private func lines(_ page: ListAnswer, _ context: CommandContext) -> [String] {
        let terminal = context.console.terminal
        guard !page.requests.isEmpty else { return ["No such requests."] }
        var lines = ListView(requests: page.requests, now: context.now())
            .lines(width: terminal.width, colours: terminal.colours)
        lines.append("")
        var summary = page.requests.count == 1 ? "1 request" : "\(page.requests.count) requests"
        if let asOf = page.asOf, let time = TimeText.parse(asOf) {
            summary += ", seen \(RelativeTime.text(time, now: context.now()))"
        }
        lines.append(Styled(summary, .faint).rendered(colours: terminal.colours))
        if let next = page.nextCursor { lines.append("More: the same with --cursor \(TextWidth.printable(next))") }
        return lines
    }
}

/// A state of a request on the command line.
struct StateArgument: ExpressibleByArgument, Hashable, Sendable, CaseIterable {
    var state: RequestState

    static var allCases: [StateArgument] { RequestState.known.map { StateArgument(state: $0) } }
    static var allValueStrings: [String] { RequestState.known.map(\.text) }

    init(state: RequestState) { self.state = state }

    init?(argument: String) {
        let state = RequestState(argument)
        guard RequestState.known.contains(state) else { return nil }
        self.state = state
    }

    var defaultValueDescription: String { state.text }
}
