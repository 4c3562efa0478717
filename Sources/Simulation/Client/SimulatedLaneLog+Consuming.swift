import Coordinator
import RecordLog
import TestSeed

extension SimulatedLaneLog {
    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> LanePoll {
        lent.takeBack()
        try enter("poll")
        let deadlineMs = nowMs + Int64(timeoutMs)
        while true {
            if let change = try membershipChange() { return change }
            if case .assigned(let partitions) = holding, isReachable {
                let found = fetch(partitions, max: maxRecords)
                if !found.isEmpty { return .records(lent.lend(found)) }
            }
            guard nowMs < deadlineMs, let fiber = process.fiber else { return .nothing }
            isWaiting = true
            world.scheduler.park(fiber, untilMs: deadlineMs)
            isWaiting = false
            try rest(world.gatherMs())
            if process.mailbox.isStopping { return .nothing }
        }
    }

    /// Whether there is something that a waiting `poll` would hand out.
    var hasSomething: Bool {
        positions.contains { broker.log($0.key).lastStableOffset > $0.value }
    }

    private func fetch(_ partitions: [Int32], max limit: Int) -> [LentRecords.Item] {
        var found: [LentRecords.Item] = []
        // Partitions answer in any order, and none has to answer with all it has.
        var places = inputs.indices.flatMap { topic in partitions.map { (topic: topic, partition: $0) } }
        places.shuffle(using: &world.random)
        for (topic, partition) in places {
            let place = Place(topic: inputs[topic], partition: partition)
            let log = broker.log(place)
            let most = min(limit - found.count, 1 + world.random.below(world.options.fetchRecordsMax))
            guard most > 0 else { break }
            let (entries, position) = log.read(from: max(positions[place] ?? 0, log.startOffset), max: most)
            positions[place] = position
            found += entries.map { LentRecords.Item(topic: topic, partition: partition, entry: $0) }
        }
        return found
    }

    /// What the group has decided, as far as it has come through.
    private func membershipChange() throws(LogFailure) -> LanePoll? {
        guard mustAskGroup, isReachable else { return nil }
        switch membership {
        case .outside:
            let (process, world) = (process, world)
            let id = broker.group.join(
                process.instance, isHeard: { process.isBeating && world.isBrokerUp },
                notify: { [self] in hearLater() })
            world.successions.joins(process)
            membership = .joining(id: id)
            return nil
        case .joining(let id):
            switch broker.group.accepts(process.instance, id, generation: broker.group.generation) {
            case .fenced: throw .fenced(reason: "another process is this member")
            case .unknown, .rebalancing:
                membership = .outside
                return nil
            case .ok: break
            }
            guard let (generation, partitions) = broker.group.assignment(process.instance, id) else {
                mustAskGroup = false
                return nil
            }
            membership = .member(id: id, generation: generation)
            identity = (id, generation)
            holding = .offered(partitions)
            return .assigned(partitions)
        case .member(let id, let generation):
            mustAskGroup = false
            switch broker.group.standing(process.instance, id, generation: generation) {
            case .ok: return nil
            case .fenced: throw .fenced(reason: "another process is this member")
            case .rebalancing: return .revoked(lost: isLost)
            case .unknown: return .revoked(lost: true)
            }
        }
    }

    /// News come with a heartbeat, so some time after the group has decided. A process that stood still goes on where
    /// it was, and hears of it only afterwards: that is what makes it a zombie.
    private func hearLater() {
        world.scheduler.after(world.heartbeatMs()) { [self] in
            guard process.isPaused else { return hear() }
            let pauseMs = process.pausedUntilMs - nowMs
            world.scheduler.after(pauseMs) { [self] in hearLater() }
        }
    }

    func hear() {
        mustAskGroup = true
        if isWaiting, process.isBeating, let fiber = process.fiber { world.scheduler.wake(fiber) }
    }

    func assign(partitions: [Int32]) throws(LogFailure) {
        try enter("assign")
        guard holding != .nothing, let identity else { throw .partitionsLost(reason: "nothing is offered") }
        holding = .offered(partitions)
        positions = [:]
        let places = inputs.flatMap { topic in partitions.map { Place(topic: topic, partition: $0) } }
        let deadlineMs = nowMs + world.options.operationTimeoutMs
        var committed: [Place: Int64]?
        while committed == nil {
            // Offsets that a transaction may still change are not given out.
            committed = try answered("committed offsets") { broker.fetchCommitted(places) }
            if committed == nil {
                guard nowMs < deadlineMs else { throw .retriable(reason: "the committed offsets are not stable") }
                try rest(50)
            }
        }
        let standing = try answered("assign") {
            broker.group.standing(process.instance, identity.id, generation: identity.generation)
        }
        guard standing == .ok else {
            hear()
            throw .partitionsLost(reason: "the group went on meanwhile")
        }
        for place in places { positions[place] = committed?[place] ?? 0 }
        fence = [:]
        if let first = places.first { fence[first] = positions[first] }
        holding = .assigned(partitions)
    }

    func unassign() throws(LogFailure) {
        try enter("unassign")
        lent.takeBack()
        holding = .nothing
        positions = [:]
        fence = [:]
        isLost = false
        identity = nil
        mustAskGroup = true
        guard case .member(let id, _) = membership else { return }
        switch broker.group.rejoin(process.instance, id) {
        case .ok: membership = .joining(id: id)
        case .unknown, .rebalancing: membership = .outside
        case .fenced: throw .fenced(reason: "another process is this member")
        }
    }
}
