/// Works out anew what must be true of what the topics hold, and lists what is not.
///
/// It shares the readers of the wire with Habeas, and no decision: plans come from `SoakCatalogue`, and whatever a
/// request came to must follow from what was asked and what was answered.
struct Verifier {
    let isExactlyOnce: Bool
    /// How far clocks of processes on one machine, and a turn and its batch, may lie apart.
    static let toleranceMs: Int64 = 2_000

    init(isExactlyOnce: Bool) { self.isExactlyOnce = isExactlyOnce }

    /// Everything that is wrong with a ledger into which all topics were read to their ends.
    func faults(in ledger: Ledger) -> [SoakFault] {
        var faults = ledger.faults
        for (id, facts) in ledger.open.sorted(by: { $0.key < $1.key }) { check(id, facts, &faults) }
        checkLetters(ledger, &faults)
        return faults
    }

    /// Moves what has ended and is in order to the closed ones, so that a long run does not keep everything. Call only
    /// when nothing was found.
    func close(_ ledger: inout Ledger) {
        for (id, facts) in ledger.open {
            guard let status = facts.status, status.isEnded else { continue }
            ledger.closed[id] = ClosedRequest(status)
            ledger.open[id] = nil
        }
        let settled = Set(ledger.expectedLetters.keys)
        ledger.closedLetters.formUnion(settled)
        ledger.expectedLetters.removeAll()
        ledger.letters.removeAll()
    }

    private func check(_ id: String, _ facts: RequestFacts, _ faults: inout [SoakFault]) {
        guard let kind = facts.kind, let plan = SoakCatalogue.plans[kind] else {
            return checkRefused(id, facts, &faults)
        }
        if !facts.partitions.isSubset(of: [facts.home ?? -1]) {
            let places = facts.partitions.sorted().map { "\($0)" }.joined(separator: ", ")
            faults.append(SoakFault(.wrongPartition, id, "at home in \(facts.home ?? -1), and found in \(places)"))
        }
        checkTasks(id, facts, plan, &faults)
        checkForwarding(id, facts, &faults)
        guard let status = facts.status else {
            faults.append(SoakFault(.lostRequest, id, "no status", mayHeal: true))
            return
        }
        // A refusal that is corrected within the same turn has a version of its own, which nobody is shown.
        if isExactlyOnce, facts.firstVersion > Int64(1 + facts.refusals.count) {
            faults.append(SoakFault(.statusGap, id, "its first status has version \(facts.firstVersion)"))
        }
        checkEnd(id, facts, status, plan, &faults)
        checkSnapshot(id, facts, status, &faults)
        if isExactlyOnce, facts.republished >= facts.sends {
            let counts = "\(facts.republished) repetitions, and sent \(facts.sends) times"
            faults.append(SoakFault(.repeatedStatus, id, counts))
        }
    }

    /// A request of which no valid record came.
    private func checkRefused(_ id: String, _ facts: RequestFacts, _ faults: inout [SoakFault]) {
        if !facts.dispatches.isEmpty {
            faults.append(SoakFault(.foreignRecord, id, "tasks of a request that nobody sent"))
        }
        guard !facts.refusals.isEmpty else {
            if facts.status != nil { faults.append(SoakFault(.foreignRecord, id, "a status of no request")) }
            if facts.snapshot != nil { faults.append(SoakFault(.foreignRecord, id, "a snapshot of no request")) }
            return
        }
        guard let status = facts.status else {
            faults.append(SoakFault(.wrongRejection, id, "no status", mayHeal: true))
            return
        }
        if status.state != "rejected" || !facts.refusals.contains(status.reason ?? "") {
            faults.append(SoakFault(.wrongRejection, id, "\(status.state), \(status.reason ?? "without a reason")"))
        }
        checkSnapshot(id, facts, status, &faults)
    }

    private func checkSnapshot(
        _ id: String, _ facts: RequestFacts, _ status: RequestFacts.Status, _ faults: inout [SoakFault]
    ) {
        switch facts.snapshot {
        case .head(let term, let version, let isHusk):
            if version != status.version || term < status.term {
                let ranks = "snapshot (\(term), \(version)), status (\(status.term), \(status.version))"
                faults.append(SoakFault(.snapshotDisagrees, id, ranks, mayHeal: true))
            }
            if isHusk, !status.isEnded, status.state != "rejected" {
                faults.append(SoakFault(.snapshotDisagrees, id, "forgotten while \(status.state)"))
            }
        case .tombstone: faults.append(SoakFault(.snapshotDisagrees, id, "a tombstone, too early"))
        case nil: faults.append(SoakFault(.snapshotDisagrees, id, "no snapshot", mayHeal: true))
        }
    }

    /// Whatever a worker put into a wrong partition is sent home once, in the transaction that passes it.
    private func checkForwarding(_ id: String, _ facts: RequestFacts, _ faults: inout [SoakFault]) {
        var balance: [RequestFacts.Said: Int] = [:]
        for ack in facts.acks {
            if ack.isForwarded {
                balance[ack.said, default: 0] += 1
                guard ack.partition != facts.home else { continue }
                faults.append(SoakFault(.forwarding, id, "\(ack.said.path): sent to \(ack.partition)"))
            } else if ack.partition != facts.home {
                balance[ack.said, default: 0] -= 1
            }
        }
        for (said, copies) in balance where copies < 0 || copies > 0 && isExactlyOnce {
            let counts = copies < 0 ? "\(-copies) not sent home" : "sent home \(copies) times too often"
            faults.append(SoakFault(.forwarding, id, "\(said.path): \(counts)", mayHeal: copies < 0))
        }
    }

    private func checkLetters(_ ledger: Ledger, _ faults: inout [SoakFault]) {
        for (place, code) in ledger.expectedLetters {
            guard let codes = ledger.letters[place] else {
                faults.append(SoakFault(.lostDeadLetter, nil, "\(code): \(place)", mayHeal: true))
                continue
            }
            if codes.contains(where: { $0 != code }) {
                faults.append(SoakFault(.foreignDeadLetter, nil, "\(codes) instead of \(code): \(place)"))
            }
            if isExactlyOnce, codes.count > 1 {
                faults.append(SoakFault(.repeatedDeadLetter, nil, "\(codes.count) of \(place)"))
            }
        }
        for (place, codes) in ledger.letters where ledger.expectedLetters[place] == nil {
            // At least once an acknowledgement may be read before its request is read again.
            if !isExactlyOnce, Set(codes).isSubset(of: ["unknown_request"]) { continue }
            let kind: SoakFault.Kind =
                ledger.closedLetters.contains(place) ? .repeatedDeadLetter : .foreignDeadLetter
            if kind == .repeatedDeadLetter, !isExactlyOnce { continue }
            faults.append(SoakFault(kind, nil, "\(codes): \(place)"))
        }
    }
}
