import Contract
import SagaKernel

/// What an owner says of a task in the body of an answer or of a callback: an acknowledgement (contract §4).
///
/// The ids may be left out, since the request or the address tells them; those that are given must be the task's. The
/// `worker` and the `time` are ours and ignored.
enum OwnerAnswer {
    /// Names the field that is wrong, never a value.
    struct Unusable: Error, Hashable {
        var detail: String

        init(_ detail: String) {
            self.detail = detail
        }
    }

    private static let limits = AcknowledgementLimits()

    static func read(_ body: [UInt8], of task: WorkerTask) throws(Unusable) -> Acknowledgement.Verdict {
        guard let answer = JSONReader.read(body), case .object = answer else { throw Unusable("not a JSON object") }
        try check(answer, of: task)
        switch try text("status", of: answer) {
        case "completed": return .completed(try completion(answer, task.action))
        case "pending": return try pending(answer)
        case "failed": return try failure(answer)
        default: throw Unusable("status: not completed, pending or failed")
        }
    }

    private static func check(_ answer: JSONValue, of task: WorkerTask) throws(Unusable) {
        if let id = try text("task_id", of: answer), id != task.taskID { throw Unusable("task_id: another task's") }
        if let id = try text("request_id", of: answer), RequestID(id) != task.requestID {
            throw Unusable("request_id: another request's")
        }
        if let epoch = try integer("epoch", of: answer), epoch != Int64(task.epoch) {
            throw Unusable("epoch: not the task's")
        }
        if let attempt = try integer("attempt", of: answer), attempt != Int64(task.attempt) {
            throw Unusable("attempt: not the task's")
        }
    }

    private static func completion(_ answer: JSONValue, _ action: TaskAction) throws(Unusable) -> Completion {
        guard let word = try text("outcome", of: answer) else { throw Unusable("outcome: missing") }
        guard let outcome = Outcome(rawValue: word), fits(outcome, action) else {
            throw Unusable("outcome: unknown, or not one of this action")
        }
        var verified = Verified.selfReported
        if let word = try text("verified", of: answer) {
            guard let known = Verified(rawValue: word) else { throw Unusable("verified: unknown") }
            verified = known
        }
        let count = try integer("record_count", of: answer)
        if let count, count < 0 { throw Unusable("record_count: negative") }
        var completion = Completion(
            outcome: outcome, recordCount: count, method: try text("method", of: answer), verified: verified)
        completion.artifacts = try artifacts(answer)
        completion.evidence = try evidence(answer)
        return completion
    }

    /// An erasure that was "exported" is a mistake of its sender, which must not be counted as done.
    private static func fits(_ outcome: Outcome, _ action: TaskAction) -> Bool {
        switch outcome {
        case .erased, .alreadyAbsent, .expired: action == .erase
        case .exported: action == .export
        case .absent, .reappeared: action == .verify
        case .noData: action != .verify
        case .attested, .notApplicable: true
        }
    }

    private static func pending(_ answer: JSONValue) throws(Unusable) -> Acknowledgement.Verdict {
        guard let reason = PendingReason(rawValue: try text("reason", of: answer) ?? "") else {
            throw Unusable("reason: missing or unknown")
        }
        var resumeAt: Timestamp?
        if let time = try text("resume_at", of: answer) {
            guard let moment = TimeText.parse(time) else { throw Unusable("resume_at: not a time in UTC") }
            resumeAt = moment
        }
        return .pending(reason, resumeAt: resumeAt, continuation: try text("continuation", of: answer))
    }

    private static func failure(_ answer: JSONValue) throws(Unusable) -> Acknowledgement.Verdict {
        guard let error = try value("error", of: answer) else { throw Unusable("error: missing") }
        guard let code = try text("code", of: error) else { throw Unusable("error.code: missing") }
        guard let retryable = try value("retryable", of: error)?.boolean else {
            throw Unusable("error.retryable: missing or not true or false")
        }
        var delay: Int64?
        if let text = try text("retry_after", of: error) {
            guard let milliseconds = ISODuration.parse(text) else { throw Unusable("error.retry_after: no duration") }
            delay = milliseconds
        }
        return .failed(
            TaskError(code: TaskErrorCode(rawValue: code) ?? .internal, detail: try text("detail", of: error)),
            retryable: retryable, retryAfterMs: delay)
    }

    private static func artifacts(_ answer: JSONValue) throws(Unusable) -> [Artifact] {
        guard let list = try value("artifacts", of: answer) else { return [] }
        guard case .array(let elements) = list, elements.count <= limits.artifacts else {
            throw Unusable("artifacts: not an array, or too many")
        }
        var artifacts: [Artifact] = []
        for element in elements {
            guard let uri = try text("uri", of: element), !uri.isEmpty else { throw Unusable("artifacts.uri: missing") }
            let sha256 = try text("sha256", of: element)?.lowercased()
            if let sha256, Hex.bytes(sha256.utf8)?.count != 32 { throw Unusable("artifacts.sha256: not 64 digits") }
            let bytes = try integer("bytes", of: element)
            if let bytes, bytes < 0 { throw Unusable("artifacts.bytes: negative") }
            artifacts.append(
                Artifact(uri: uri, sha256: sha256, bytes: bytes, contentType: try text("content_type", of: element)))
        }
        return artifacts
    }

    private static func evidence(_ answer: JSONValue) throws(Unusable) -> [Evidence] {
        guard let object = try value("evidence", of: answer) else { return [] }
        guard case .object(let members) = object, members.count <= limits.evidence else {
            throw Unusable("evidence: not an object, or too much of it")
        }
        var evidence: [Evidence] = []
        for member in members {
            guard let name = String(validating: member.name, as: UTF8.self), let text = member.value.text,
                max(name.utf8.count, text.utf8.count) <= limits.stringBytes
            else { throw Unusable("evidence: a value is not a text of moderate length") }
            evidence.append(Evidence(name: name, value: text))
        }
        return evidence
    }

    /// The one value of this name; null is none.
    private static func value(_ name: StaticString, of answer: JSONValue) throws(Unusable) -> JSONValue? {
        let values = answer.members(name)
        guard values.count <= 1 else { throw Unusable("\(name): given twice") }
        return values.first == .null ? nil : values.first
    }

    private static func text(_ name: StaticString, of answer: JSONValue) throws(Unusable) -> String? {
        guard let value = try value(name, of: answer) else { return nil }
        guard let text = value.text, text.utf8.count <= limits.stringBytes else {
            throw Unusable("\(name): not a text, or too long")
        }
        return text
    }

    private static func integer(_ name: StaticString, of answer: JSONValue) throws(Unusable) -> Int64? {
        guard let value = try value(name, of: answer) else { return nil }
        guard let integer = value.integer else { throw Unusable("\(name): not an integer") }
        return integer
    }
}
