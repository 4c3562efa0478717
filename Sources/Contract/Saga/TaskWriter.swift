public import SagaKernel

/// Writes one saga's tasks for their connectors' workers (contract §3).
///
/// What comes behind the endpoint is the same for all places of a hub: the devices, of which there may be hundreds, the
/// deadline and where to answer. It is written once and repeated. A writer is for one state of one saga: with another's
/// devices its tasks would erase what nobody asked for.
public struct TaskWriter: Sendable {
    private let request: RequestID
    private let replyTopic: String
    /// The end of the tasks of `endingHub`, with the comma in front.
    private var ending: [UInt8] = []
    /// nil: none has been written yet.
    private var endingHub: Int?

    public init(for request: RequestID, replyTopic: String) {
        self.request = request
        self.replyTopic = replyTopic
    }

    /// - Parameter saga: the request's; a programmer's error with another, which ends the process.
    public mutating func write(_ dispatch: Dispatch, of saga: Saga, to json: inout JSONWriter) {
        precondition(saga.id == request, "the tasks of a saga are written by its own writer")
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
        Self.writeEndpoint(endpoint, of: saga, hub: hub, to: &json)
        if dispatch.continuation == nil, hub == endingHub {
            json.ending(ending)
            return
        }
        let start = json.count
        writeEnding(of: saga, hub: hub, continuation: dispatch.continuation, to: &json)
        guard dispatch.continuation == nil else { return }
        ending = json.withUnsafeBytes { Array($0[start...]) }
        endingHub = hub
    }

    private func writeEnding(of saga: Saga, hub: Int, continuation: String?, to json: inout JSONWriter) {
        Self.writeSubjects(of: saga, hub: saga.plans[hub].host, to: &json)
        json.name("subject_ref")
        json.subjectRef(saga.request.subjectRef)
        json.name("continuation")
        if let continuation { json.string(continuation) } else { json.null() }
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
