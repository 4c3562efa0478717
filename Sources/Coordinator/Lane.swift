public import Contract
public import Logging
public import RecordLog
import SagaKernel

/// One thread that owns some partitions: their sagas, their timers, one consumer and one producer.
///
/// A turn takes a batch of records and the timers that are due, decides on an overlay, writes, commits, and only then
/// changes its memory. Whatever goes wrong in between, the memory is what the log holds: either the turn is written
/// again, or the memory is thrown away and read back.
public final class Lane {
    let log: any LaneLog
    let settings: LaneSettings
    let clock: any LaneClock
    let observer: any LaneObserver
    let logger: Logger
    let mailbox: LaneMailbox
    let writer: TurnWriter
    let owner: String

    var turn: Turn
    /// What the group gave and has not taken back; nil: nothing, so that there is nothing to answer either.
    var held: [Int32]?
    var stores: [Int32: PartitionStore] = [:]
    var overlay = Overlay()
    /// Follows the partitions' own snapshots, where the broker cannot keep a former owner from writing.
    var tail: (any LogReader)?
    /// Requests that have not been told of the new catalogue yet.
    var catalogueSweep: [(partition: Int32, id: RequestID)] = []
    /// Turns in which timers were looked at.
    var timerTurns = 0
    /// How often partitions were taken, for telling the claims of one lane apart.
    var takings = 0
    /// Since when the partitions are lost and nothing new was assigned; nil: they are not.
    var lostAtMs: Int64?

    /// What a lane needs besides its log.
    public struct Parts: Sendable {
        public var settings: LaneSettings
        public var subjectKey: SubjectKey
        public var plans: LanePlans
        public var clock: any LaneClock
        public var directory: any RequestDirectory
        public var observer: any LaneObserver
        public var logger: Logger
        /// The `ce_source` of what it writes.
        public var source: String
        /// Tells this lane, in this start of its process, from every other: what its claims bear (see DESIGN, "Terms").
        public var owner: String

        public init(
            settings: LaneSettings, subjectKey: SubjectKey, plans: LanePlans, clock: any LaneClock,
            directory: any RequestDirectory, observer: any LaneObserver, logger: Logger, source: String, owner: String
        ) {
            self.settings = settings
            self.subjectKey = subjectKey
            self.plans = plans
            self.clock = clock
            self.directory = directory
            self.observer = observer
            self.logger = logger
            self.source = source
            self.owner = owner
        }
    }

    public init(log: any LaneLog, parts: Parts, mailbox: LaneMailbox) {
        self.log = log
        settings = parts.settings
        clock = parts.clock
        observer = parts.observer
        logger = parts.logger
        self.mailbox = mailbox
        owner = parts.owner
        writer = TurnWriter(
            log: log, topics: parts.settings.topics, source: parts.source,
            recordBytesMax: parts.settings.recordBytesMax)
        turn = Turn(
            settings: parts.settings,
            subjectKey: parts.subjectKey, directory: parts.directory, plans: parts.plans)
    }

    /// Works until the mailbox says stop. Blocks its thread.
    ///
    /// - Throws: what it cannot go on with. The log is left closed in every case.
    public func run() throws(LaneFailure) {
        let log = log
        defer {
            mailbox.onPost(nil)
            tail?.close()
            log.leave()
        }
        mailbox.onPost(log.wake)
        do throws(LaneFailure) {
            try start()
            while !mailbox.isStopping { try step() }
        } catch {
            if case .stopping = error { return }
            throw error
        }
    }

    /// Everything that must hold before the first record is taken; separate from `step` for drivers that own the loop.
    public func start() throws(LaneFailure) {
        try checkTopics(connectors: turn.plans.connectors)
        try asking { () throws(LogFailure) in
            try writer.open(connectors: turn.plans.connectors.sorted())
            try log.join()
        }
    }

    /// One look at the log and what follows from it.
    public func step() throws(LaneFailure) {
        observer.heartbeat()
        try takeMail()
        if let lostAtMs, clock.monotonicMs() - lostAtMs > settings.retryMs {
            throw .unavailable(reason: "the partitions were lost, and the group did not assign any anew")
        }
        let poll: LanePoll
        do throws(LogFailure) {
            poll = try log.poll(maxRecords: settings.turnRecordsMax, timeoutMs: patienceMs)
        } catch {
            return try recover(from: error, whileDoing: "polling")
        }
        switch poll {
        case .nothing: try work(UnsafeBufferPointer(start: nil, count: 0))
        case .records(let records): try work(records)
        case .assigned(let partitions): try take(partitions)
        case .revoked(let lost): try give(lost: lost)
        }
    }

    /// By partition.
    var storesInOrder: [PartitionStore] { stores.keys.sorted().compactMap { stores[$0] } }

    /// How long to wait for a first record: until the next timer is due, but not for ever. The log gathers further ones
    /// for a commit interval.
    private var patienceMs: Int {
        if !catalogueSweep.isEmpty { return 0 }
        // What a former owner wrote over may not stay the newest record until a cleaner has come by.
        if stores.values.contains(where: { !$0.contents.overruled.isEmpty }) { return 0 }
        guard let earliestMs = stores.values.compactMap({ $0.timers.earliestMs }).min() else {
            return settings.idleMs
        }
        let untilMs = earliestMs - clock.now().milliseconds
        return Int(min(max(untilMs, 0), Int64(settings.idleMs)))
    }
}

extension Lane {
    /// Refuses to begin where a topic is missing or the partitions of one topic would not meet those of another.
    func checkTopics(connectors: Set<String>) throws(LaneFailure) {
        let tasks = connectors.sorted().map { settings.topics.tasks(connector: $0) }
        var counts: [(topic: String, partitions: Int)] = []
        for topic in settings.topics.coPartitioned + tasks {
            let count = try asking { () throws(LogFailure) in try log.partitionCount(topic: topic) }
            guard let count else { throw .missingTopic(topic) }
            counts.append((topic, count))
        }
        if Set(counts.map(\.partitions)).count > 1 { throw .unequalPartitions(counts) }
        turn.partitionCount = counts.first.flatMap { Int32(exactly: $0.partitions) } ?? 0
        let deadLetters = settings.topics.deadLetters
        let count = try asking { () throws(LogFailure) in try log.partitionCount(topic: deadLetters) }
        if count == nil { throw .missingTopic(deadLetters) }
    }

    private func takeMail() throws(LaneFailure) {
        guard let plans = mailbox.takePlans() else { return }
        do throws(LaneFailure) {
            try checkTopics(connectors: plans.connectors)
        } catch {
            if case .log(.retriable) = error {
                // Nothing is wrong with the catalogue: it is asked about again, unless a newer one has come meanwhile.
                mailbox.putBack(plans)
            } else {
                logger.error("the new catalogue is not used", metadata: [LogKey.reason: "\(error)"])
            }
            return
        }
        turn.use(plans)
        // Also those that have the present plan: their status may say that it is outdated.
        catalogueSweep = storesInOrder.flatMap { store in store.ids.map { (store.partition, $0) } }
        logger.info("the catalogue was reloaded", metadata: [LogKey.sagas: "\(catalogueSweep.count)"])
    }
}

/// Keys of log metadata.
enum LogKey {
    static let reason = "reason"
    static let partitions = "kafka.partitions"
    static let partition = "kafka.partition"
    static let topic = "kafka.topic"
    static let sagas = "sagas"
    static let records = "records"
    static let durationMs = "duration_ms"
    static let lost = "lost"
    static let request = "request.id"
    static let state = "request.state"
}
