import SagaKernel

/// A command as it stands in the record: the types are right, the values are not judged yet.
struct CommandBody {
    enum Verb {
        case replay, cancel, hold, release, extend, skip, attest
    }

    var id: String?
    var verb: Judged<Verb> = .absent
    var requestID: RequestID?
    var homePartition: Int32?
    var tasks: [JSONText] = []
    var scope: Judged<Command.ReplayScope> = .absent
    var until: Judged<Timestamp> = .absent
    var outcome: Judged<Outcome> = .absent
    var evidence: [Evidence] = []
    var reason: String?
    var `operator`: String?

    private enum Field: UInt8, KnownField {
        case id, command, requestID, homePartition, tasks, scope, until, outcome, evidence, reason, `operator`, time

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "command_id": .id
            case "command": .command
            case "request_id": .requestID
            case "home_partition": .homePartition
            case "tasks": .tasks
            case "scope": .scope
            case "until": .until
            case "outcome": .outcome
            case "evidence": .evidence
            case "reason": .reason
            case "operator": .operator
            case "time": .time
            default: nil
            }
        }
    }

    init(_ bytes: UnsafeRawBufferPointer, _ limits: CommandLimits) throws(Refusal) {
        var cursor = RecordCursor(bytes)
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .id: id = try cursor.string(bytesMaximum: limits.stringBytes)
            case .command: verb = Judged(Self.verb(try cursor.text()))
            case .requestID: requestID = try cursor.requestID()
            case .homePartition: homePartition = try cursor.partition()
            case .tasks: try readTasks(&cursor, limits)
            case .scope: scope = Judged(Command.ReplayScope.named(try cursor.text()))
            case .until: until = Judged(try cursor.text().withUTF8 { TimeText.parse(bytes: $0) })
            case .outcome: outcome = Judged(Outcome.named(try cursor.text()))
            case .evidence:
                evidence = try cursor.evidence(maximum: limits.evidence, stringBytes: limits.stringBytes)
            case .reason: reason = try cursor.string(bytesMaximum: limits.stringBytes)
            case .operator: `operator` = try cursor.string(bytesMaximum: limits.stringBytes)
            case .time: _ = try cursor.time()
            }
        }
        try cursor.end()
    }

    private static func verb(_ text: JSONText) -> Verb? {
        switch text {
        case "replay": .replay
        case "cancel": .cancel
        case "hold": .hold
        case "release": .release
        case "extend": .extend
        case "skip": .skip
        case "attest": .attest
        default: nil
        }
    }

    private mutating func readTasks(_ cursor: inout RecordCursor, _ limits: CommandLimits) throws(Refusal) {
        try cursor.beginArray()
        while try cursor.nextElement() {
            guard tasks.count < limits.tasks else { throw cursor.refusal(.tooLarge, "has more entries than the limit") }
            tasks.append(try cursor.text())
        }
    }
}
