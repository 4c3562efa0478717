public import SagaKernel

/// Writes acknowledgements (contract §4), for workers.
public enum AcknowledgementWriter {
    /// The record's value, addressed as the task says: its ids, epoch and attempt come back as they were given, its
    /// reply partition as `home_partition`.
    public static func bytes(
        task: WorkerTask, verdict: Acknowledgement.Verdict, worker: String, time: Timestamp
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        json.name("task_id")
        json.string(task.taskID)
        json.name("request_id")
        json.id(task.requestID)
        json.name("epoch")
        json.integer(task.epoch)
        json.name("attempt")
        json.integer(task.attempt)
        json.name("home_partition")
        json.integer(Int64(task.replyPartition))
        switch verdict {
        case .completed(let completion): write(completion, &json)
        case .pending(let reason, let resumeAt, let continuation):
            json.name("status")
            json.string(plain: "pending")
            json.name("reason")
            json.string(reason.rawValue)
            if let resumeAt {
                json.name("resume_at")
                json.time(resumeAt)
            }
            json.optional("continuation", continuation)
        case .failed(let error, let retryable, let retryAfterMs): write(error, retryable, retryAfterMs, &json)
        }
        json.name("worker")
        json.string(worker)
        json.name("time")
        json.time(time)
        json.endObject()
        return json.bytes
    }

    private static func write(_ completion: Completion, _ json: inout JSONWriter) {
        json.name("status")
        json.string(plain: "completed")
        json.name("outcome")
        json.string(completion.outcome.rawValue)
        if let count = completion.recordCount {
            json.name("record_count")
            json.integer(count)
        }
        json.optional("method", completion.method)
        json.name("verified")
        json.string(completion.verified.rawValue)
        if !completion.artifacts.isEmpty {
            json.name("artifacts")
            json.beginArray()
            for artifact in completion.artifacts { write(artifact, &json) }
            json.endArray()
        }
        json.evidence(completion.evidence)
    }

    private static func write(_ artifact: Artifact, _ json: inout JSONWriter) {
        json.beginObject()
        json.name("uri")
        json.string(artifact.uri)
        json.optional("sha256", artifact.sha256)
        if let bytes = artifact.bytes {
            json.name("bytes")
            json.integer(bytes)
        }
        json.optional("content_type", artifact.contentType)
        json.endObject()
    }

    private static func write(
        _ error: TaskError, _ retryable: Bool, _ retryAfterMs: Int64?, _ json: inout JSONWriter
    ) {
        json.name("status")
        json.string(plain: "failed")
        json.name("error")
        json.beginObject()
        json.name("code")
        json.string(error.code.rawValue)
        json.name("retryable")
        json.boolean(retryable)
        if let retryAfterMs {
            json.name("retry_after")
            // A moment that has passed already is one to try again at once.
            json.string(ISODuration.format(max(0, retryAfterMs)))
        }
        json.optional("detail", error.detail)
        json.endObject()
    }
}
