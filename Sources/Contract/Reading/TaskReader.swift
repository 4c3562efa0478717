public import RecordLog
import SagaKernel

/// Reads tasks (contract §3), for workers.
public struct TaskReader: Sendable {
    /// What `bytesMaximum` may be set to.
    public static let bytesRange = 1_024...16_777_216

    private let bytesMaximum: Int

    private enum Field: UInt8, KnownField {
        case taskID, requestID, epoch, attempt, action, endpoint, subjects, subjectRef, continuation, due, reply

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "task_id": .taskID
            case "request_id": .requestID
            case "epoch": .epoch
            case "attempt": .attempt
            case "action": .action
            case "endpoint": .endpoint
            case "subjects": .subjects
            case "subject_ref": .subjectRef
            case "continuation": .continuation
            case "due_time": .due
            case "reply": .reply
            default: nil
            }
        }
    }

    /// - Parameter bytesMaximum: of the record's value.
    public init(bytesMaximum: Int = 1_048_576) {
        precondition(Self.bytesRange.contains(bytesMaximum), "bytes of a task is out of range")
        self.bytesMaximum = bytesMaximum
    }

    public func read(
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>
    ) -> Result<WorkerTask, Refusal> {
        RecordReading.read(
            .task, value: value, headers: headers, bytesMaximum: bytesMaximum, idField: "request_id"
        ) { body, envelope throws(Refusal) in
            try read(body, traceparent: envelope.traceparent)
        }
    }

    private func read(_ bytes: UnsafeRawBufferPointer, traceparent: String?) throws(Refusal) -> WorkerTask {
        var cursor = RecordCursor(bytes)
        var (taskID, subjectRef, continuation): (String?, String?, String?)
        var requestID: RequestID?
        var (epoch, attempt): (Int?, Int?)
        var action: TaskAction?
        var endpoint: WorkerTask.EndpointFacts?
        var subjects: [Subject] = []
        var due: Timestamp?
        var reply: TaskReplyBody?
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .taskID: taskID = try cursor.string()
            case .requestID: requestID = try cursor.requestID()
            case .epoch: epoch = try cursor.count()
            case .attempt: attempt = try cursor.count()
            case .action: action = try cursor.word(TaskAction.self)
            case .endpoint: endpoint = try TaskEndpointBody(&cursor).facts
            case .subjects: subjects = try self.subjects(&cursor)
            case .subjectRef: subjectRef = try self.subjectRef(&cursor)
            case .continuation: continuation = try cursor.string()
            case .due: due = try cursor.time()
            case .reply: reply = try TaskReplyBody(&cursor)
            }
        }
        try cursor.end()
        guard let taskID, !taskID.isEmpty else { throw .missing("task_id") }
        guard let requestID else { throw .missing("request_id") }
        guard let epoch else { throw .missing("epoch") }
        guard let attempt else { throw .missing("attempt") }
        guard let action else { throw .missing("action") }
        guard let endpoint else { throw .missing("endpoint") }
        guard !subjects.isEmpty else { throw .missing("subjects") }
        guard let subjectRef else { throw .missing("subject_ref") }
        guard let due else { throw .missing("due_time") }
        guard let reply else { throw .missing("reply") }
        return WorkerTask(
            taskID: taskID, requestID: requestID, epoch: epoch, attempt: attempt, action: action, endpoint: endpoint,
            subjects: subjects, subjectRef: subjectRef, continuation: continuation, due: due,
            replyTopic: reply.topic, replyPartition: reply.partition, traceparent: traceparent)
    }

    private func subjects(_ cursor: inout RecordCursor) throws(Refusal) -> [Subject] {
        var subjects: [Subject] = []
        try cursor.beginArray()
        while try cursor.nextElement() {
            subjects.append(try TaskSubjectBody(&cursor, index: subjects.count).subject)
        }
        return subjects
    }

    /// Comes back in the form in which it is written, since workers use it as a name.
    private func subjectRef(_ cursor: inout RecordCursor) throws(Refusal) -> String {
        guard let ref = try cursor.text().withUTF8({ SubjectRef(bytes: $0) }) else {
            throw cursor.refusal(.malformed, "is not hmac-sha256: and 64 hexadecimal digits")
        }
        return ref.text
    }
}
