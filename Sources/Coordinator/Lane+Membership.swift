import Contract
import Logging
import RecordLog
import SagaKernel

extension Lane {
    /// The group gave these partitions to this lane: their memory is read back before the first record is taken.
    func take(_ partitions: [Int32]) throws(LaneFailure) {
        forget()
        held = partitions
        if !partitions.isEmpty { stores = try restore(partitions) }
        // An assignment that stays unanswered brings no records, and nobody offers it a second time.
        let refusal = try insistingOrRefused { () throws(LogFailure) in try log.assign(partitions: partitions) }
        if let refusal { return try recover(from: refusal, whileDoing: "taking partitions") }
        lostAtMs = nil
        // The catalogue may have changed while nobody held them.
        let current = Set(turn.plans.plans.values.map(\.fingerprint))
        catalogueSweep = storesInOrder.flatMap { store in store.ids(besides: current).map { (store.partition, $0) } }
        observer.assignmentAnswered(partitions: partitions.count)
    }

    /// The partitions are not this lane's any more. No turn is open: turns begin and end within one step.
    func give(lost: Bool) throws(LaneFailure) {
        logger.info("partitions were revoked", metadata: [LogKey.lost: "\(lost)"])
        if !Mutant.keepsRevokedPartitions.isOn { forget() }
        lostAtMs = nil
        let refusal = try insistingOrRefused { () throws(LogFailure) in try log.unassign() }
        if let refusal { try recover(from: refusal, whileDoing: "giving partitions back") }
    }

    /// Throws memory and producer away and begins anew from the log. Used when nobody can say what it holds.
    func beginAnew(because reason: String) throws(LaneFailure) {
        logger.warning("beginning anew from the log", metadata: [LogKey.reason: "\(reason)"])
        observer.beganAnew()
        if Mutant.keepsProducerAfterUnknownOutcome.isOn {
            if let held { try take(held) }
            return
        }
        if Mutant.keepsMemoryAfterUnknownOutcome.isOn {
            return try insisting { () throws(LogFailure) in try log.recycleProducer() }
        }
        let partitions = held
        forget()
        try insisting { () throws(LogFailure) in try log.recycleProducer() }
        observer.heartbeat()
        // What the group has not given, or has taken away, is not this lane's to answer for.
        if let partitions { try take(partitions) }
    }

    func forget() {
        closeTail()
        held = nil
        stores = [:]
        catalogueSweep = []
        overlay.clear()
    }

    /// The group went on without this lane. It will say so and assign anew; until then nothing is known here.
    func lose(because reason: String) {
        logger.warning("partitions were lost", metadata: [LogKey.reason: "\(reason)"])
        forget()
        lostAtMs = clock.monotonicMs()
    }

    private func restore(_ partitions: [Int32]) throws(LaneFailure) -> [Int32: PartitionStore] {
        let beganMs = clock.monotonicMs()
        let topic = settings.topics.sagas
        let reader = try insisting { () throws(LogFailure) in
            try log.openReader(topic: topic, partitions: partitions)
        }
        let restore = Restore(
            reader: reader, partitions: partitions, topic: topic, settings: settings, clock: clock,
            observer: observer)
        let restored: [Int32: PartitionStore]
        do throws(LaneFailure) { restored = try load(partitions, restore) } catch {
            reader.close()
            throw error
        }
        if settings.watchesForeignWrites { tail = reader } else { reader.close() }
        logger.info(
            "partitions restored",
            metadata: [
                LogKey.partitions: "\(partitions)",
                LogKey.sagas: "\(restored.values.reduce(0) { $0 + $1.count })",
                LogKey.durationMs: "\(clock.monotonicMs() - beganMs)",
            ])
        return restored
    }

    private func load(_ partitions: [Int32], _ restore: Restore) throws(LaneFailure) -> [Int32: PartitionStore] {
        takings += 1
        let owner = "\(owner).\(takings)"
        let loading = Loading(partitions: partitions, owner: owner)
        try restore.run(self, into: loading)
        if settings.watchesForeignWrites {
            try TermClaim(restore: restore, writer: writer, owner: owner).run(self, into: loading)
        }
        let stores = try loading.finish()
        // Once more: putting the timers in order is part of the time that a restore takes.
        restore.report(loading, remaining: 0)
        return stores
    }

    private func closeTail() {
        tail?.close()
        tail = nil
    }
}

extension Lane {
    /// What follows from an answer that was not what was asked for, outside a turn.
    func recover(from failure: LogFailure, whileDoing what: String) throws(LaneFailure) {
        switch failure {
        case .retriable(let reason):
            logger.warning("the log asks to try again", metadata: [LogKey.reason: "\(what): \(reason)"])
        case .abortRequired(let reason), .outcomeUnknown(let reason):
            try beginAnew(because: "\(what): \(reason)")
        case .partitionsLost(let reason):
            lose(because: "\(what): \(reason)")
        case .fenced, .fatal:
            throw .log(failure)
        }
    }

    /// Repeats a call as long as the log says that this makes sense. What it cannot answer ends the lane.
    func insisting<Answer>(_ question: () throws(LogFailure) -> Answer) throws(LaneFailure) -> Answer {
        switch try repeating(question) {
        case .success(let answer): return answer
        case .failure(let refusal): throw .log(refusal)
        }
    }

    /// The same for calls after whose refusal the lane can go on in another way.
    func insistingOrRefused(_ question: () throws(LogFailure) -> Void) throws(LaneFailure) -> LogFailure? {
        switch try repeating(question) {
        case .success: return nil
        case .failure(let refusal): return refusal
        }
    }

    private func repeating<Answer>(
        _ question: () throws(LogFailure) -> Answer
    ) throws(LaneFailure) -> Result<Answer, LogFailure> {
        let deadlineMs = clock.monotonicMs() + settings.retryMs
        while true {
            do throws(LogFailure) {
                return .success(try question())
            } catch {
                guard case .retriable(let reason) = error else { return .failure(error) }
                observer.heartbeat()
                if mailbox.isStopping { throw .stopping }
                if clock.monotonicMs() >= deadlineMs { throw .unavailable(reason: reason) }
            }
        }
    }
}
