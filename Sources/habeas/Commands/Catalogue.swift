import ArgumentParser
import Catalogue
import Contract
import Foundation

/// `habeas catalogue`: the endpoints of every hub.
struct CatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "Check a catalogue file, or make one from Azure's own documents.",
        discussion: """
            EXAMPLES:
              habeas catalogue check catalogue.yaml
              habeas catalogue import --hub hub.json \\
                --event-subscriptions hub-events.json \\
                --event-subscriptions system-topic-events.json \\
                --diagnostic-settings diagnostics.json --output catalogue.yaml
            """,
        subcommands: [CatalogueCheckCommand.self, CatalogueImportCommand.self])
}

struct CatalogueCheckCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read a catalogue file and list everything that is wrong with it.",
        discussion: """
            Exit codes: 0 a coordinator would start with it, 1 it would not. Warnings do not change the code.

            EXAMPLES:
              habeas catalogue check catalogue.yaml
              habeas catalogue check --catalogue catalogue.yaml --json
            """)

    @Argument(
        help: ArgumentHelp("The file (default: the setting catalogue).", valueName: "file"), completion: .file())
    var file: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var catalogueOptions: CatalogueOptions
    @OptionGroup(title: "Settings") var limitOptions: LimitOptions

    var optionGroups: [any SettingOptions] { [catalogueOptions, limitOptions] }
    var requiredSettings: [Setting] { file == nil ? [.catalogue] : [] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let path = try settings.need(file ?? settings.text(.catalogue), .catalogue)
        let reading = try CatalogueSource.read(
            path: path, endpointsPerHub: settings.integer(.limitsEndpointsPerHub))
        if json {
            context.console.out(CatalogueOutput.json(reading))
        } else {
            for warning in reading.warnings { context.console.error("\(path):\(warning) (warning)") }
            for fault in reading.faults { context.console.error("\(path):\(fault)") }
            if let catalogue = reading.catalogue {
                for line in CatalogueOutput.lines(catalogue, context.console.terminal) { context.console.out(line) }
            }
        }
        return reading.catalogue == nil ? CommandExit.no : CommandExit.done
    }
}

struct CatalogueImportCommand: HabeasSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a catalogue from the documents in which Azure describes a hub.",
        discussion: """
            The documents are what the REST interface (or `az rest`) answers; keys and connection strings in them \
            are not copied. Read the comments of the result: a place that is not understood becomes one that is \
            asked by hand. What is not given is not in it: of Event Grid it takes the hub's own list of event \
            subscriptions and those of all its system topics, and the hub's list of diagnostic settings for its logs. \
            A list that is absent is warned of; give {"value": []} where there is nothing.

            EXAMPLES:
              habeas catalogue import --hub hub.json \\
                --event-subscriptions hub-events.json \\
                --event-subscriptions system-topic-events.json \\
                --diagnostic-settings diagnostics.json --output catalogue.yaml
              habeas catalogue import --hub hub.json --hub hub-preview.json \\
                --event-subscriptions hub-events.json \\
                --diagnostic-settings diagnostics.json --id-prefix contoso-
            """)

    @Option(
        name: .customLong("hub"),
        help: ArgumentHelp("Answer of GET on the hub; repeatable for newer preview versions.", valueName: "file"),
        completion: .file())
    var hubs: [String]

    @Option(
        name: .customLong("event-subscriptions"),
        help: ArgumentHelp(
            "List of Event Grid subscriptions: the hub's, and each of its system topics'; repeatable.",
            valueName: "file"), completion: .file())
    var eventSubscriptions: [String] = []

    @Option(
        name: .customLong("diagnostic-settings"),
        help: ArgumentHelp("List of diagnostic settings; repeatable.", valueName: "file"), completion: .file())
    var diagnosticSettings: [String] = []

    @Option(help: ArgumentHelp("What every id begins with, for files with several hubs.", valueName: "text"))
    var idPrefix = ""

    @Option(help: ArgumentHelp("File to write (default: the standard output).", valueName: "file"))
    var output: String?

    @Flag(help: "Write over an existing file.")
    var force = false

    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var limitOptions: LimitOptions

    var optionGroups: [any SettingOptions] { [limitOptions] }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        var limits = CatalogueLimits()
        if let most = settings.integer(.limitsEndpointsPerHub) { limits.endpointsPerHub = most }
        let reading = ARMImport(idPrefix: idPrefix, limits: limits).read(
            hubs: try documents(hubs), eventSubscriptions: try documents(eventSubscriptions),
            diagnosticSettings: try documents(diagnosticSettings))
        for warning in reading.warnings { context.console.error("\(warning) (warning)") }
        for fault in reading.faults { context.console.error("\(fault)") }
        guard let draft = reading.draft else {
            throw CommandFailure.refused("no catalogue was made, for the reasons above")
        }
        let yaml = try draft.yaml()
        guard let output else {
            context.console.writeOut(yaml)
            return CommandExit.done
        }
        try write(yaml, to: output)
        context.console.error("\(output) is written; check it with `habeas catalogue check \(output)`.")
        return CommandExit.done
    }

    private func documents(_ paths: [String]) throws(CommandFailure) -> [ARMImport.Document] {
        try paths.map { path throws(CommandFailure) in
            do {
                let data = try Data(contentsOf: URL(fileURLWithPath: path))
                return ARMImport.Document(name: path, bytes: Array(data))
            } catch {
                throw .usage("\(path) cannot be read: \(FileProblem.text(error))")
            }
        }
    }

    private func write(_ yaml: String, to path: String) throws(CommandFailure) {
        do {
            let options: Data.WritingOptions = force ? [.atomic] : [.withoutOverwriting]
            try Data(yaml.utf8).write(to: URL(fileURLWithPath: path), options: options)
        } catch {
            let hint = (error as? CocoaError)?.code == .fileWriteFileExists ? " (--force writes over it)" : ""
            throw .usage("\(path) cannot be written: \(FileProblem.text(error))\(hint)")
        }
    }
}
