extension Verifier {
    /// That no task is there which nothing called for.
    func checkTasks(
        _ id: String, _ facts: RequestFacts, _ plan: [String: PlannedTask], _ faults: inout [SoakFault]
    ) {
        for (path, epochs) in facts.dispatches.sorted(by: { $0.key < $1.key }) {
            guard let planned = plan[path] else {
                faults.append(SoakFault(.extraTask, id, "\(path): not in the catalogue's plan"))
                continue
            }
            checkEpochs(id, path, epochs.keys.sorted(), planned, facts, plan, &faults)
            for (epoch, attempts) in epochs.sorted(by: { $0.key < $1.key }) {
                checkAttempts(id, path, epoch, attempts, facts, &faults)
                if let begun = facts.begun(path, epoch) {
                    checkOrder(id, path, begun, planned, facts, plan, &faults)
                }
            }
        }
    }

    private func checkEpochs(
        _ id: String, _ path: String, _ epochs: [Int], _ planned: PlannedTask, _ facts: RequestFacts,
        _ plan: [String: PlannedTask], _ faults: inout [SoakFault]
    ) {
        if epochs != Array(1...max(1, epochs.count)) {
            faults.append(SoakFault(.skippedAttempt, id, "\(path): epochs \(epochs)"))
        }
        let returns = Set(
            facts.acks.filter {
                $0.said.verdict == .reappeared && plan[$0.said.path]?.endpoint.id == planned.endpoint.id
            }.map(\.said))
        var raises = returns.count
        if planned.stage != "source" {
            for (other, task) in plan where task.stage == "source" {
                raises += facts.dispatches[other, default: [:]].keys.count { hasHealed(other, $0, facts) }
            }
        }
        if epochs.count > 1 + raises {
            let detail = "\(path): \(epochs.count) epochs, and \(raises) reasons to begin anew"
            faults.append(SoakFault(.unjustifiedEpoch, id, detail))
        }
    }

    /// A task that could count as failed, and of which a completion came.
    private func hasHealed(_ path: String, _ epoch: Int, _ facts: RequestFacts) -> Bool {
        mayHaveFailed(path, epoch, facts) && facts.said(path, epoch).contains { $0.said.verdict == .completed }
    }

    /// Whether an epoch's acknowledgements, or its spent budget, allow to call its task failed.
    func mayHaveFailed(_ path: String, _ epoch: Int, _ facts: RequestFacts) -> Bool {
        facts.lastAttempt(path, epoch) >= SoakCatalogue.attemptsMax
            || facts.said(path, epoch).contains { $0.said.verdict == .failed(retryable: false) }
    }

    private func checkAttempts(
        _ id: String, _ path: String, _ epoch: Int, _ attempts: [Int: [Int64]], _ facts: RequestFacts,
        _ faults: inout [SoakFault]
    ) {
        let numbers = attempts.keys.sorted()
        if numbers != Array(1...max(1, numbers.count)) {
            faults.append(SoakFault(.skippedAttempt, id, "\(path), epoch \(epoch): attempts \(numbers)"))
            return
        }
        for number in numbers.dropFirst() {
            guard let before = attempts[number - 1]?.min(), let at = attempts[number]?.min() else { continue }
            let earliest = earliestNext(after: number - 1, of: path, epoch, dispatchedAt: before, facts)
            if at + Self.toleranceMs < earliest {
                let detail = "\(path), epoch \(epoch), attempt \(number): \(earliest - at) ms before it was due"
                faults.append(SoakFault(.unjustifiedAttempt, id, detail))
            }
        }
    }

    /// The first moment at which another attempt could be called for: by the acknowledgement's word, or by its absence.
    private func earliestNext(
        after attempt: Int, of path: String, _ epoch: Int, dispatchedAt: Int64, _ facts: RequestFacts
    ) -> Int64 {
        var earliest = dispatchedAt + SoakCatalogue.ackTimeoutMs
        for ack in facts.said(path, epoch) where ack.said.attempt == attempt {
            switch ack.said.verdict {
            case .completed, .reappeared, .failed(retryable: false): continue
            case .failed(retryable: true): earliest = min(earliest, ack.atMs)
            case .pending(let resumeAtMs, _): earliest = min(earliest, resumeAtMs ?? .max)
            }
        }
        return earliest
    }

    /// The stages that must have been left before a stage may begin.
    private static let earlier = ["sinks": ["source"], "logs": ["source", "sinks"]]

    /// That every task of the stages before had been answered, in its epoch of that moment, so that they could be left.
    private func checkOrder(
        _ id: String, _ path: String, _ begun: Int64, _ planned: PlannedTask, _ facts: RequestFacts,
        _ plan: [String: PlannedTask], _ faults: inout [SoakFault]
    ) {
        if planned.stage == "verify" { return checkVerification(id, path, begun, planned, facts, &faults) }
        for stage in Self.earlier[planned.stage] ?? [] {
            for (other, task) in plan where task.stage == stage {
                // What began in the same turn began anew after this: its answer would need a turn of its own.
                let epochs = facts.dispatches[other, default: [:]].keys.filter {
                    facts.begun(other, $0).map { $0 < begun } ?? false
                }
                guard let epoch = epochs.max() else {
                    faults.append(SoakFault(.stageOrder, id, "\(path) began before \(other)"))
                    continue
                }
                if !couldLetGo(other, epoch, stage: stage, by: begun + Self.toleranceMs, facts, plan) {
                    let detail = "\(path) began before \(other), epoch \(epoch), had been answered"
                    faults.append(SoakFault(.stageOrder, id, detail))
                }
            }
        }
    }

    private func couldLetGo(
        _ path: String, _ epoch: Int, stage: String, by moment: Int64, _ facts: RequestFacts,
        _ plan: [String: PlannedTask]
    ) -> Bool {
        // Data came back: the endpoint begins anew and holds up nobody.
        let endpoint = plan[path]?.endpoint.id
        let hasReturned = facts.acks.contains {
            $0.said.verdict == .reappeared && plan[$0.said.path]?.endpoint.id == endpoint
        }
        if hasReturned, epoch > 1 { return true }
        if facts.lastAttempt(path, epoch) >= SoakCatalogue.attemptsMax { return true }
        return facts.said(path, epoch).contains { ack in
            guard ack.atMs <= moment else { return false }
            switch ack.said.verdict {
            case .completed, .failed(retryable: false): return true
            case .pending(_, let letsStageGo): return letsStageGo && stage == "sinks"
            case .failed(retryable: true), .reappeared: return false
            }
        }
    }

    /// A verification follows its own erasure.
    private func checkVerification(
        _ id: String, _ path: String, _ begun: Int64, _ planned: PlannedTask, _ facts: RequestFacts,
        _ faults: inout [SoakFault]
    ) {
        let erasure = "\(planned.endpoint.id)/erase"
        let isErased = facts.acks.contains {
            $0.said.path == erasure && $0.said.verdict == .completed && $0.atMs <= begun + Self.toleranceMs
        }
        if !isErased { faults.append(SoakFault(.stageOrder, id, "\(path) began before its erasure was done")) }
    }
}
