import ArgumentParser
import Contract
import Foundation
import SagaKernel

/// `habeas submit`: publishes a request, as a backend would.
struct SubmitCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Publish a request and print its id.",
        discussion: """
            The same id and the same meaning again changes nothing, so that a submission that was interrupted can be \
            repeated with --id. --submitted is when the subject asked: the deadline counts from then. Device names \
            on a command line are visible to others on the machine and stay in the shell's history; --devices-from \
            reads them from a file, one a line, or from the standard input (-).

            With --wait it follows the request until it ends, and the exit code is that of `status`.

            EXAMPLES:
              habeas submit --type erasure --device contoso.azure-devices.net/thermostat-17
              habeas submit --type access --devices-from devices.txt \\
                --regulation ccpa --submitted 2026-11-02T15:00:00Z
              habeas submit --type erasure --device contoso.azure-devices.net/t-17 \\
                --alias serial_number=SN-1 --exclude telemetry-archive --dry-run --wait
              habeas submit --type erasure --device contoso.azure-devices.net/t-17/camera \\
                --id a7551968-d5d6-44b2-9831-815ac9017798 --wait --timeout PT10M
            """)

    @Option(help: ArgumentHelp("What is asked for; delete and export are aliases.", valueName: "type"))
    var type: RequestTypeArgument

    @Option(
        name: .customLong("device"),
        help: ArgumentHelp("A device or module that it is about; repeatable.", valueName: "hub/device[/module]"))
    var devices: [DeviceArgument] = []

    @Option(
        help: ArgumentHelp("File with a device or module a line; - is the standard input.", valueName: "path"),
        completion: .file())
    var devicesFrom: String?

    @Option(
        name: .customLong("alias"),
        help: ArgumentHelp(
            "Another name of the device: device_name, serial_number or configmgr_client_id; repeatable.",
            valueName: "type=value"))
    var aliases: [DeviceArgument] = []

    @Option(help: ArgumentHelp("Id of the request (default: a new one).", valueName: "uuid"))
    var id: RequestIDArgument?

    @Option(help: ArgumentHelp("The law that sets the deadline.", valueName: "gdpr|uk_gdpr|ccpa"))
    var regulation = RegulationArgument(regulation: .gdpr)

    @Option(help: ArgumentHelp("When the subject asked (default: now).", valueName: "time"))
    var submitted: TimeArgument?

    @Option(
        name: .customLong("exclude"),
        help: ArgumentHelp("Endpoint that is disclosed instead of being asked; repeatable.", valueName: "endpoint-id"))
    var excluded: [String] = []

    @Option(help: ArgumentHelp("Who asks on the subject's behalf, for the record.", valueName: "text"))
    var requestedBy: String?

    @Flag(help: "Only plan: nothing is dispatched.")
    var dryRun = false

    @Flag(help: "Follow it until it ends.")
    var wait = false

    @Option(help: ArgumentHelp("Longest wait with --wait (default: as long as it takes).", valueName: "duration"))
    var timeout: DurationArgument?

    /// Taken so that the parser does not repeat it: it may be the name of a device.
    @Argument(help: .hidden)
    var misplaced: [String] = []

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions

    var optionGroups: [any SettingOptions] { [brokerOptions, apiOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers] }

    func validate() throws {
        if !misplaced.isEmpty { throw ValidationError("Unexpected argument; devices are given with --device.") }
        if devices.isEmpty, devicesFrom == nil {
            throw ValidationError("Name a device: give --device or --devices-from.")
        }
        if timeout != nil, !wait { throw ValidationError("--timeout goes with --wait.") }
    }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let section = try BrokerSection(settings)
        let request = try request(context)
        let record = try RequestRecord.make(request, topic: section.topics.requests, now: context.now())
        guard wait else {
            try await publish(record, of: request.id, section, context)
            return CommandExit.done
        }
        let client = context.statusClient(try APISection(settings))
        // A rejected id may be sent again: what the API says of it now is not the answer to what is sent below. An id
        // that was just made up has no past.
        let before = id == nil ? nil : try await client.request(id: request.id)
        let corrected = before.flatMap { $0.state == .rejected ? StatusStamp($0.status) : nil }
        try await publish(record, of: request.id, section, context)
        let follow = RequestFollow(
            client: client, context: context, id: request.id, corrected: corrected, timeoutMs: timeout?.milliseconds)
        return try await follow.run()
    }

    private func publish(
        _ record: OutgoingRecord, of id: RequestID, _ section: BrokerSection, _ context: CommandContext
    ) async throws {
        do {
            try await context.broker(section).publish([record])
        } catch let failure as BrokerFailure {
            if !failure.isCertain {
                // Under a new id, the next try would be a second request.
                context.console.error("The request may have been sent. To try again, give --id \(id).")
            }
            throw failure
        }
        context.console.out("\(id)")
    }

    private func request(_ context: CommandContext) throws(CommandFailure) -> RequestDraft {
        guard let id = id?.id ?? RequestID(context.newID()) else {
            throw .internal("the new id is no UUID")
        }
        var identities: [SubjectIdentity] = []
        for device in devices + (try devicesFromFile(context)) {
            let subject = try SubjectArguments.subject(device)
            identities.append(.device(hub: subject.hub, deviceID: subject.deviceID, moduleID: subject.moduleID))
        }
        identities += try aliases.map { alias throws(CommandFailure) in try SubjectArguments.alias(alias) }
        var draft = RequestDraft(
            id: id, type: type.type, regulation: regulation.regulation, submitted: submitted?.time ?? context.now(),
            identities: identities)
        draft.dryRun = dryRun
        draft.excludedEndpoints = excluded
        draft.requestedBy = requestedBy
        return draft
    }

    private func devicesFromFile(_ context: CommandContext) throws(CommandFailure) -> [DeviceArgument] {
        guard let path = devicesFrom else { return [] }
        var lines: [String] = []
        if path == "-" {
            while let line = context.console.readLine() { lines.append(line) }
        } else {
            do {
                let text = try String(contentsOfFile: path, encoding: .utf8)
                lines = text.split(whereSeparator: \.isNewline).map(String.init)
            } catch {
                throw .usage("--devices-from \(path) cannot be read: \(FileProblem.text(error))")
            }
        }
        let names = lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !names.isEmpty else { throw .usage("--devices-from names no device") }
        return names.compactMap { DeviceArgument(argument: $0) }
    }
}

/// What is asked for, on the command line; aliases as the contract has them.
struct RequestTypeArgument: ExpressibleByArgument, Hashable, Sendable {
    var type: RequestType

    static var allValueStrings: [String] { RequestType.allCases.map(\.rawValue) }

    init?(argument: String) {
        switch argument {
        case "delete": type = .erasure
        case "export": type = .access
        default:
            guard let type = RequestType(rawValue: argument) else { return nil }
            self.type = type
        }
    }
}

struct RegulationArgument: ExpressibleByArgument, Hashable, Sendable {
    var regulation: Regulation

    static var allValueStrings: [String] { Regulation.allCases.map(\.rawValue) }

    init(regulation: Regulation) { self.regulation = regulation }

    init?(argument: String) {
        guard let regulation = Regulation(rawValue: argument) else { return nil }
        self.regulation = regulation
    }

    var defaultValueDescription: String { regulation.rawValue }
}
