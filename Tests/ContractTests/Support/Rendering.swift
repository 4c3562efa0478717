import Contract
import Foundation
import FuzzKit
import SagaKernel

/// Writes out what was read, field by field, so that goldens can say what is expected.
enum Rendering {
    static func outcome<Value: Rendered>(_ result: Result<Value, Refusal>) throws -> JSONTree {
        switch result {
        case .success(let value): return .object([("read", .object(value.members.compactMap(Self.present)))])
        case .failure(let refusal):
            var members: [(name: String, value: JSONTree)] = [
                ("refused", .string(refusal.code.rawValue)), ("message", .string(refusal.message)),
            ]
            if let id = refusal.requestID { members.append(("request_id", .string(id.description))) }
            return .object(members)
        }
    }

    static func document<Document: Encodable>(_ bytes: [UInt8]?, _ decode: ([UInt8]) throws -> Document) throws
        -> JSONTree
    {
        let document: Document
        do {
            document = try decode(bytes ?? [])
        } catch is DecodingError {
            return .object([("refused", .string("undecodable"))])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return .object([("read", try JSONTree(bytes: Array(try encoder.encode(document))))])
    }

    private static func present(_ member: (String, JSONTree?)) -> (name: String, value: JSONTree)? {
        member.1.map { (member.0, $0) }
    }
}

/// A value that goldens know how to show. A nil member is left out.
protocol Rendered {
    var members: [(String, JSONTree?)] { get }
}

private func text(_ text: String?) -> JSONTree? { text.map { .string($0) } }
private func number(_ number: (some BinaryInteger)?) -> JSONTree? { number.map { .number("\($0)") } }
private func texts(_ texts: [String]) -> JSONTree? { texts.isEmpty ? nil : .array(texts.map { .string($0) }) }

private func subject(_ subject: Subject) -> JSONTree {
    var members: [(name: String, value: JSONTree)] = [
        ("hub", .string(subject.hub)), ("device_id", .string(subject.deviceID)),
    ]
    if let moduleID = subject.moduleID { members.append(("module_id", .string(moduleID))) }
    let aliases = subject.aliases.map { alias in
        JSONTree.object([
            ("identity_type", .string(alias.identityType)), ("identity_value", .string(alias.identityValue)),
        ])
    }
    if !aliases.isEmpty { members.append(("aliases", .array(aliases))) }
    return .object(members)
}

private func evidence(_ evidence: [Evidence]) -> JSONTree? {
    evidence.isEmpty ? nil : .array(evidence.map { .array([.string($0.name), .string($0.value)]) })
}

extension Request: Rendered {
    var members: [(String, JSONTree?)] {
        let words = [meaning.high, meaning.low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return [
            ("id", text(id.description)), ("type", text(type.rawValue)), ("regulation", text(regulation.rawValue)),
            ("submitted", text(TimeText.text(submitted))), ("subjects", .array(subjects.map(subject))),
            ("subject_refs", .array(subjectRefs.map { .string($0.text) })), ("subject_ref", text(subjectRef.text)),
            ("meaning", text(words.joined())), ("dry_run", .boolean(dryRun)),
            ("excluded_endpoints", texts(excludedEndpoints)), ("requested_by", text(requestedBy)),
            ("callback_urls", texts(callbackURLs)), ("traceparent", text(traceparent)),
        ]
    }
}

extension ReadAcknowledgement: Rendered {
    var members: [(String, JSONTree?)] {
        let shared: [(String, JSONTree?)] = [
            ("request_id", text(acknowledgement.requestID.description)),
            ("task_path", text(acknowledgement.taskPath)), ("epoch", number(acknowledgement.epoch)),
            ("attempt", number(acknowledgement.attempt)), ("home_partition", number(homePartition)),
            ("forwarded", .boolean(isForwarded)), ("worker", text(acknowledgement.worker)),
        ]
        switch acknowledgement.verdict {
        case .completed(let completion): return shared + members(completion)
        case .pending(let reason, let resumeAt, let continuation):
            return shared + [
                ("status", text("pending")), ("reason", text(reason.rawValue)),
                ("resume_at", text(resumeAt.map(TimeText.text))), ("continuation", text(continuation)),
            ]
        case .failed(let error, let retryable, let retryAfterMs):
            return shared + [
                ("status", text("failed")), ("code", text(error.code.rawValue)), ("retryable", .boolean(retryable)),
                ("retry_after_ms", number(retryAfterMs)), ("detail", text(error.detail)),
            ]
        }
    }

    private func members(_ completion: Completion) -> [(String, JSONTree?)] {
        let artifacts = completion.artifacts.map { artifact in
            let members: [(String, JSONTree?)] = [
                ("uri", text(artifact.uri)), ("sha256", text(artifact.sha256)), ("bytes", number(artifact.bytes)),
                ("content_type", text(artifact.contentType)),
            ]
            return JSONTree.object(members.compactMap { member in member.1.map { (member.0, $0) } })
        }
        return [
            ("status", text("completed")), ("outcome", text(completion.outcome.rawValue)),
            ("record_count", number(completion.recordCount)), ("method", text(completion.method)),
            ("verified", text(completion.verified.rawValue)),
            ("artifacts", artifacts.isEmpty ? nil : .array(artifacts)), ("evidence", evidence(completion.evidence)),
        ]
    }
}

extension ReadCommand: Rendered {
    var members: [(String, JSONTree?)] {
        let shared: [(String, JSONTree?)] = [
            ("id", text(command.id)), ("request_id", text(command.requestID.description)),
            ("verb", text(command.verb.name)), ("home_partition", number(homePartition)),
            ("forwarded", .boolean(isForwarded)), ("reason", text(command.reason)),
            ("operator", text(command.operator)),
        ]
        switch command.verb {
        case .replay(let tasks, let scope):
            return shared + [("tasks", texts(tasks)), ("scope", text(scope.rawValue))]
        case .cancel, .hold, .release: return shared
        case .extend(let until): return shared + [("until", text(TimeText.text(until)))]
        case .skip(let tasks): return shared + [("tasks", texts(tasks))]
        case .attest(let tasks, let outcome, let facts):
            return shared + [
                ("tasks", texts(tasks)), ("outcome", text(outcome.rawValue)), ("evidence", evidence(facts)),
            ]
        }
    }
}

extension WorkerTask: Rendered {
    var members: [(String, JSONTree?)] {
        let settings = (try? JSONTree(endpoint.settingsJSON)) ?? .string("not JSON")
        let facts: [(String, JSONTree?)] = [
            ("id", text(endpoint.id)), ("kind", text(endpoint.kind)), ("hub", text(endpoint.hub)),
            ("resource_id", text(endpoint.resourceID)), ("settings", settings),
        ]
        return [
            ("task_id", text(taskID)), ("request_id", text(requestID.description)), ("epoch", number(epoch)),
            ("attempt", number(attempt)), ("action", text(action.rawValue)),
            ("endpoint", .object(facts.compactMap { member in member.1.map { (member.0, $0) } })),
            ("subjects", .array(subjects.map(subject))), ("subject_ref", text(subjectRef)),
            ("continuation", text(continuation)), ("due_time", text(TimeText.text(due))),
            ("reply", .object([("topic", .string(replyTopic)), ("partition", .number("\(replyPartition)"))])),
            ("traceparent", text(traceparent)),
        ]
    }
}
