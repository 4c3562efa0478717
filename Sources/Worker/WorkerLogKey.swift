import Logging

/// The metadata keys of this module's log lines. No value may be an identifier of a subject: `subject.ref` is the only
/// name of one.
enum WorkerLogKey: String {
    case connector
    case taskID = "task.id"
    case epoch = "task.epoch"
    case attempt = "task.attempt"
    case action = "task.action"
    case endpoint = "endpoint.id"
    case subjectRef = "subject.ref"
    case partition = "kafka.partition"
    case partitions = "kafka.partitions"
    case offset = "kafka.offset"
    case status
    case answer
    case code
    case reason
    case tasks
}

extension Logger {
    func log(
        _ level: Logger.Level, _ message: Logger.Message, _ facts: KeyValuePairs<WorkerLogKey, String>
    ) {
        var metadata = Logger.Metadata()
        for (key, value) in facts { metadata[key.rawValue] = .string(value) }
        log(level: level, message, metadata: metadata)
    }
}
