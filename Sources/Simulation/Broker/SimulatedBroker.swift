/// A broker in memory that does to a coordinator everything that a real one can.
///
/// What is simulated is what can be observed from outside of one: topics, transactions, a group, committed offsets,
/// cleaning. Requests arrive by plain calls; what the network does to them happens in the client.
final class SimulatedBroker {
    struct Settings {
        var partitions: Int32
        var transactionTimeoutMs: Int64
        var sessionTimeoutMs: Int64
        var rebalanceTimeoutMs: Int64
        var tombstonesLiveMs: Int64
        /// The longest that a marker takes from the decision to its partition.
        var markerDelayMaxMs: Int
    }

    let settings: Settings
    let scheduler: Scheduler
    unowned let world: World
    private var logs: [Place: PartitionLog] = [:]
    private var topics: Set<String>
    /// Offsets that the group has committed.
    private(set) var committed: [Place: Int64] = [:]
    /// Offsets that transactions will have committed once their marker is written.
    private var pendingOffsets: [Int: [Place: Int64]] = [:]
    private(set) var transactions: [String: ProducerState] = [:]
    private var nextTransaction = 1
    lazy var group = GroupCoordinator(self)

    /// What one transactional identity is doing.
    struct ProducerState {
        enum Phase: Equatable {
            case idle
            case ongoing(Int)
            /// Decided; markers are on their way.
            case ending(Int, commits: Bool)
        }

        var epoch = 0
        var phase = Phase.idle
        var places: Set<Place> = []
        var records: [(place: Place, record: SimulatedRecord)] = []
    }

    enum TransactionError: Error, Equatable {
        /// The epoch is not the present one.
        case fenced
        /// The transaction before is still being ended.
        case concurrent
        /// There is nothing to end.
        case invalidState
    }

    init(settings: Settings, topics: [String], scheduler: Scheduler, world: World) {
        self.settings = settings
        self.scheduler = scheduler
        self.world = world
        self.topics = Set(topics)
        for topic in topics {
            for partition in 0..<settings.partitions {
                logs[Place(topic: topic, partition: partition)] = PartitionLog()
            }
        }
    }

    func partitionCount(_ topic: String) -> Int? { topics.contains(topic) ? Int(settings.partitions) : nil }

    func log(_ place: Place) -> PartitionLog {
        guard let log = logs[place] else { preconditionFailure("there is no \(place.topic)/\(place.partition)") }
        return log
    }

    /// Appends outside of transactions.
    func append(_ record: SimulatedRecord, to place: Place) {
        let offset = log(place).append(record, transaction: nil, nowMs: scheduler.nowMs)
        world.appended(place, offset, record, transaction: nil)
        world.committed([(place, record)])
        world.wakeReaders()
    }

    /// Offsets, and whether any of them may still change: a transaction that covers it is being ended, or open.
    func fetchCommitted(_ places: [Place]) -> [Place: Int64]? {
        for offsets in pendingOffsets.values where places.contains(where: { offsets[$0] != nil }) { return nil }
        return committed.filter { places.contains($0.key) }
    }

    /// Whether the group has not read everything that can be read in these topics.
    func hasUnread(_ topics: [String]) -> Bool {
        logs.contains { place, log in
            topics.contains(place.topic)
                && !log.read(from: max(committed[place] ?? 0, log.startOffset), max: 1).0.isEmpty
        }
    }

    func commit(offsets: [Place: Int64]) { committed.merge(offsets) { _, new in new } }

    func compact(_ topics: [String], youngestMs: Int64) {
        for place in logs.keys.sorted() where topics.contains(place.topic) {
            log(place).compact(
                nowMs: scheduler.nowMs, tombstonesLiveMs: settings.tombstonesLiveMs, youngestMs: youngestMs)
        }
    }

    /// Forgets old records of the inputs that the group has read. What it has not read is kept: a broker that deletes
    /// unread requests loses them, and nothing behind it can help.
    func expire(_ topics: [String], olderThanMs: Int64) {
        for place in logs.keys.sorted() where topics.contains(place.topic) {
            log(place).expire(olderThanMs: olderThanMs, below: committed[place] ?? 0)
        }
    }
}

extension SimulatedBroker {
    /// The newest epoch of an identity; 0 before its first.
    func epoch(of identity: String) -> Int { transactions[identity]?.epoch ?? 0 }

