public import SagaKernel

/// Writes commands (contract §6), for operators' tools.
public enum CommandWriter {
    /// The record's value.
    ///
    /// - Parameters:
    ///   - command: its tasks are paths; they are written as task ids.
    ///   - homePartition: as the request's status shows it: the partition to write the record to.
    public static func bytes(_ command: Command, homePartition: Int32?, time: Timestamp) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        json.name("command_id")
        json.string(command.id)
        json.name("command")
        json.string(command.verb.name)
        json.name("request_id")
        json.id(command.requestID)
        if let homePartition {
            json.name("home_partition")
            json.integer(Int64(homePartition))
        }
        write(command.verb, of: command.requestID, &json)
        json.optional("reason", command.reason)
        json.optional("operator", command.operator)
        json.name("time")
        json.time(time)
        json.endObject()
        return json.bytes
    }

    private static func write(_ verb: Command.Verb, of id: RequestID, _ json: inout JSONWriter) {
        switch verb {
        case .replay(let tasks, let scope):
            write(tasks, of: id, &json)
            json.name("scope")
            json.string(scope.rawValue)
        case .cancel, .hold, .release: break
        case .extend(let until):
            json.name("until")
            json.time(until)
        case .skip(let tasks): write(tasks, of: id, &json)
        case .attest(let tasks, let outcome, let evidence):
            write(tasks, of: id, &json)
            json.name("outcome")
            json.string(outcome.rawValue)
            json.evidence(evidence)
        }
    }

    private static func write(_ tasks: [String], of id: RequestID, _ json: inout JSONWriter) {
        guard !tasks.isEmpty else { return }
        json.name("tasks")
        json.beginArray()
        for path in tasks { json.taskID(id, path: path) }
        json.endArray()
    }
}
