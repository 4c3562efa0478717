import Contract
import Logging
import RecordLog
import SagaKernel

extension Lane {
    /// One turn: records and due timers in, one commit out.
    func work(_ records: UnsafeBufferPointer<RecordView>) throws(LaneFailure) {
        let now = clock.now()
        let beganMs = clock.monotonicMs()
        overlay.clear()
        try watchForeignWrites()
        let positions = try take(records, turn, stores, now: now)
        let due = try takeTimers(now: now)
        observer.timersDue(stores.values.reduce(0) { $0 + $1.timers.countDue(nowMs: now.milliseconds) })
        try sweepForCatalogue(now: now)
        if records.isEmpty { dropUnusedPlans() }
        guard !records.isEmpty || !overlay.isEmpty else { return }
        overlay.republishRepaired()
        turn.conclude(&overlay, stores: stores, now: now)

        var report = TurnReport()
        report.records = records.count
        report.timers = due.reduce(0) { $0 + $1.entries.count }
        if Mutant.appliesBeforeCommit.isOn { apply() }
        guard try commit(records, positions, now: now, &report) else { return }
        apply()
        for topic in writer.missingTopics.sorted() {
            logger.error(
                "tasks were not sent: their topic does not exist; make it, or skip the tasks",
                metadata: [LogKey.topic: "\(topic)"])
        }
        for (partition, entries) in due { stores[partition]?.putBack(entries) }
        report.durationMs = clock.monotonicMs() - beganMs
        observer.turnEnded(report)
    }

    /// Decides what the records mean, and says how far each input has come with them.
    ///
    /// - Parameters: what the lane has of them now; fetched for every record they would be copied with all that they
    ///   refer to, and kept for longer they would be copied by the next change.
    private func take(
        _ records: UnsafeBufferPointer<RecordView>, _ turn: Turn, _ stores: [Int32: PartitionStore], now: Timestamp
    ) throws(LaneFailure) -> [InputPosition] {
        var positions: [InputPosition] = []
        // Requests first: after a restart an acknowledgement may be read in the same batch as its own request.
        for input in Turn.Input.allCases {
            // Records come in long runs of one partition, whose memory and position are looked up once.
            var partition: Int32?
            var store: PartitionStore?
            var place = 0
            for index in records.indices where records[index].topic == input.rawValue {
                if records[index].partition != partition {
                    partition = records[index].partition
                    store = stores[records[index].partition]
                    if store != nil { place = positions.place(of: records[index]) }
                }
                guard let store else { continue }
                positions[place].offset = records[index].offset + 1
                try turn.take(records[index], from: input, at: index, store: store, now: now, into: &overlay)
            }
        }
        return positions
    }

    private func takeTimers(now: Timestamp) throws(LaneFailure) -> [(partition: Int32, entries: [TimerHeap.Entry])] {
        var budget = settings.turnTimersMax
        var taken: [(Int32, [TimerHeap.Entry])] = []
        // Each turn begins with another partition, so that a burst of timers in one does not starve the others.
        timerTurns += 1
        let partitions = stores.keys.sorted()
        for place in partitions.indices where budget > 0 {
            let partition = partitions[(place + timerTurns) % partitions.count]
            guard let due = stores[partition]?.takeDue(nowMs: now.milliseconds, limit: budget), !due.isEmpty else {
                continue
            }
            budget -= due.count
            taken.append((partition, due))
            guard let store = stores[partition] else { continue }
            for entry in due {
                observer.timerFired(latenessMs: now.milliseconds - entry.dueMs)
                try turn.timeCame(for: entry.id, store: store, now: now, into: &overlay)
            }
        }
        return taken
    }

    private func sweepForCatalogue(now: Timestamp) throws(LaneFailure) {
        for _ in 0..<min(settings.turnTimersMax, catalogueSweep.count) {
            let (partition, id) = catalogueSweep.removeLast()
            guard let store = stores[partition], store.holds(id) else { continue }
            try turn.catalogueChanged(for: id, store: store, now: now, into: &overlay)
        }
    }

    /// Only in turns without records, so that no new saga can begin to refer to a plan that is being dropped.
    private func dropUnusedPlans() {
        let current = Set(turn.plans.plans.values.map(\.fingerprint))
        for store in storesInOrder {
            for fingerprint in store.contents.plans.unused(besides: current) {
                overlay.droppedPlans.append((store.partition, fingerprint))
            }
        }
    }

    /// Writes the turn and commits it, as often as the log says that nothing has happened.
    ///
    /// - Returns: false where the turn came to nothing and the memory has been dealt with.
    private func commit(
        _ records: UnsafeBufferPointer<RecordView>, _ inputs: [InputPosition], now: Timestamp,
        _ report: inout TurnReport
    ) throws(LaneFailure) -> Bool {
        let deadlineMs = clock.monotonicMs() + settings.retryMs
        while true {
            do throws(LogFailure) {
                try log.begin()
                try writer.write(overlay, records: records, stores: stores, now: now)
                let beganMs = clock.monotonicMs()
                try log.commit(positions: inputs)
                report.commitMs = clock.monotonicMs() - beganMs
                return true
            } catch {
                observer.heartbeat()
                report.aborted += 1
                guard try abort(after: error) else { return false }
                // Whoever takes the partitions next does the turn; a process that has to end is quick about it.
                if mailbox.isStopping { return false }
                if clock.monotonicMs() >= deadlineMs { throw .unavailable(reason: error.reason) }
            }
        }
    }

