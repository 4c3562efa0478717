import Contract
import SagaKernel

/// What an owner says of a task in the body of an answer or of a callback: an acknowledgement (contract §4), read by
/// the contract's own reader, so that nothing passes here that the coordinator refuses, and the other way round.
///
/// The `worker` and the `time` are ours and ignored. Without `verified` the owner's word is `self_reported`.
enum OwnerAnswer {
    /// Names the field that is wrong, never a value.
    struct Unusable: Error, Hashable {
        var detail: String

        init(_ detail: String) {
            self.detail = detail
        }
    }

    /// Whether the body must say which task it answers.
    enum Address {
        /// The connection tells it. The ids that are given must be the task's.
        case known
        /// The body travelled alone, and its signature covers nothing else: `task_id` and `epoch` must be in it.
        case inBody
    }

    private static let limits = AcknowledgementLimits()
    /// What the worker's name may add to an acknowledgement.
    private static let workerBytes = 1_024
    private static let ours = ["worker", "time"].map { Array($0.utf8) }

    static func read(
        _ body: [UInt8], of task: WorkerTask, address: Address = .known
    ) throws(Unusable) -> Acknowledgement.Verdict {
        guard case .object(let members)? = JSONReader.read(body) else { throw Unusable("not a JSON object") }
        // A null field is an absent one.
        var answer = members.filter { $0.value != .null && !ours.contains($0.name) }
        let given = Set(answer.map(\.name))
        for id in ids(of: task) where !given.contains(id.name) {
            guard !(address == .inBody && id.isBinding) else {
                throw Unusable("\(String(decoding: id.name, as: UTF8.self)): missing")
            }
            answer.append(JSONValue.Member(name: id.name, value: id.value))
        }
        let acknowledgement = try read(answer)
        try check(acknowledgement, of: task)
        var verdict = acknowledgement.verdict
        if case .completed(var completion) = verdict {
            // An erasure that was "exported" is a mistake of its sender, which must not be counted as done.
            guard task.action.accepts(completion.outcome) else {
                throw Unusable("outcome: unknown, or not one of this action")
            }
            if !given.contains(Array("verified".utf8)) { completion.verified = .selfReported }
            verdict = .completed(completion)
        }
        let written = AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "", time: task.due)
        guard written.count + workerBytes <= limits.bytes else {
            throw Unusable("longer than an acknowledgement may be")
        }
        return verdict
    }

    private struct ID {
        var name: [UInt8]
        var value: JSONValue
        /// Tells, of a signed body, what it was signed for.
        var isBinding = false

        init(_ name: String, _ value: JSONValue, isBinding: Bool = false) {
            self.name = Array(name.utf8)
            self.value = value
            self.isBinding = isBinding
        }
    }

    private static func ids(of task: WorkerTask) -> [ID] {
        [
            ID("task_id", .string(Array(task.taskID.utf8)), isBinding: true),
            ID("request_id", .string(Array(task.requestID.description.utf8))),
            ID("epoch", .number(Array("\(task.epoch)".utf8)), isBinding: true),
            ID("attempt", .number(Array("\(task.attempt)".utf8))),
        ]
    }

    private static func read(_ answer: [JSONValue.Member]) throws(Unusable) -> Acknowledgement {
        let result = JSONValue.object(answer).bytes.withUnsafeBytes { bytes in
            // Its length is judged as it will be written, not as the owner formats it.
            AcknowledgementReader(limits: AcknowledgementLimits(bytes: AcknowledgementLimits.bytesRange.upperBound))
                .read(value: bytes, headers: .init(start: nil, count: 0))
        }
        switch result {
        case .success(let read): return read.acknowledgement
        case .failure(let refusal): throw Unusable(refusal.message)
        }
    }

    private static func check(_ said: Acknowledgement, of task: WorkerTask) throws(Unusable) {
        guard said.requestID == task.requestID else { throw Unusable("request_id: another request's") }
        guard "\(said.requestID)/\(said.taskPath)" == task.taskID else { throw Unusable("task_id: another task's") }
        guard said.epoch == task.epoch else { throw Unusable("epoch: not the task's") }
        guard said.attempt == task.attempt else { throw Unusable("attempt: not the task's") }
    }
}
