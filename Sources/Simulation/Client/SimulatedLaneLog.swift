import RecordLog
import SagaKernel

/// What a lane talks to: a client of the simulated broker that behaves as `KafkaLaneLog` does over librdkafka.
///
/// Every call takes virtual time, may find the broker away, may be the last one that its process makes, or may be
/// followed by a pause in which everybody else goes on. The rules of the client that exactly-once stands on are the
/// same as there: a producer is replaced after every request that took so long that it could have been sent twice;
/// transactions without input commit once more what is committed; what is offered is asked about before it is taken.
final class SimulatedLaneLog: LaneLog, @unchecked Sendable {
    unowned let world: World
    let process: CoordinatorProcess
    let inputs: [String]
    var outputs: [String] = []

    // Membership.
    enum Membership {
        case outside
        case joining(id: Int)
        case member(id: Int, generation: Int)
    }

    enum Holding: Equatable {
        case nothing
        case offered([Int32])
        case assigned([Int32])
    }

    var membership = Membership.outside
    var holding = Holding.nothing
    /// Who this member was when it got its partitions.
    var identity: (id: Int, generation: Int)?
    var isLost = false
    var mustAskGroup = true
    var positions: [Place: Int64] = [:]
    var fence: [Place: Int64] = [:]
    let lent = LentRecords()
    var isWaiting = false

    // Producing.
    var epoch = 0
    var isOpen = false
    var begunMs: Int64 = 0
    var mustRecycle = false
    var mayHaveBeenReplaced = false
    var queued: [(place: Place, record: SimulatedRecord)] = []

    init(_ world: World, _ process: CoordinatorProcess, inputs: [String]) {
        self.world = world
        self.process = process
        self.inputs = inputs
    }

    var broker: SimulatedBroker { world.broker }
    var nowMs: Int64 { world.scheduler.nowMs }
    var isExactlyOnce: Bool { world.options.guarantee == .exactlyOnce }
    var isReachable: Bool { process.isConnected && world.isBrokerUp }

    func join() throws(LogFailure) {
        try enter("join")
        if isExactlyOnce { try initialise() }
    }

    func partitionCount(topic: String) throws(LogFailure) -> Int? {
        try enter("partitionCount")
        return try answered("partitionCount") { broker.partitionCount(topic) }
    }

    func output(topic: String) throws(LogFailure) -> Int {
        try enter("output")
        if let known = outputs.firstIndex(of: topic) { return known }
        guard broker.partitionCount(topic) != nil else { throw .fatal(reason: "there is no topic \(topic)") }
        outputs.append(topic)
        return outputs.count - 1
    }

    func openReader(topic: String, partitions: [Int32]) throws(LogFailure) -> any LogReader {
        try enter("openReader")
        return SimulatedReader(self, partitions.map { Place(topic: topic, partition: $0) })
    }

    var wake: @Sendable () -> Void {
        { [self] in if isWaiting, let fiber = process.fiber { world.scheduler.wake(fiber) } }
    }

    func leave() {
        lent.takeBack()
        world.note(process.name, "leaves")
        guard !process.hasCrashed, isOpen, isExactlyOnce, isReachable else { return }
        // A static member does not say goodbye to the group; but an open transaction would hold up its readers.
        do throws(SimulatedBroker.TransactionError) {
            try broker.endTransaction(process.instance, epoch: epoch, commits: false)
        } catch {
            world.note(process.name, "leaves its transaction to its timeout: \(error)")
        }
    }
}

extension SimulatedLaneLog {
    /// The beginning of every call: where a process can end, stand still, or be late.
    func enter(_ call: String) throws(LogFailure) {
        world.note(process.name, call)
        try checkAlive()
        world.faults.strike(process, before: call)
        try rest(0)
    }

    func checkAlive() throws(LogFailure) {
        if process.hasCrashed { throw .fatal(reason: "the process has crashed") }
    }

    /// Lets time pass; ends early only where somebody wakes the process.
    func rest(_ durationMs: Int64) throws(LogFailure) {
        guard let fiber = process.fiber else { throw .fatal(reason: "the process has no thread") }
        if durationMs > 0 { world.scheduler.park(fiber, untilMs: nowMs + durationMs) }
        while process.isPaused, !process.hasCrashed { world.scheduler.park(fiber, untilMs: process.pausedUntilMs) }
        try checkAlive()
    }

    /// Lets all of the time pass, whoever wakes the process: a client that sends a request again waits for its backoff
    /// also where the connection has come back meanwhile.
    func rest(wholly durationMs: Int64) throws(LogFailure) {
        let endMs = nowMs + durationMs
        while nowMs < endMs { try rest(endMs - nowMs) }
    }

    /// Sends a request until an answer comes. A request whose answer is lost was worked off all the same, and is sent
    /// again: `body` must be one that can be.
    ///
    /// - Returns: nil where no answer came in time.
    func request<Answer>(_ body: () -> Answer) throws(LogFailure) -> Answer? {
        let deadlineMs = nowMs + world.options.operationTimeoutMs
        while true {
            world.faults.strike(process, before: "a request")
            try rest(world.latencyMs())
            if isReachable {
                let answer = body()
                try rest(world.latencyMs())
                if isReachable { return answer }
            }
            guard nowMs < deadlineMs else { return nil }
            try rest(min(deadlineMs - nowMs, world.backoffMs()))
        }
    }

    func answered<Answer>(_ what: String, _ body: () -> Answer) throws(LogFailure) -> Answer {
        guard let answer = try request(body) else { throw .retriable(reason: "\(what): no answer") }
        return answer
    }
}
