public import RecordLog
public import SagaKernel

/// An acknowledgement, and what its record says about where it belongs.
public struct ReadAcknowledgement: Hashable, Sendable {
    public var acknowledgement: Acknowledgement
    /// The partition that its worker was told to answer to, as the worker copied it.
    public var homePartition: Int32?
    /// True where a coordinator sent it home once already.
    public var isForwarded: Bool
}

/// Reads acknowledgements (contract §4).
public struct AcknowledgementReader: Sendable {
    private let limits: AcknowledgementLimits

    public init(limits: AcknowledgementLimits = AcknowledgementLimits()) {
        self.limits = limits
    }

    /// Fields that mean nothing for the status at hand are checked for their JSON type and otherwise ignored.
    public func read(
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>
    ) -> Result<ReadAcknowledgement, Refusal> {
        RecordReading.read(
            .ack, value: value, headers: headers, bytesMaximum: limits.bytes, idField: "request_id"
        ) { body, envelope throws(Refusal) in
            try read(body, isForwarded: envelope.isForwarded)
        }
    }

    private func read(_ bytes: UnsafeRawBufferPointer, isForwarded: Bool) throws(Refusal) -> ReadAcknowledgement {
        let body = try AcknowledgementBody(bytes, limits)
        guard let requestID = body.requestID else { throw .missing("request_id") }
        guard let taskID = body.taskID else { throw .missing("task_id") }
        guard let path = TaskPath.read(taskID, of: requestID) else {
            throw Refusal(code: .malformed, message: "task_id does not begin with request_id and a slash")
        }
        guard path.utf8.count <= limits.stringBytes else {
            throw Refusal(code: .tooLarge, message: "task_id is longer than the limit")
        }
        guard let epoch = body.epoch else { throw .missing("epoch") }
        guard let attempt = body.attempt else { throw .missing("attempt") }
        return ReadAcknowledgement(
            acknowledgement: Acknowledgement(
                requestID: requestID, taskPath: path, epoch: epoch, attempt: attempt, verdict: try Self.verdict(body),
                worker: body.worker),
            homePartition: body.homePartition, isForwarded: isForwarded)
    }

    private static func verdict(_ body: borrowing AcknowledgementBody) throws(Refusal) -> Acknowledgement.Verdict {
        switch try body.status.required("status", wrong: Reasons.notAWord) {
        case .completed:
            return .completed(
                Completion(
                    outcome: try body.outcome.required("outcome", wrong: Reasons.notAWord),
                    recordCount: body.recordCount, method: body.method,
                    verified: try body.verified.optional("verified", wrong: Reasons.notAWord) ?? Verified.none,
                    artifacts: body.artifacts, evidence: body.evidence))
        case .pending:
            return .pending(
                try body.reason.required("reason", wrong: Reasons.notAWord),
                resumeAt: try body.resumeAt.optional("resume_at", wrong: Reasons.notTime),
                continuation: body.continuation)
        case .failed:
            guard let failure = body.failure else { throw .missing("error") }
            guard let code = failure.code else { throw .missing("error.code") }
            guard let retryable = failure.retryable else { throw .missing("error.retryable") }
            return .failed(
                TaskError(code: code, detail: failure.detail), retryable: retryable,
                retryAfterMs: try failure.retryAfterMs.optional("error.retry_after", wrong: Reasons.notDuration))
        }
    }
}

/// Task ids: `<request id>/<path>`.
enum TaskPath {
    /// The path of a task id of this request; nil for the id of another or a text that is no task id.
    static func read(_ taskID: JSONText, of requestID: RequestID) -> String? {
        taskID.withUTF8 { bytes in
            guard bytes.count > 37, bytes[36] == UInt8(ascii: "/"),
                RequestID(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<36])) == requestID
            else { return nil }
            return String(decoding: bytes[37...], as: UTF8.self)
        }
    }
}
