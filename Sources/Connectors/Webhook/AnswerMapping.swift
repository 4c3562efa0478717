import Contract
import SagaKernel

/// Turns what an owner's server answered into what a worker says of the task.
struct AnswerMapping {
    typealias Verdict = Acknowledgement.Verdict

    let task: WorkerTask
    let settings: WebhookSettings
    let now: Timestamp

    func verdict(_ result: Result<HTTPAnswer, HTTPFault>) -> Verdict {
        switch result {
        case .success(let answer): verdict(answer)
        case .failure(let fault): verdict(fault)
        }
    }

    private func verdict(_ answer: HTTPAnswer) -> Verdict {
        switch answer.status {
        case 200: said(answer)
        case 202: accepted(answer)
        // A success that does not say what was done is no acknowledgement. Another attempt asks again.
        case 201, 203...299: failed(.internal, answer, retryable: true)
        // A redirect would carry the subject's identifiers to a place that nobody configured.
        case 300...399: failed(.unsupported, answer, retryable: false)
        case 401: failed(.unauthorized, answer, retryable: false)
        case 403: failed(.forbidden, answer, retryable: false)
        case 404, 410: absent(answer)
        case 408: failed(.timeout, answer, retryable: true)
        case 409: failed(.conflict, answer, retryable: true)
        case 429: .pending(.throttled, resumeAt: throttledUntil(answer), continuation: task.continuation)
        case 425: failed(.unavailable, answer, retryable: true)
        case 400...499: failed(.invalidTask, answer, retryable: false)
        case 501: failed(.unsupported, answer, retryable: false)
        case 500...599: failed(.unavailable, answer, retryable: true)
        default: failed(.internal, answer, retryable: true)
        }
    }

    private func said(_ answer: HTTPAnswer) -> Verdict {
        do throws(OwnerAnswer.Unusable) {
            let verdict = try OwnerAnswer.read(answer.body, of: task)
            // A wait without an end would wait for something that perhaps nobody sends: ask again some time.
            guard case .pending(let reason, nil, let continuation) = verdict else { return verdict }
            return .pending(reason, resumeAt: resumeAt(answer), continuation: continuation)
        } catch {
            return failed(.internal, "answered 200; \(error.detail)", retryable: true, answer)
        }
    }

    /// With `Retry-After` the owner's system is working on it and is asked again then. Without, somebody has to act:
    /// they will call back, and in case they do not they are asked again after `poll_seconds`.
    private func accepted(_ answer: HTTPAnswer) -> Verdict {
        let reason: PendingReason = delayMs(answer) == nil ? .awaitingOwner : .operationRunning
        return .pending(reason, resumeAt: resumeAt(answer), continuation: task.continuation)
    }

    /// Nothing is wrong and nothing was refused, so it costs none of the attempts.
    private func throttledUntil(_ answer: HTTPAnswer) -> Timestamp {
        now.adding(milliseconds: max(delayMs(answer) ?? Self.throttledMs, 1_000))
    }

    private static let throttledMs = Milliseconds.minute

    private func absent(_ answer: HTTPAnswer) -> Verdict {
        guard settings.absentStatuses.contains(Int64(answer.status)) else {
            return failed(.notFound, answer, retryable: false)
        }
        let outcome: Outcome =
            switch task.action {
            case .erase: .alreadyAbsent
            case .export: .noData
            case .verify: .absent
            }
        return .completed(Completion(outcome: outcome, recordCount: 0, method: "webhook", verified: .selfReported))
    }

    private func verdict(_ fault: HTTPFault) -> Verdict {
        switch fault {
        case .badAddress:
            failed(.invalidTask, "settings.url: not an address", retryable: false)
        case .timeout: failed(.timeout, "no complete answer in time", retryable: true)
        case .bodyTooLarge: failed(.internal, "the answer is longer than is read", retryable: true)
        case .unreachable(let reason): failed(.unavailable, reason, retryable: true)
        case .cancelled: failed(.timeout, "cancelled", retryable: true)
        }
    }

    private func failed(_ code: TaskErrorCode, _ answer: HTTPAnswer, retryable: Bool) -> Verdict {
        failed(code, "answered \(answer.status)", retryable: retryable, answer)
    }

    private func failed(
        _ code: TaskErrorCode, _ detail: String, retryable: Bool, _ answer: HTTPAnswer? = nil
    ) -> Verdict {
        .failed(
            TaskError(code: code, detail: detail), retryable: retryable,
            retryAfterMs: retryable ? answer.flatMap(delayMs) : nil)
    }

    private func resumeAt(_ answer: HTTPAnswer) -> Timestamp {
        now.adding(milliseconds: max(delayMs(answer) ?? settings.pollMs, 1_000))
    }

    private func delayMs(_ answer: HTTPAnswer) -> Int64? {
        answer.header("retry-after").flatMap { RetryAfter.milliseconds($0, now: now) }
    }
}