    /// - Returns: true where the turn may be written again.
    private func abort(after failure: LogFailure) throws(LaneFailure) -> Bool {
        switch failure {
        case .retriable(let reason), .abortRequired(let reason):
            logger.warning("the turn is written again", metadata: [LogKey.reason: "\(reason)"])
            if Mutant.writesAgainWithoutAbort.isOn { return true }
            do throws(LogFailure) {
                try log.abort()
                observer.heartbeat()
            } catch {
                return try abortFailed(error)
            }
            return Mutant.appliesBeforeCommit.isOn ? try decidesAgain() : true
        case .outcomeUnknown(let reason):
            try beginAnew(because: reason)
            return false
        case .partitionsLost(let reason):
            lose(because: reason)
            try abortLost()
            return false
        case .fenced, .fatal:
            throw .log(failure)
        }
    }

    /// What a deliberate bug does instead of writing the same turn again: it seeks back and decides once more, on a
    /// memory that has changed already.
    private func decidesAgain() throws(LaneFailure) -> Bool {
        let refusal = try insistingOrRefused { () throws(LogFailure) in try log.assign(partitions: held ?? []) }
        if let refusal { try recover(from: refusal, whileDoing: "seeking back") }
        return false
    }

    /// Whatever is open ends with the producer, should the abort not be heard. The group has not offered anything, so
    /// there is nothing to take either.
    private func abortLost() throws(LaneFailure) {
        do throws(LogFailure) {
            try log.abort()
        } catch {
            switch error {
            case .fenced, .fatal: throw .log(error)
            case .retriable, .abortRequired, .outcomeUnknown, .partitionsLost:
                try insisting { () throws(LogFailure) in try log.recycleProducer() }
            }
        }
    }

    private func abortFailed(_ failure: LogFailure) throws(LaneFailure) -> Bool {
        switch failure {
        case .fenced, .fatal: throw .log(failure)
        case .retriable, .abortRequired, .outcomeUnknown, .partitionsLost:
            try beginAnew(because: failure.reason)
            return false
        }
    }
}

extension Lane {
    /// The turn is committed: what it decided becomes memory.
    private func apply() {
        for (partition, plan) in overlay.newPlans { stores[partition]?.hold(plan) }
        for (partition, fingerprint) in overlay.droppedPlans { stores[partition]?.drop(plan: fingerprint) }
        // They come in long runs of one partition.
        var store: PartitionStore?
        for item in overlay.touched {
            if store?.partition != item.partition { store = stores[item.partition] }
            if item.output.forgets {
                store?.remove(item.id)
            } else if let snapshot = item.output.snapshot, let head = item.output.head {
                // A later owner's that was read while this one claimed its term stays, as it would after a restore.
                snapshot.withUnsafeBytes { _ = store?.set(item.id, snapshot: $0, head: head) }
            }
            tell(item.directives.events, of: item.id)
            tell(item.unwritten, of: item.id)
        }
        for key in overlay.repairs { stores[key.partition]?.contents.overruled.remove(key.id) }
        for letter in overlay.deadLetters { observer.deadLettered(code: letter.refusal.code.rawValue) }
        for _ in overlay.forwards { observer.forwarded() }
        overlay.clear()
    }

    private func tell(_ events: [TimelineEvent], of id: RequestID) {
        for event in events {
            switch event.kind {
            case .ackIgnored: observer.acknowledgementIgnored(code: event.code ?? "")
            case .redacted: observer.redacted(count: event.code.flatMap { Int($0) } ?? 1)
            case .stateChanged:
                logger.info(
                    "request changed state",
                    metadata: [LogKey.request: "\(id)", LogKey.state: "\(event.code ?? "")"])
            case .received, .duplicate, .planned, .dispatched, .acknowledged, .timedOut, .stageLeft, .sweptAgain,
                .reappeared, .commandApplied, .commandRefused, .slaChanged:
                break
            }
        }
    }

    /// A plan was dropped, perhaps by an owner that did not know yet that it had lost the partition: what sagas refer
    /// to is written again, and what none refers to will be with the next that does.
    private func restorePlan(_ fingerprint: Fingerprint, of store: PartitionStore) {
        guard let use = store.contents.plans[fingerprint] else { return }
        if use.sagas > 0 {
            overlay.newPlans.append((store.partition, use.plan))
        } else {
            stores[store.partition]?.drop(plan: fingerprint)
        }
    }

    /// Looks at what was written to the partitions' own snapshots. What comes from a lower term than the record that it
    /// follows was written by one that did not know yet that it had lost them; this owner's truth is written again.
    private func watchForeignWrites() throws(LaneFailure) {
        for store in storesInOrder {
            for id in store.contents.overruled.sorted() {
                overlay.repairs.append(Overlay.Key(partition: store.partition, id: id))
            }
        }
        guard let tail, !Mutant.leavesForeignWrites.isOn else { return }
        let records: UnsafeBufferPointer<RecordView>
        do throws(LogFailure) {
            records = try tail.poll(maxRecords: settings.turnRecordsMax, timeoutMs: 0)
        } catch {
            // Nothing was read, so the next turn reads it.
            guard case .retriable = error else { throw .log(error) }
            return
        }
        for record in records {
            guard let store = stores[record.partition], let key = record.key else { continue }
            if record.value == nil, let fingerprint = PlanCodec.fingerprint(key: key) {
                restorePlan(fingerprint, of: store)
            }
            guard let id = RequestID(ascii: key), let myTerm = store.term(of: id) else { continue }
            let overwrites = try isForeign(record, over: myTerm)
            if overwrites { overlay.repairs.append(Overlay.Key(partition: record.partition, id: id)) }
        }
    }
}

extension [InputPosition] {
    /// Where the position of a record's input and partition lies; one that has none yet begins with the record.
    fileprivate mutating func place(of record: RecordView) -> Int {
        if let known = firstIndex(where: { $0.topic == record.topic && $0.partition == record.partition }) {
            return known
        }
        append(InputPosition(topic: record.topic, partition: record.partition, offset: record.offset))
        return count - 1
    }
}
