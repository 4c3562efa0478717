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
        for event in events { write(event, of: id, to: &json) }
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
        for (name, value) in [
            ("code", event.code), ("command_id", event.commandID), ("operator", event.operator),
            ("reason", event.reason),
        ] as [(StaticString, String?)] {
            guard let value else { continue }
            json.name(name)
            json.string(value)
        }
        json.endObject()
    }
}
