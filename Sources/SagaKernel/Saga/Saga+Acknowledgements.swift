extension Saga {
    /// A worker said something of a task.
    public mutating func acknowledged(
        _ acknowledgement: Acknowledgement, now: Timestamp, rules: SagaRules, _ directives: inout Directives
    ) {
        guard let index = task(path: acknowledgement.taskPath) else {
            return directives.record(
                TimelineEvent(
                    .ackIgnored, at: now, code: "unknown_task", epoch: acknowledgement.epoch,
                    attempt: acknowledgement.attempt))
        }
        let fits = hasRoom(for: acknowledgement.verdict.keptBytes, task: index, rules: rules)
        if let code = ignores(acknowledgement, task: index, fits: fits) {
            return directives.tell(
                .ackIgnored, self, task: index, at: now, code: code, epoch: acknowledgement.epoch,
                attempt: acknowledgement.attempt)
        }
        let text = acknowledgement.verdict.timelineCode
        directives.tell(
            .acknowledged, self, task: index, at: now, code: text, attempt: acknowledgement.attempt)
        take(acknowledgement.verdict, task: index, fits: fits, now: now, rules: rules, &directives)
        conclude(now: now, rules: rules, &directives)
    }

    /// The code of `ack_ignored`, where the acknowledgement must not change anything.
    ///
    /// - Parameter fits: whether there is room for what it says.
    private func ignores(_ acknowledgement: Acknowledgement, task index: Int, fits: Bool) -> String? {
        // By index: to take the task out copies its texts, for every acknowledgement.
        let (epoch, attempts, phase) = (tasks[index].epoch, tasks[index].attempts, tasks[index].phase)
        if state.isEnded, phase != .succeeded { return "ended" }
        guard acknowledgement.epoch == epoch || Mutant.ignoresEpochs.isOn else {
            return acknowledgement.epoch < epoch ? "older_epoch" : "unknown_epoch"
        }
        // An attestation may have settled a task that no worker was ever told of.
        guard attempts > 0 else { return TaskTransition.Ignored.notDispatched.rawValue }
        let happening: TaskTransition.Happening
        switch acknowledgement.verdict {
        // These are carried out as failures, so they count like one: for their own attempt, and once.
        case .completed(let completion) where !tasks[index].action.accepts(completion.outcome): happening = .ackFailed
        case .completed where !fits: happening = .ackFailed
        case .completed: happening = .ackCompleted
        case .pending: happening = .ackPending
        case .failed: happening = .ackFailed
        }
        if happening != .ackCompleted, acknowledgement.attempt != attempts, !Mutant.ignoresAttempts.isOn {
            return acknowledgement.attempt < attempts ? "older_attempt" : "unknown_attempt"
        }
        // A verification that failed because data came back has completed: its first word stands, or a worker that says
        // two things would end the request with data in place.
        if phase == .failed, tasks[index].completion != nil { return TaskTransition.Ignored.duplicate.rawValue }
        if case .ignore(let why) = TaskTransition.move(phase, on: happening) { return why.rawValue }
        return nil
    }

    private mutating func take(
        _ verdict: Acknowledgement.Verdict, task index: Int, fits: Bool, now: Timestamp, rules: SagaRules,
        _ directives: inout Directives
    ) {
        guard fits else {
            // Not again: the next answer would be as long.
            let error = TaskError(code: .internal, detail: "the answer is too long to be kept with the request")
            return fail(index, error, retryable: false, retryAfterMs: nil, now: now, rules: rules)
        }
        switch verdict {
        case .completed(let completion) where !tasks[index].action.accepts(completion.outcome):
            // An erasure that answers "exported" is a broken worker. Believing it would end the request falsely;
            // ignoring it would let the task run into timeouts that hide the reason.
            let error = TaskError(code: .internal, detail: "the outcome does not fit the action")
            fail(index, error, retryable: true, retryAfterMs: nil, now: now, rules: rules)
        case .completed(let completion) where completion.outcome == .reappeared:
            reappeared(index, completion, now: now, rules: rules, &directives)
        case .completed(let completion):
            succeed(index, completion, now: now, &directives)
        case .pending(let reason, let resumeAt, let continuation):
            tasks[index].continuation = continuation
            tasks[index].error = nil
            if Mutant.chargesForPatience.isOn { tasks[index].failures += 1 }
            let earliest = now.adding(milliseconds: rules.resumeDelayMinMs)
            tasks[index].enter(.waiting(WaitReason(reason)), until: resumeAt.map { max($0, earliest) }, now: now)
        case .failed(let error, let retryable, let retryAfterMs):
            fail(index, error, retryable: retryable, retryAfterMs: retryAfterMs, now: now, rules: rules)
        }
    }
}

extension Acknowledgement.Verdict {
    /// What the timeline says of it: the outcome, the pending reason, or the error code.
    var timelineCode: String {
        switch self {
        case .completed(let completion): completion.outcome.rawValue
        case .pending(let reason, _, _): reason.rawValue
        case .failed(let error, _, _): error.code.rawValue
        }
    }
}
