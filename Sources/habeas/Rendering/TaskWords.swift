import Contract

/// What there is to say of a task in a few words.
struct TaskWords {
    /// What it waits for, or how it ended.
    var detail: String
    /// Until when it waits, as the wire has it; nil where nothing but an answer ends the wait.
    var until: String?

    /// A state that a newer coordinator may have added is told by its reason alone.
    init(_ task: StatusDocument.TaskDocument, in status: StatusDocument) {
        switch task.state {
        case "blocked":
            detail = TaskWords.blocked(task, status)
            until = task.nextAt
        case "dispatched":
            detail = "acknowledgement"
            until = task.nextAt
        case "waiting":
            detail = TaskWords.waiting(task)
            until = task.nextAt
        case "succeeded": detail = TaskWords.success(task)
        case "failed": detail = TaskWords.failure(task)
        default: detail = task.reason.map(TaskWords.plain) ?? ""
        }
    }

    private static func blocked(_ task: StatusDocument.TaskDocument, _ status: StatusDocument) -> String {
        if task.stage == "verify" { return "its erasure" }
        let order = ["export", "source", "sinks", "logs", "verify"]
        let own = order.firstIndex(of: task.stage) ?? order.endIndex
        let earlier = status.stages.first { stage in
            stage.state != "done" && (order.firstIndex(of: stage.stage) ?? order.endIndex) < own
        }
        return earlier.map { "stage \($0.stage)" } ?? "the stage before"
    }

    private static func waiting(_ task: StatusDocument.TaskDocument) -> String {
        let reason: String
        switch task.reason {
        case "operation_running": reason = "running operation"
        case "retention": reason = "retention"
        case "awaiting_owner": reason = "owner"
        case "throttled": reason = "throttling"
        case "retry": reason = "next attempt"
        case "settle": reason = "settle time"
        case "reverify": reason = "next verification"
        case .some(let other): reason = plain(other)
        case nil: reason = "something"
        }
        return task.error.map { "\(reason), after \(text($0))" } ?? reason
    }

    private static func success(_ task: StatusDocument.TaskDocument) -> String {
        var parts = [task.outcome.map(plain) ?? "done"]
        if let count = task.recordCount { parts.append(count == 1 ? "1 record" : "\(count) records") }
        switch task.verified {
        case "read_back": parts.append("read back")
        case "self_reported": parts.append("self-reported")
        case "none": break
        default: parts.append(plain(task.verified))
        }
        return parts.joined(separator: ", ")
    }

    private static func failure(_ task: StatusDocument.TaskDocument) -> String {
        task.error.map(text) ?? task.reason.map(plain) ?? "failed"
    }

    private static func text(_ error: StatusDocument.ErrorDocument) -> String {
        error.detail.map { "\(error.code): \($0)" } ?? error.code
    }

    /// A word of the contract as people write it.
    static func plain(_ word: String) -> String {
        String(word.map { $0 == "_" ? " " : $0 })
    }
}
