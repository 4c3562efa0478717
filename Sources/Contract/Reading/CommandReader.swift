public import RecordLog
public import SagaKernel

/// A command, and what its record says about where it belongs.
public struct ReadCommand: Hashable, Sendable {
    /// Its tasks are paths: task ids without the request id and the slash.
    public var command: Command
    /// The partition that the status showed to whoever gave the command.
    public var homePartition: Int32?
    /// True where a coordinator sent it home once already.
    public var isForwarded: Bool
}

/// Reads commands (contract §6). Whether a command makes sense in the saga's state is the saga's to say.
public struct CommandReader: Sendable {
    private let limits: CommandLimits

    public init(limits: CommandLimits = CommandLimits()) {
        self.limits = limits
    }

    public func read(
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>
    ) -> Result<ReadCommand, Refusal> {
        RecordReading.read(
            .command, value: value, headers: headers, bytesMaximum: limits.bytes, idField: "request_id"
        ) { body, envelope throws(Refusal) in
            try read(body, isForwarded: envelope.isForwarded)
        }
    }

    private func read(_ bytes: UnsafeRawBufferPointer, isForwarded: Bool) throws(Refusal) -> ReadCommand {
        let body = try CommandBody(bytes, limits)
        guard let requestID = body.requestID else { throw .missing("request_id") }
        guard let id = body.id, !id.isEmpty else { throw .missing("command_id") }
        let verb = try verb(body, requestID)
        let command = Command(
            id: id, requestID: requestID, verb: verb, reason: body.reason, operator: body.operator)
        return ReadCommand(command: command, homePartition: body.homePartition, isForwarded: isForwarded)
    }

    private func verb(_ body: CommandBody, _ requestID: RequestID) throws(Refusal) -> Command.Verb {
        switch try body.verb.required("command", wrong: Reasons.notAWord) {
        case .replay:
            let scope = try body.scope.optional("scope", wrong: Reasons.notAWord) ?? .failed
            return .replay(tasks: try paths(body, requestID), scope: scope)
        case .cancel: return .cancel
        case .hold: return .hold
        case .release: return .release
        case .extend: return .extend(until: try body.until.required("until", wrong: Reasons.notTime))
        case .skip:
            guard body.reason?.isEmpty == false else { throw .missing("reason") }
            return .skip(tasks: try requiredPaths(body, requestID))
        case .attest:
            let outcome = try body.outcome.optional("outcome", wrong: Reasons.notAWord) ?? .attested
            return .attest(tasks: try requiredPaths(body, requestID), outcome: outcome, evidence: body.evidence)
        }
    }

    private func requiredPaths(_ body: CommandBody, _ requestID: RequestID) throws(Refusal) -> [String] {
        guard !body.tasks.isEmpty else { throw .missing("tasks") }
        return try paths(body, requestID)
    }

    /// Each once, in the order of the record.
    private func paths(_ body: CommandBody, _ requestID: RequestID) throws(Refusal) -> [String] {
        var paths: [String] = []
        var seen: Set<String> = []
        for (index, taskID) in body.tasks.enumerated() {
            guard let path = TaskPath.read(taskID, of: requestID) else {
                throw Refusal(code: .malformed, message: "tasks[\(index)] is not the id of a task of this request")
            }
            guard path.utf8.count <= limits.stringBytes else {
                throw Refusal(code: .tooLarge, message: "tasks[\(index)] is longer than the limit")
            }
            if seen.insert(path).inserted { paths.append(path) }
        }
        return paths
    }
}
