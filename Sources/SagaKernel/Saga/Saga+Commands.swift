extension Saga {
    /// An operator asked for something. A command that was taken before (by its id) changes nothing and is not told
    /// again; one that makes no sense is refused in the timeline and changes nothing else.
    public mutating func commanded(
        _ command: Command, now: Timestamp, rules: SagaRules, _ directives: inout Directives
    ) {
        guard !commandIDs.contains(command.id) || Mutant.forgetsCommands.isOn else { return }
        // Refused ones are remembered too: a redelivery must not find another state and be taken after all.
        commandIDs.append(command.id)
        if commandIDs.count > rules.rememberedCommandsMax { commandIDs.removeFirst() }
        var changed = self
        var brought = Directives()
        brought.record(Saga.entry(.commandApplied, command, code: command.verb.name, now: now))
        do throws(CommandRule.Refused) {
            if request.dryRun { throw .dryRun }
            if let refusal = CommandRule.refusal(state, command.verb.rule) { throw refusal }
            try changed.carryOut(command, now: now, rules: rules, &brought)
        } catch {
            return directives.record(Saga.entry(.commandRefused, command, code: error.rawValue, now: now))
        }
        self = changed
        directives.append(brought)
        conclude(now: now, rules: rules, &directives)
    }

    /// The timeline entry about a command; also for one that finds no saga.
    public static func entry(
        _ kind: TimelineEvent.Kind, _ command: Command, code: String, now: Timestamp
    ) -> TimelineEvent {
        var event = TimelineEvent(kind, at: now, code: code)
        event.commandID = command.id
        event.operator = command.operator
        event.reason = command.reason
        return event
    }

    private mutating func carryOut(
        _ command: Command, now: Timestamp, rules: SagaRules, _ directives: inout Directives
    ) throws(CommandRule.Refused) {
        switch command.verb {
        case .replay(let names, let scope): try replay(try indices(names), scope, now: now)
        case .cancel: cancel(now: now, &directives)
        case .hold: isHeld = true
        case .release: try release(now: now, &directives)
        case .extend(let until): try extend(until: until)
        case .skip(let names):
            guard let reason = command.reason, !reason.isEmpty else { throw .reasonRequired }
            try skip(try indices(names), now: now, &directives)
        case .attest(let names, let outcome, let evidence):
            var completion = Completion(outcome: outcome, method: "attestation")
            completion.evidence = evidence
            try attest(try indices(names), completion, now: now, rules: rules, &directives)
        }
    }

    /// The tasks that a command names by their paths.
    private func indices(_ paths: [String]) throws(CommandRule.Refused) -> [Int] {
        var found: [Int] = []
        for path in paths {
            guard let index = task(path: path) else { throw .unknownTask }
            if !found.contains(index) { found.append(index) }
        }
        return found
    }

    private mutating func replay(
        _ named: [Int], _ scope: Command.ReplayScope, now: Timestamp
    ) throws(CommandRule.Refused) {
        let chosen = replayable(named, scope)
        guard !chosen.isEmpty else { throw .nothingFailed }
        for index in chosen {
            let phase = tasks[index].phase
            restart(index, because: .replayed, settles: false, now: now)
            switch tasks[index].action {
            case .export: break
            case .erase:
                tasks[index].rounds = 0
                // A replayed erasure is verified anew; where it had been skipped, its verifications had been with it.
                for verification in verifications(of: index) where !chosen.contains(verification) {
                    let happening: TaskTransition.Happening = phase == .skipped ? .replayed : .sweptAgain
                    restart(verification, because: happening, settles: true, now: now)
                }
            case .verify:
                guard let erase = erasure(of: index) else { continue }
                // A replayed verification gets its rounds back.
                tasks[erase].rounds = 0
                // Alone, it has no stage to open: its erasure has succeeded, it goes at once.
                if !chosen.contains(erase) { rearm(index, now: now) }
            }
        }
        if scope == .all, named.isEmpty {
            for index in stages.indices { stages[index] = StageRecord(stage: stages[index].stage) }
        }
    }

    /// The tasks that a replay begins anew, in the order of the plan: an erasure before its verifications. A
    /// verification of a skipped erasure is verified again only together with it.
    private func replayable(_ named: [Int], _ scope: Command.ReplayScope) -> [Int] {
        let asked = named.isEmpty ? Array(tasks.indices) : named.sorted()
        return asked.filter { index in
            if scope == .failed, tasks[index].phase != .failed { return false }
            guard tasks[index].action == .verify, let erase = erasure(of: index) else { return true }
            return tasks[erase].phase != .skipped || asked.contains(erase)
        }
    }

    /// A replayed verification is due at once, as soon as dispatching is allowed.
    private mutating func rearm(_ index: Int, now: Timestamp) {
        guard let erase = erasure(of: index), tasks[erase].phase == .succeeded else { return }
        tasks[index].enter(.waiting(.reverify), until: now, now: now)
    }

    private mutating func cancel(now: Timestamp, _ directives: inout Directives) {
        isCancelled = true
        isHeld = false
        for index in tasks.indices { apply(.cancelled, to: index, now: now, &directives) }
    }

    private mutating func release(now: Timestamp, _ directives: inout Directives) throws(CommandRule.Refused) {
        guard isHeld else { throw .notOnHold }
        isHeld = false
        for index in tasks.indices {
            guard let nextAt = tasks[index].nextAt, nextAt <= now else { continue }
            // While timers waited nobody counted on an acknowledgement: a deadline that passed meanwhile begins anew
            // instead of being held against the worker.
            if tasks[index].phase == .dispatched {
                tasks[index].nextAt = now.adding(milliseconds: endpoint(of: tasks[index]).ackTimeoutMs)
            } else {
                apply(.timerDue, to: index, now: now, &directives)
            }
        }
    }

    private mutating func extend(until: Timestamp) throws(CommandRule.Refused) {
        if isExtended { throw .alreadyExtended }
        if until <= due { throw .notLater }
        if until > request.regulation.latestExtension(firstDue: due) { throw .beyondLimit }
        due = until
        isExtended = true
    }

    private mutating func skip(
        _ named: [Int], now: Timestamp, _ directives: inout Directives
    ) throws(CommandRule.Refused) {
        guard !named.isEmpty else { throw .noTask }
        for index in named {
            guard TaskTransition.move(tasks[index].phase, on: .skipped) == .skip else { throw .alreadySettled }
        }
        for index in named {
            apply(.skipped, to: index, now: now, &directives)
            // Nothing was erased here, so there is nothing to verify.
            guard tasks[index].action == .erase else { continue }
            for verification in verifications(of: index) { apply(.skipped, to: verification, now: now, &directives) }
        }
    }

    private mutating func attest(
        _ named: [Int], _ completion: Completion, now: Timestamp, rules: SagaRules, _ directives: inout Directives
    ) throws(CommandRule.Refused) {
        guard !named.isEmpty else { throw .noTask }
        let outcome = completion.outcome
        for index in named {
            guard TaskTransition.move(tasks[index].phase, on: .attested) == .succeed else { throw .alreadySettled }
            guard outcome != .reappeared, tasks[index].action.accepts(outcome) else { throw .outcomeMismatch }
        }
        let bytes = completion.keptBytes
        for index in named where !hasRoom(for: bytes * named.count, task: index, rules: rules) { throw .tooLarge }
        // In stage order: what a late source makes stale must not undo the other half of the same attestation.
        for index in named.sorted(by: { (tasks[$0].stage, $0) < (tasks[$1].stage, $1) }) {
            succeed(index, completion, now: now, &directives)
        }
    }
}
