public import SagaKernel

/// Writes a task for its connector's workers (contract §3).
public enum TaskWriter {
    public static func write(_ dispatch: Dispatch, of saga: Saga, replyTopic: String, to json: inout JSONWriter) {
        // By index: a task or an endpoint that is taken out is copied with all that it refers to.
        let (hub, endpoint) = (saga.tasks[dispatch.task].hub, saga.tasks[dispatch.task].endpoint)
        json.beginObject()
        json.name("task_id")
        json.taskID(saga.id, path: saga.path(at: dispatch.task))
        json.name("request_id")
        json.id(saga.id)
        json.name("epoch")
        json.integer(dispatch.epoch)
        json.name("attempt")
        json.integer(dispatch.attempt)
        json.name("action")
        json.string(saga.tasks[dispatch.task].action.rawValue)
        writeEndpoint(endpoint, of: saga, hub: hub, to: &json)
        writeSubjects(of: saga, hub: saga.plans[hub].host, to: &json)
        json.name("subject_ref")
        json.subjectRef(saga.request.subjectRef)
        json.name("continuation")
        if let continuation = dispatch.continuation { json.string(continuation) } else { json.null() }
        json.name("due_time")
        json.time(saga.due)
        json.name("reply")
        json.beginObject()
        json.name("topic")
        json.string(replyTopic)
        json.name("partition")
        json.integer(Int64(saga.homePartition))
        json.endObject()
        json.endObject()
    }

    private static func writeEndpoint(_ endpoint: Int, of saga: Saga, hub: Int, to json: inout JSONWriter) {
        json.name("endpoint")
        json.beginObject()
        json.name("id")
        json.string(saga.plans[hub].endpoints[endpoint].id)
        json.name("kind")
        json.string(saga.plans[hub].endpoints[endpoint].kind)
        json.name("hub")
        json.string(saga.plans[hub].host)
        json.name("resource_id")
        if let resourceID = saga.plans[hub].endpoints[endpoint].resourceID {
            json.string(resourceID)
        } else {
            json.null()
        }
        json.name("settings")
        json.json(saga.plans[hub].endpoints[endpoint].settingsJSON)
        json.endObject()
    }

    /// The devices of the endpoint's own hub: another hub's are not its business.
    private static func writeSubjects(of saga: Saga, hub: String, to json: inout JSONWriter) {
        json.name("subjects")
        json.beginArray()
        for subject in saga.request.subjects where subject.hub == hub {
            json.beginObject()
            json.name("hub")
            json.string(subject.hub)
            json.name("device_id")
            json.string(subject.deviceID)
            json.name("module_id")
            if let moduleID = subject.moduleID { json.string(moduleID) } else { json.null() }
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
        json.endArray()
    }
}
