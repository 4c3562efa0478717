import Contract
import SagaKernel

/// The JSON of a task (contract §3), always the same bytes for the same task: its signature must be reproducible.
enum TaskBody {
    static func bytes(of task: WorkerTask) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        json.beginObject()
        json.name("task_id")
        json.string(task.taskID)
        json.name("request_id")
        json.id(task.requestID)
        json.name("epoch")
        json.integer(task.epoch)
        json.name("attempt")
        json.integer(task.attempt)
        json.name("action")
        json.string(task.action.rawValue)
        json.name("endpoint")
        append(task.endpoint, to: &json)
        json.name("subjects")
        json.beginArray()
        for subject in task.subjects { append(subject, to: &json) }
        json.endArray()
        json.name("subject_ref")
        json.string(task.subjectRef)
        json.name("continuation")
        append(task.continuation, to: &json)
        json.name("due_time")
        json.time(task.due)
        json.name("reply")
        json.beginObject()
        json.name("topic")
        json.string(task.replyTopic)
        json.name("partition")
        json.integer(Int64(task.replyPartition))
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private static func append(_ endpoint: WorkerTask.EndpointFacts, to json: inout JSONWriter) {
        json.beginObject()
        json.name("id")
        json.string(endpoint.id)
        json.name("kind")
        json.string(endpoint.kind)
        json.name("hub")
        json.string(endpoint.hub)
        json.name("resource_id")
        append(endpoint.resourceID, to: &json)
        json.name("settings")
        json.json(endpoint.settingsJSON)
        json.endObject()
    }

    private static func append(_ subject: Subject, to json: inout JSONWriter) {
        json.beginObject()
        json.name("hub")
        json.string(subject.hub)
        json.name("device_id")
        json.string(subject.deviceID)
        json.name("module_id")
        append(subject.moduleID, to: &json)
        json.name("aliases")
        json.beginArray()
        for alias in subject.aliases {
            json.beginObject()
            json.name("identity_type")
            json.string(alias.identityType)
            json.name("identity_value")
            json.string(alias.identityValue)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private static func append(_ text: String?, to json: inout JSONWriter) {
        if let text { json.string(text) } else { json.null() }
    }
}
