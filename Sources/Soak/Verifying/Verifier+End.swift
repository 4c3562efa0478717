extension Verifier {
    /// That the last status is an end, and the one that acknowledgements and tasks lead to.
    func checkEnd(
        _ id: String, _ facts: RequestFacts, _ status: RequestFacts.Status, _ plan: [String: PlannedTask],
        _ faults: inout [SoakFault]
    ) {
        switch status.state {
        case "completed", "failed": break
        case "in_progress":
            let open = status.tasks.filter { !Self.settled.contains($0.value.state) }.map {
                "\($0.key) \($0.value.state)"
            }
            faults.append(
                SoakFault(.unfinished, id, open.sorted().joined(separator: ", "), mayHeal: true))
            return
        default:
            // A corrected request may still stand as rejected until its turn comes.
            faults.append(SoakFault(.unfinished, id, "its state is \(status.state)", mayHeal: true))
            return
        }
        if Set(status.tasks.keys) != Set(plan.keys) {
            let other = Set(status.tasks.keys).symmetricDifference(plan.keys).sorted()
            faults.append(SoakFault(.statusDisagrees, id, "not as planned: \(other.joined(separator: ", "))"))
        }
        for (path, task) in status.tasks.sorted(by: { $0.key < $1.key }) where plan[path] != nil {
            checkTask(id, path, task, facts, status, &faults)
        }
        let failed = status.tasks.values.count { $0.state == "failed" }
        if (status.state == "failed") != (failed > 0) {
            faults.append(SoakFault(.statusDisagrees, id, "\(status.state) with \(failed) failed tasks"))
        }
    }

    private static let settled: Set<String> = ["succeeded", "failed", "skipped", "cancelled"]

    private func checkTask(
        _ id: String, _ path: String, _ task: RequestFacts.Status.Task, _ facts: RequestFacts,
        _ status: RequestFacts.Status, _ faults: inout [SoakFault]
    ) {
        if status.state == "failed", task.state == "blocked", isBehindFailure(path, status) { return }
        guard let last = facts.lastEpoch(path) else {
            faults.append(SoakFault(.missingTask, id, "\(path): never dispatched", mayHeal: true))
            return
        }
        let attempts = facts.lastAttempt(path, last)
        // At least once an owner may have sent an attempt and lost its partition before it could say so.
        let agrees =
            (task.epoch, task.attempts) == (last, attempts)
            || !isExactlyOnce && (task.epoch, task.attempts) < (last, attempts)
        if !agrees {
            let detail = "\(path): epoch \(task.epoch), attempts \(task.attempts); its tasks are \(last), \(attempts)"
            faults.append(SoakFault(.statusDisagrees, id, detail, mayHeal: true))
        }
        let epoch = isExactlyOnce ? last : min(last, task.epoch)
        switch task.state {
        case "succeeded":
            let isDone = facts.said(path, epoch).contains { $0.said.verdict == .completed }
            guard !isDone else { break }
            let detail = "\(path), epoch \(epoch): succeeded, and nobody said so"
            faults.append(SoakFault(.completedTooEarly, id, detail))
        case "failed":
            if !mayHaveFailed(path, epoch, facts) || !task.hasError {
                faults.append(SoakFault(.unjustifiedFailure, id, "\(path), epoch \(epoch)"))
            }
            if facts.said(path, epoch).contains(where: { $0.said.verdict == .completed }) {
                let detail = "\(path), epoch \(epoch): failed, and its completion is there"
                faults.append(SoakFault(.statusDisagrees, id, detail, mayHeal: true))
            }
        default:
            let kind: SoakFault.Kind = status.state == "completed" ? .completedTooEarly : .statusDisagrees
            faults.append(SoakFault(kind, id, "\(path) is \(task.state) in a request that is \(status.state)"))
        }
    }

    /// A verification whose erasure failed has nothing to look for.
    private func isBehindFailure(_ path: String, _ status: RequestFacts.Status) -> Bool {
        guard let slash = path.firstIndex(of: "/"), path[slash...].hasPrefix("/verify") else { return false }
        return status.tasks["\(path[..<slash])/erase"]?.state == "failed"
    }
}
