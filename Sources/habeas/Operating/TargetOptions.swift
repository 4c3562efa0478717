import ArgumentParser
import Contract
import SagaKernel

/// What every command to a request has: which requests, why, and how to go about it.
struct TargetOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids of the requests.", valueName: "id"))
    var ids: [RequestIDArgument] = []

    @Option(help: ArgumentHelp("Why, for the record; it is kept in the timeline.", valueName: "text"))
    var reason: String

    @Flag(help: "Show the plan and stop.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Wait until it is carried out or refused.")
    var wait = false

    @Option(help: ArgumentHelp("Longest wait with --wait (default: as long as it takes).", valueName: "duration"))
    var timeout: DurationArgument?

    @Flag(help: "Print one JSON object instead of tables.")
    var json = false

    func validate() throws {
        let trimmed = reason.allSatisfy(\.isWhitespace)
        if trimmed { throw ValidationError("--reason must say something.") }
        if timeout != nil, !wait { throw ValidationError("--timeout goes with --wait.") }
    }

    /// For commands that have no other way to say which requests are meant.
    func requireIDs() throws {
        if ids.isEmpty { throw ValidationError("Name the requests: give their ids.") }
    }
}

/// The settings of every command to a request.
struct OperatorSettings: ParsableArguments {
    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions
    @OptionGroup(title: "Settings") var operatorOptions: OperatorOptions

    var groups: [any SettingOptions] { [brokerOptions, apiOptions, operatorOptions] }
}

/// Which tasks of the requests.
struct TaskOptions: ParsableArguments {
    @Option(
        name: .customLong("task"),
        help: ArgumentHelp(
            "Only this task: its id, or what follows the request's id in it (telemetry-archive/erase); repeatable.",
            valueName: "task"))
    var tasks: [String] = []

    @Option(help: ArgumentHelp("Only tasks at this endpoint.", valueName: "endpoint-id"))
    var endpoint: String?

    var isGiven: Bool { !tasks.isEmpty || endpoint != nil }

    func matches(_ task: StatusDocument.TaskDocument, of request: String) -> Bool {
        let named = tasks.isEmpty || tasks.contains { $0 == task.taskID || $0 == TaskPath.of(task, in: request) }
        return named && (endpoint == nil || endpoint == task.endpointID)
    }
}

/// The part of a task's id behind the request's id, which is what people type.
enum TaskPath {
    static func of(_ task: StatusDocument.TaskDocument, in request: String) -> String {
        task.taskID.hasPrefix(request + "/") ? String(task.taskID.dropFirst(request.count + 1)) : task.taskID
    }
}
