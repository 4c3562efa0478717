public import SagaKernel

/// Writes the public face of a saga (contract §5): a function of the saga alone, so that the same version always has
/// the same bytes.
public enum StatusWriter {
    public static func write(_ saga: Saga, to json: inout JSONWriter) {
        json.beginObject()
        writeHead(saga, to: &json)
        writeDeadline(saga, to: &json)
        writeStages(saga, to: &json)
        json.name("tasks")
        json.beginArray()
        for index in saga.tasks.indices { writeTask(index, of: saga, to: &json) }
        json.endArray()
        writeDisclosures(saga, to: &json)
        writeArtifacts(saga, to: &json)
        json.endObject()
    }

    /// The status of a request that never became a saga. Nothing of its content is repeated.
    public static func writeRejected(
        id: RequestID, term: Int64, version: Int64, homePartition: Int32, reason: String, now: Timestamp,
        to json: inout JSONWriter
    ) {
        json.beginObject()
        json.name("request_id")
        json.id(id)
        json.name("term")
        json.integer(term)
        json.name("version")
        json.integer(version)
        json.name("home_partition")
        json.integer(Int64(homePartition))
        json.name("dry_run")
        json.boolean(false)
        json.name("subject_refs")
        json.beginArray()
        json.endArray()
        json.name("state")
        json.string(plain: "rejected")
        json.name("reason")
        json.string(reason)
        json.name("plan_outdated")
        json.boolean(false)
        for name in ["received_time", "updated_time", "finished_time"] as [StaticString] {
            json.name(name)
            json.time(now)
        }
        for name in ["stages", "tasks", "disclosures", "artifacts"] as [StaticString] {
            json.name(name)
            json.beginArray()
            json.endArray()
        }
        json.endObject()
    }

    private static func writeHead(_ saga: Saga, to json: inout JSONWriter) {
        json.name("request_id")
        json.id(saga.id)
        json.name("term")
        json.integer(saga.term)
        json.name("version")
        json.integer(saga.version)
        json.name("home_partition")
        json.integer(Int64(saga.homePartition))
        json.name("dry_run")
        json.boolean(saga.request.dryRun)
        json.name("request_type")
        json.string(saga.request.type.rawValue)
        json.name("regulation")
        json.string(saga.request.regulation.rawValue)
        json.name("subject_ref")
        json.subjectRef(saga.request.subjectRef)
        json.name("subject_refs")
        json.beginArray()
        for ref in saga.request.subjectRefs { json.subjectRef(ref) }
        json.endArray()
        json.name("state")
        json.string(saga.state.rawValue)
        json.name("reason")
        json.null()
        json.name("plan_outdated")
        json.boolean(saga.isPlanOutdated)
    }

    private static func writeDeadline(_ saga: Saga, to json: inout JSONWriter) {
        json.name("submitted_time")
        json.time(saga.request.submitted)
        json.name("received_time")
        json.time(saga.received)
        json.name("updated_time")
        json.time(saga.updated)
        json.name("finished_time")
        json.optionalTime(saga.finished)
        json.name("sla")
        json.beginObject()
        json.name("status")
        json.string(saga.deadline.rawValue)
        json.name("due_time")
        json.time(saga.due)
        json.name("extended")
        json.boolean(saga.isExtended)
        json.name("expected_completion_time")
        json.optionalTime(saga.expectedCompletion(now: saga.updated))
        json.endObject()
    }

    private static func writeStages(_ saga: Saga, to json: inout JSONWriter) {
        json.name("stages")
        json.beginArray()
        for (stage, state) in saga.stageStates {
            json.beginObject()
            json.name("stage")
            json.string(stage.name)
            json.name("state")
            json.string(state.rawValue)
            json.endObject()
        }
        json.endArray()
    }

    /// By index: a task that is taken out of its array, or handed on, is copied with all that it refers to.
    private static func writeTask(_ index: Int, of saga: Saga, to json: inout JSONWriter) {
        let (hub, endpoint, phase) = (saga.tasks[index].hub, saga.tasks[index].endpoint, saga.tasks[index].phase)
        json.beginObject()
        json.name("task_id")
        json.taskID(saga.id, path: saga.path(at: index))
        json.name("endpoint_id")
        json.string(saga.plans[hub].endpoints[endpoint].id)
        json.name("kind")
        json.string(saga.plans[hub].endpoints[endpoint].kind)
        json.name("action")
        json.string(saga.tasks[index].action.rawValue)
        json.name("stage")
        json.string(saga.tasks[index].stage.name)
        json.name("state")
        json.string(phase.name)
        json.name("reason")
        if case .waiting(let reason) = phase { json.string(reason.rawValue) } else { json.null() }
        json.name("epoch")
        json.integer(saga.tasks[index].epoch)
        json.name("attempts")
        json.integer(saga.tasks[index].attempts)
        json.name("next_at")
        json.optionalTime(saga.tasks[index].nextAt)
        json.name("since")
        json.time(saga.tasks[index].since)
        writeResult(of: saga.tasks, index, to: &json)
        json.endObject()
    }

    private static func writeResult(of tasks: [SagaTask], _ index: Int, to json: inout JSONWriter) {
        json.name("outcome")
        if let outcome = tasks[index].completion?.outcome { json.string(outcome.rawValue) } else { json.null() }
        json.name("verified")
        json.string((tasks[index].completion?.verified ?? .none).rawValue)
        json.name("record_count")
        if let count = tasks[index].completion?.recordCount { json.integer(count) } else { json.null() }
        if let method = tasks[index].completion?.method {
            json.name("method")
            json.string(method)
        }
        if let evidence = tasks[index].completion?.evidence, !evidence.isEmpty {
            json.name("evidence")
            json.beginObject()
            for fact in evidence {
                json.name(escaping: fact.name)
                json.string(fact.value)
            }
            json.endObject()
        }
        json.name("error")
        guard let error = tasks[index].error else { return json.null() }
        json.beginObject()
        json.name("code")
        json.string(error.code.rawValue)
        if let detail = error.detail {
            json.name("detail")
            json.string(detail)
        }
        json.endObject()
    }

    private static func writeDisclosures(_ saga: Saga, to json: inout JSONWriter) {
        json.name("disclosures")
        json.beginArray()
        for disclosure in saga.disclosures {
            json.beginObject()
            json.name("system")
            json.string(disclosure.system)
            json.name("reason")
            json.string(disclosure.reason)
            json.endObject()
        }
        json.endArray()
    }

    private static func writeArtifacts(_ saga: Saga, to json: inout JSONWriter) {
        json.name("artifacts")
        json.beginArray()
        for index in saga.tasks.indices {
            guard let artifacts = saga.tasks[index].completion?.artifacts else { continue }
            let (hub, endpoint) = (saga.tasks[index].hub, saga.tasks[index].endpoint)
            for artifact in artifacts {
                json.beginObject()
                json.name("endpoint_id")
                json.string(saga.plans[hub].endpoints[endpoint].id)
                json.artifactFields(artifact)
                json.endObject()
            }
        }
        json.endArray()
    }
}

extension JSONWriter {
    mutating func optionalTime(_ value: Timestamp?) {
        if let value { time(value) } else { null() }
    }

    mutating func artifactFields(_ artifact: Artifact) {
        name("uri")
        string(artifact.uri)
        if let sha256 = artifact.sha256 {
            name("sha256")
            string(sha256)
        }
        if let bytes = artifact.bytes {
            name("bytes")
            integer(bytes)
        }
        if let contentType = artifact.contentType {
            name("content_type")
            string(contentType)
        }
    }
}
