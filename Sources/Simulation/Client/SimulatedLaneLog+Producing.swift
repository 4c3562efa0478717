import RecordLog
import SagaKernel
import TestSeed

extension SimulatedLaneLog {
    var isTransactional: Bool { isExactlyOnce }

    func begin() throws(LogFailure) {
        if mustRecycle, !Mutant.keepsProducerAfterUnknownOutcome.isOn { try recycleProducer() }
        try enter("begin")
        begunMs = nowMs
        isOpen = true
    }

    func produce(
        output: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: HeaderBlock
    ) throws(LogFailure) {
        try checkAlive()
        world.faults.strike(process, before: "produce")
        try rest(0)
        let chosen = partition >= 0 ? partition : 0
        guard chosen < broker.settings.partitions else { throw .fatal(reason: "there is no partition \(partition)") }
        let record = SimulatedRecord(
            key: Array(key), value: value.map { Array($0) }, headers: SimulatedLaneLog.copies(of: headers))
        queued.append((Place(topic: outputs[output], partition: chosen), record))
        // The client sends in the background whenever it pleases, so that a turn that comes to nothing has often left
        // something in the log.
        if world.random.chance(1, in: 12), isReachable, isExactlyOnce { try send() }
    }

    private static func copies(of block: HeaderBlock) -> [(name: [UInt8], value: [UInt8]?)] {
        block.entries.map { entry in
            let name = block.bytes[Int(entry.nameStart)...].prefix(Int(entry.nameLength))
            let value = block.bytes[Int(entry.valueStart)...].prefix(Int(max(0, entry.valueLength)))
            return (Array(name), entry.valueLength < 0 ? nil : Array(value))
        }
    }

    func barrier() throws(LogFailure) {
        try enter("barrier")
        if !isExactlyOnce { try flush() }
    }

    func commit(positions inputs: [InputPosition]) throws(LogFailure) {
        try enter("commit")
        var offsets: [Place: Int64] = [:]
        for input in inputs {
            offsets[Place(topic: self.inputs[input.topic], partition: input.partition)] = input.offset
        }
        do throws(LogFailure) {
            if isExactlyOnce { try commitTransaction(offsets) } else { try commitApart(offsets) }
        } catch {
            if case .partitionsLost = error { isLost = true }
            throw error
        }
    }

    private func commitTransaction(_ offsets: [Place: Int64]) throws(LogFailure) {
        try flush()
        let proven = offsets.isEmpty && !Mutant.provesNothingWithoutInput.isOn ? fence : offsets
        let sentMs = nowMs
        if !proven.isEmpty { try sendOffsets(proven) }
        noteDuration(sinceMs: sentMs)
        try endTransaction(commits: true)
        for (place, offset) in proven where fence[place] != nil { fence[place] = offset }
        world.note(process.name, "committed")
    }

    private func sendOffsets(_ offsets: [Place: Int64]) throws(LogFailure) {
        guard let identity else { throw .partitionsLost(reason: "this member holds no partitions") }
        var standing = GroupCoordinator.Standing.ok
        try transactionally("commit offsets") { () throws(SimulatedBroker.TransactionError) in
            standing = try broker.add(
                offsets: offsets, as: process.instance, epoch: epoch, member: identity.id,
                generation: identity.generation)
        }
        try expect(standing)
    }

    private func expect(_ standing: GroupCoordinator.Standing) throws(LogFailure) {
        switch standing {
        case .ok: return
        case .fenced: throw .fenced(reason: "another process is this member")
        case .unknown, .rebalancing: throw .partitionsLost(reason: "another generation")
        }
    }

    private func commitApart(_ offsets: [Place: Int64]) throws(LogFailure) {
        if Mutant.commitsOffsetsFirst.isOn { try commitOffsets(offsets) }
        try flush()
        isOpen = false
        if !Mutant.commitsOffsetsFirst.isOn { try commitOffsets(offsets) }
        world.note(process.name, "committed")
    }

    private func commitOffsets(_ offsets: [Place: Int64]) throws(LogFailure) {
        guard !offsets.isEmpty else { return }
        guard let identity else { throw .partitionsLost(reason: "this member holds no partitions") }
        let standing = try request { () -> GroupCoordinator.Standing in
            let standing = broker.group.accepts(process.instance, identity.id, generation: identity.generation)
            if standing == .ok { broker.commit(offsets: offsets) }
            return standing
        }
        guard let standing else { throw .outcomeUnknown(reason: "the offsets were not answered") }
        try expect(standing)
    }

    /// Sends everything that is queued. Without transactions the client is not idempotent: an answer that gets lost
    /// makes it send the same records twice.
    func flush() throws(LogFailure) {
        guard !queued.isEmpty else { return }
        if isExactlyOnce { return try send() }
        let records = queued
        var begun = false
        let isDone = try request { () -> Bool in
            if begun { world.note(process.name, "sends again") }
            begun = true
            for (place, record) in records { broker.append(record, to: place) }
            return true
        }
        queued = []
        if isDone == nil { throw .abortRequired(reason: "the records were not delivered") }
    }