    /// Makes a new epoch for an identity; what the one before left open is aborted first.
    func initialiseProducer(_ identity: String) throws(TransactionError) -> Int {
        var state = transactions[identity] ?? ProducerState()
        switch state.phase {
        case .idle:
            state.epoch += 1
            transactions[identity] = state
            return state.epoch
        case .ongoing(let transaction):
            // The epoch rises at once: whatever the predecessor still sends is refused.
            state.epoch += 1
            transactions[identity] = state
            decide(identity, transaction, commits: false)
            throw .concurrent
        case .ending: throw .concurrent
        }
    }

    func produce(
        _ records: [(place: Place, record: SimulatedRecord)], as identity: String, epoch: Int
    ) throws(TransactionError) {
        let transaction = try openTransaction(identity, epoch)
        for (place, record) in records {
            transactions[identity]?.places.insert(place)
            transactions[identity]?.records.append((place, record))
            let offset = log(place).append(record, transaction: transaction, nowMs: scheduler.nowMs)
            world.appended(place, offset, record, transaction: transaction)
        }
    }

    /// Takes offsets into a transaction, where the group still knows the member. It looks at the member when it takes
    /// the offsets, not before: a request that comes late is judged by what the group is then.
    ///
    /// - Parameters:
    ///   - identity: the producer's, and the member's instance.
    ///   - member: its number in the group.
    func add(
        offsets: [Place: Int64], as identity: String, epoch: Int, member: Int, generation: Int
    ) throws(TransactionError) -> GroupCoordinator.Standing {
        let standing = group.accepts(identity, member, generation: generation)
        guard standing == .ok else { return standing }
        let transaction = try openTransaction(identity, epoch)
        pendingOffsets[transaction, default: [:]].merge(offsets) { _, new in new }
        return .ok
    }

    private func openTransaction(_ identity: String, _ epoch: Int) throws(TransactionError) -> Int {
        guard var state = transactions[identity], state.epoch == epoch else { throw .fenced }
        switch state.phase {
        case .ongoing(let transaction): return transaction
        case .ending: throw .concurrent
        case .idle:
            let transaction = nextTransaction
            nextTransaction += 1
            state.phase = .ongoing(transaction)
            state.places = []
            state.records = []
            transactions[identity] = state
            scheduler.after(settings.transactionTimeoutMs) { [self] in giveUp(identity, transaction) }
            return transaction
        }
    }

    /// A transaction that takes too long is aborted, and whoever had it open is refused from then on.
    private func giveUp(_ identity: String, _ transaction: Int) {
        guard transactions[identity]?.phase == .ongoing(transaction) else { return }
        world.note("broker", "transaction \(transaction) of \(identity) timed out")
        transactions[identity]?.epoch += 1
        decide(identity, transaction, commits: false)
    }

    func endTransaction(_ identity: String, epoch: Int, commits: Bool) throws(TransactionError) {
        guard let state = transactions[identity], state.epoch == epoch else { throw .fenced }
        switch state.phase {
        case .ongoing(let transaction): decide(identity, transaction, commits: commits)
        // The same request once more.
        case .ending(_, let decided): if decided != commits { throw .invalidState }
        case .idle: break
        }
    }

    /// From here on the outcome is certain; readers learn it partition by partition.
    private func decide(_ identity: String, _ transaction: Int, commits: Bool) {
        guard let state = transactions[identity] else { return }
        transactions[identity]?.phase = .ending(transaction, commits: commits)
        world.note("broker", "transaction \(transaction) of \(identity) \(commits ? "commits" : "aborts")")
        if commits { world.committed(state.records) }
        var missing = state.places.count + 1
        let finish = { [self] in
            missing -= 1
            if missing == 0 { transactions[identity]?.phase = .idle }
            world.wakeReaders()
        }
        for place in state.places.sorted() {
            scheduler.after(world.markerDelayMs()) { [self] in
                log(place).mark(transaction, commits: commits, nowMs: scheduler.nowMs)
                finish()
            }
        }
        scheduler.after(world.markerDelayMs()) { [self] in
            if let offsets = pendingOffsets.removeValue(forKey: transaction), commits { commit(offsets: offsets) }
            finish()
        }
    }
}
