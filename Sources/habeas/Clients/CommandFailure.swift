import ArgumentParser

/// Why a command ends without having done what it was asked, with the exit code that a script branches on.
enum CommandFailure: Error, Hashable, Sendable {
    /// The command line cannot be carried out as it stands.
    case usage(String)
    /// The answer is no.
    case refused(String)
    /// No request has this id.
    case unknownRequest(id: String)
    /// The broker or the API cannot be reached.
    case unreachable(String)
    /// As `unreachable`, of the API, where the command has an own code for it.
    case noAnswer(String)
    case configuration(ConfigurationFaults)
    /// Not the caller's fault.
    case `internal`(String)

    var exitCode: ExitCode {
        switch self {
        case .usage: CommandExit.usage
        case .refused: CommandExit.no
        case .unknownRequest: CommandExit.unknownRequest
        case .unreachable: CommandExit.unreachable
        case .noAnswer: CommandExit.noAnswer
        case .configuration: CommandExit.configuration
        case .internal: CommandExit.internal
        }
    }

    /// What happened and what to do next.
    var message: String {
        switch self {
        case .usage(let text), .refused(let text), .unreachable(let text), .noAnswer(let text), .internal(let text):
            text
        case .unknownRequest(let id):
            "no request has the id \(id). One that was sent a moment ago may not have been read yet; one that ended "
                + "longer than status_grace ago has been forgotten. `habeas list` shows what is known."
        case .configuration(let faults): faults.description
        }
    }
}

/// The exit codes of all commands.
enum CommandExit {
    static let done = ExitCode(0)
    /// The answer is no; of `status`: failed, cancelled or rejected.
    static let no = ExitCode(1)
    /// Of `status`: in progress or on hold.
    static let unfinished = ExitCode(2)
    /// Of `status`.
    static let unknownRequest = ExitCode(3)
    /// Of `status`: the API does not answer.
    static let noAnswer = ExitCode(4)
    static let usage = ExitCode(64)
    static let unreachable = ExitCode(69)
    /// A fault of Habeas itself.
    static let `internal` = ExitCode(70)
    /// The log holds what this version cannot read, or does not give it out.
    static let unreadableLog = ExitCode(74)
    /// Another process took over the same `instance`.
    static let fenced = ExitCode(75)
    /// The watchdog ended a process that was stuck in a call.
    static let stuck = ExitCode(76)
    static let configuration = ExitCode(78)

    /// The code of `status` for a state of a request.
    static func forState(_ state: RequestState) -> ExitCode {
        switch state {
        case .completed, .completedWithExceptions: done
        case .failed, .cancelled, .rejected: no
        case .inProgress, .onHold, .other: unfinished
        }
    }
}

/// The state of a request as a status has it.
enum RequestState: Hashable, Sendable {
    case inProgress, onHold, completed, completedWithExceptions, failed, cancelled, rejected
    /// A state that a newer version may have added.
    case other(String)

    static let known: [RequestState] = [
        .inProgress, .onHold, .completed, .completedWithExceptions, .failed, .cancelled, .rejected,
    ]

    init(_ text: String) {
        self = RequestState.known.first { $0.text == text } ?? .other(text)
    }

    var text: String {
        switch self {
        case .inProgress: "in_progress"
        case .onHold: "on_hold"
        case .completed: "completed"
        case .completedWithExceptions: "completed_with_exceptions"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .rejected: "rejected"
        case .other(let text): text
        }
    }

    /// True where nothing more will happen by itself, `failed` included: it waits for an operator.
    var isEnd: Bool {
        switch self {
        case .completed, .completedWithExceptions, .failed, .cancelled, .rejected: true
        case .inProgress, .onHold, .other: false
        }
    }
}