    private func send() throws(LogFailure) {
        let records = queued
        queued = []
        var isSent = false
        try transactionally("produce") { () throws(SimulatedBroker.TransactionError) in
            // Numbered records: what has arrived is not written once more.
            if isSent { return }
            try broker.produce(records, as: process.instance, epoch: epoch)
            isSent = true
        }
    }

    /// Repeats a request for as long as the transaction before is still being ended.
    private func transactionally(
        _ what: String, _ body: () throws(SimulatedBroker.TransactionError) -> Void
    ) throws(LogFailure) {
        let deadlineMs = nowMs + world.options.operationTimeoutMs
        while true {
            let result = try request {
                Result { () throws(SimulatedBroker.TransactionError) in try body() }
            }
            switch result {
            case .success: return
            case .failure(.fenced): throw fenced(what)
            case .failure(.concurrent), nil:
                guard nowMs < deadlineMs else { throw .abortRequired(reason: "\(what): not in time") }
                try rest(20)
            case .failure(.invalidState): throw .outcomeUnknown(reason: "\(what): refused")
            }
        }
    }

    private func fenced(_ what: String) -> LogFailure {
        // A transaction that outlived its timeout was ended with a new epoch, which looks like another process.
        mayHaveBeenReplaced = true
        let outlived = nowMs - begunMs >= world.options.transactionTimeoutMs
        return outlived ? .outcomeUnknown(reason: "\(what): outlived") : .fenced(reason: "\(what): replaced")
    }

    /// Asks for the end of the transaction. A request that got stuck on its way is sent again; it may arrive later all
    /// the same, and then ends whatever the producer has open with the same epoch.
    func endTransaction(commits: Bool) throws(LogFailure) {
        let sentMs = nowMs
        let (instance, epoch) = (process.instance, epoch)
        if world.faults.delaysEnd() {
            let lateMs = world.faults.lateMs()
            world.note(process.name, "the end of the transaction is stuck for \(lateMs) ms")
            world.scheduler.after(lateMs) { [world] in
                guard world.isBrokerUp else { return }
                do throws(SimulatedBroker.TransactionError) {
                    try world.broker.endTransaction(instance, epoch: epoch, commits: commits)
                } catch {
                    world.note("broker", "refuses the late end of a transaction of \(instance): \(error)")
                }
            }
            try rest(wholly: world.options.retryBackoffMs + world.latencyMs())
            // Either it is sent again, or nobody answers until the client gives up.
            if world.random.chance(1, in: 2) {
                try rest(world.options.operationTimeoutMs)
                isOpen = false
                noteDuration(sinceMs: sentMs)
                throw .outcomeUnknown(reason: "the end of the transaction was not answered")
            }
        }
        let result = try request {
            Result { () throws(SimulatedBroker.TransactionError) in
                try broker.endTransaction(instance, epoch: epoch, commits: commits)
            }
        }
        isOpen = false
        noteDuration(sinceMs: sentMs)
        switch result {
        case .success: return
        case .failure(.fenced): throw fenced("end the transaction")
        case .failure(.concurrent), .failure(.invalidState), nil:
            throw .outcomeUnknown(reason: "the end of the transaction was not answered")
        }
    }

    private func noteDuration(sinceMs: Int64) {
        guard nowMs - sinceMs >= world.options.retryBackoffMs else { return }
        mustRecycle = true
        mayHaveBeenReplaced = true
    }

    func abort() throws(LogFailure) {
        try enter("abort")
        queued = []
        guard isOpen else { return }
        if isExactlyOnce { try endTransaction(commits: false) }
        isOpen = false
    }

    func recycleProducer() throws(LogFailure) {
        try enter("recycle")
        queued = []
        isOpen = false
        guard isExactlyOnce else { return }
        if mayHaveBeenReplaced, let identity {
            let standing = try answered("prove identity") {
                broker.group.accepts(process.instance, identity.id, generation: identity.generation)
            }
            if standing == .fenced { throw .fenced(reason: "another process is this member") }
        }
        try initialise()
    }

    func initialise() throws(LogFailure) {
        let deadlineMs = nowMs + world.options.operationTimeoutMs
        while true {
            // The epoch rises with every request that arrives, also with one whose answer is lost.
            let result = try request {
                Result { () throws(SimulatedBroker.TransactionError) in
                    let before = broker.epoch(of: process.instance)
                    defer { if broker.epoch(of: process.instance) != before { world.successions.initialises(process) } }
                    return try broker.initialiseProducer(process.instance)
                }
            }
            if case .success(let newEpoch) = result {
                epoch = newEpoch
                mustRecycle = false
                mayHaveBeenReplaced = false
                return
            }
            guard nowMs < deadlineMs else { throw .retriable(reason: "the producer could not begin") }
            try rest(50)
        }
    }
}
