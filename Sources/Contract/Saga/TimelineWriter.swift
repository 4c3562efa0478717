public import SagaKernel

/// Writes what happened to a saga in one turn (contract §5).
public enum TimelineWriter {
    public static func write(_ events: [TimelineEvent], of id: RequestID, version: Int64, to json: inout JSONWriter) {
        json.beginObject()
        json.name("request_id")
        json.id(id)
        json.name("version")
        json.integer(version)
        json.name("events")
        json.beginArray()
        for index in events.indices { write(events, index, of: id, to: &json) }
        json.endArray()
        json.endObject()
    }

    /// By index: an event that is taken out of its array, or handed on, is copied with all that it refers to.
    private static func write(
        _ events: [TimelineEvent], _ index: Int, of id: RequestID, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.name("time")
        json.time(events[index].time)
        json.name("event")
        json.string(events[index].kind.rawValue)
        if let path = events[index].taskPath {
            json.name("task_id")
            json.taskID(id, path: path)
        }
        if let epoch = events[index].epoch {
            json.name("epoch")
            json.integer(epoch)
        }
        if let attempt = events[index].attempt {
            json.name("attempt")
            json.integer(attempt)
        }
        json.optional("code", events[index].code)
        if case .said(let commandID, let `operator`, let reason) = events[index].words {
            json.optional("command_id", commandID)
            json.optional("operator", `operator`)
            json.optional("reason", reason)
        }
        json.endObject()
    }
}
