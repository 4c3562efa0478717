extension Saga {
    /// Carries out what the table says about a happening that brings nothing with it.
    mutating func apply(
        _ happening: TaskTransition.Happening, to index: Int, openedAt: Timestamp? = nil, now: Timestamp,
        _ directives: inout Directives
    ) {
        switch TaskTransition.move(tasks[index].phase, on: happening) {
        case .ignore: break
        case .start: start(index, openedAt: openedAt ?? now, now: now, &directives)
        case .arm: arm(index, now: now)
        case .dispatchAgain: dispatch(index, now: now, &directives)
        case .timeOut: timeOut(index, now: now, &directives)
        case .skip: tasks[index].enter(.skipped, until: nil, now: now)
        case .cancel: tasks[index].enter(.cancelled, until: nil, now: now)
        case .restart: tasks[index].restart(now: now, settles: true)
        // These need what an acknowledgement or a command says; they are carried out where it is at hand.
        case .succeed, .await, .fail: preconditionFailure("\(happening) brings no verdict")
        }
    }

    private mutating func start(_ index: Int, openedAt: Timestamp, now: Timestamp, _ directives: inout Directives) {
        let begin = openedAt.adding(milliseconds: endpoint(of: tasks[index]).settleMs)
        if tasks[index].settles, begin > now, !Mutant.ignoresSettleTimes.isOn {
            tasks[index].enter(.waiting(.settle), until: begin, now: now)
        } else {
            dispatch(index, now: now, &directives)
        }
    }

    /// Of a verification whose erasure has succeeded.
    private mutating func arm(_ index: Int, now: Timestamp) {
        let delays = endpoint(of: tasks[index]).reverifyMs
        let delayMs = delays[min(tasks[index].ordinal, delays.count) - 1]
        tasks[index].enter(.waiting(.reverify), until: now.adding(milliseconds: delayMs), now: now)
    }

    mutating func dispatch(_ index: Int, now: Timestamp, _ directives: inout Directives) {
        let (hub, endpoint) = (tasks[index].hub, tasks[index].endpoint)
        tasks[index].attempts += 1
        if tasks[index].startedAt == nil { tasks[index].startedAt = now }
        if plans[hub].endpoints[endpoint].awaitsOwner {
            tasks[index].enter(.waiting(.awaitingOwner), until: nil, now: now)
        } else {
            let timeoutMs = plans[hub].endpoints[endpoint].ackTimeoutMs
            tasks[index].enter(.dispatched, until: now.adding(milliseconds: timeoutMs), now: now)
            // A second dispatch is a phase of its own, although it has the same name.
            tasks[index].since = now
        }
        directives.dispatch(
            Dispatch(
                task: index, epoch: tasks[index].epoch, attempt: tasks[index].attempts,
                continuation: tasks[index].continuation))
        directives.tell(.dispatched, self, task: index, at: now)
    }

    private mutating func timeOut(_ index: Int, now: Timestamp, _ directives: inout Directives) {
        directives.tell(.timedOut, self, task: index, at: now)
        tasks[index].failures += 1
        tasks[index].error = TaskError(code: .timeout, detail: "no acknowledgement in time")
        if tasks[index].failures < endpoint(of: tasks[index]).maxAttempts {
            dispatch(index, now: now, &directives)
        } else {
            tasks[index].enter(.failed, until: nil, now: now)
        }
    }

    /// The end of a task, by an acknowledgement or an attestation; what follows for other tasks follows here.
    mutating func succeed(_ index: Int, _ completion: Completion, now: Timestamp, _ directives: inout Directives) {
        tasks[index].completion = completion
        tasks[index].error = nil
        tasks[index].continuation = nil
        tasks[index].enter(.succeeded, until: nil, now: now)
        guard tasks[index].action == .erase else { return }
        for verification in verifications(of: index) {
            apply(.eraseSucceeded, to: verification, now: now, &directives)
        }
        // The source was left without this task: what was swept since may have missed what still flowed.
        let wasLeft = stages.first { $0.stage == .source }?.leftAt != nil
        if tasks[index].stage == .source, wasLeft, !Mutant.forgetsStaleSweeps.isOn {
            sweepAgain(after: .source, now: now, &directives)
        }
    }

    /// A dispatch that did not do it.
    mutating func fail(
        _ index: Int, _ error: TaskError, retryable: Bool, retryAfterMs: Int64?, now: Timestamp, rules: SagaRules
    ) {
        let endpoint = endpoint(of: tasks[index])
        tasks[index].failures += 1
        tasks[index].error = error
        guard retryable, tasks[index].failures < endpoint.maxAttempts else {
            tasks[index].enter(.failed, until: nil, now: now)
            return
        }
        let delayMs = retryAfterMs.map { min(max(0, $0), rules.retryAfterMaxMs) } ?? backoffMs(index, endpoint, rules)
        tasks[index].enter(.waiting(.retry), until: now.adding(milliseconds: delayMs), now: now)
    }

    /// Doubling from `initial` to `maximum`, spread by ids.
    private func backoffMs(_ index: Int, _ endpoint: Endpoint, _ rules: SagaRules) -> Int64 {
        let task = tasks[index]
        let doublings = min(task.failures - 1, 40)
        let (doubled, overflow) = endpoint.backoff.initialMs.multipliedReportingOverflow(by: 1 << doublings)
        let delayMs = overflow ? endpoint.backoff.maximumMs : min(doubled, endpoint.backoff.maximumMs)
        let seed = Jitter.mix(
            request.id.high, request.id.low, UInt64(index), UInt64(task.epoch), UInt64(task.failures))
        return Jitter.spread(delayMs, percent: rules.jitterPercent, by: seed)
    }

    /// A verification found data again: the endpoint begins anew, or the verification is failed when that has
    /// happened too often.
    mutating func reappeared(
        _ index: Int, _ completion: Completion, now: Timestamp, rules: SagaRules, _ directives: inout Directives
    ) {
        directives.tell(.reappeared, self, task: index, at: now)
        guard let erase = erasure(of: index) else { return }
        guard tasks[erase].rounds < rules.reappearancesMax else {
            tasks[index].completion = completion
            tasks[index].error = TaskError(code: .conflict, detail: "data came back after every erasure")
            tasks[index].enter(.failed, until: nil, now: now)
            return
        }
        tasks[erase].rounds += 1
        restart(erase, because: .sweptAgain, settles: false, now: now)
        for verification in verifications(of: erase) {
            restart(verification, because: .sweptAgain, settles: true, now: now)
        }
        if tasks[erase].stage == .source { sweepAgain(after: .source, now: now, &directives) }
    }
}
