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
        // In place: an event that is taken out of an array is copied with all that it refers to.
        events.withUnsafeBufferPointer { events in
            for index in events.indices { write(events[index], of: id, to: &json) }
        }
        json.endArray()
        json.endObject()
    }

    private static func write(_ event: TimelineEvent, of id: RequestID, to json: inout JSONWriter) {
        json.beginObject()
        json.name("time")
        json.time(event.time)
        json.name("event")
        json.string(event.kind.rawValue)
        if let path = event.taskPath {
            json.name("task_id")
            json.taskID(id, path: path)
        }
        if let epoch = event.epoch {
            json.name("epoch")
            json.integer(epoch)
        }
        if let attempt = event.attempt {
            json.name("attempt")
            json.integer(attempt)
        }
        json.optional("code", event.code)
        json.optional("command_id", event.commandID)
        json.optional("operator", event.operator)
        json.optional("reason", event.reason)
        json.endObject()
    }
}
