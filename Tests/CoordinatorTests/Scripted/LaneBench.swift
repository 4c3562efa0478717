import Contract
import Coordinator
import Logging
import RecordLog
import SagaKernel
import Synchronization
import Testing

/// A lane that a test drives step by step over a scripted log, in virtual time.
final class LaneBench {
    static let hub = "contoso.azure-devices.net"
    static let topics = TopicNames(prefix: "t.")

    let broker: ScriptedBroker
    let guarantee: ScriptedLog.Guarantee
    let clock = ManualClock()
    let observer = HeardObserver()
    let directory = GivenDirectory()
    private(set) var log: ScriptedLog
    private(set) var lane: Lane
    private(set) var mailbox = LaneMailbox()
    private let change: (inout LaneSettings) -> Void

    init(
        _ guarantee: ScriptedLog.Guarantee = .exactlyOnce, partitions: Int = 2, plans: [HubPlan] = [plan()],
        moreConnectors: [String] = [], change: @escaping (inout LaneSettings) -> Void = { _ in }
    ) throws {
        self.guarantee = guarantee
        self.change = change
        var names = Self.topics.coPartitioned + [Self.topics.deadLetters]
        let connectors = Self.plans(plans).connectors.union(moreConnectors)
        names += connectors.map { Self.topics.tasks(connector: $0) }
        broker = ScriptedBroker(topics: Dictionary(uniqueKeysWithValues: names.map { ($0, partitions) }))
        log = ScriptedLog(broker: broker, inputs: Self.topics.inputs, guarantee: guarantee)
        let parts = try Self.parts(guarantee, plans, clock, observer, directory, change)
        lane = Lane(log: log, parts: parts, mailbox: mailbox)
    }

    /// Another process in the place of the one before, which hears nothing of it.
    func replaceLane(plans: [HubPlan] = [plan()]) throws {
        log = ScriptedLog(broker: broker, inputs: Self.topics.inputs, guarantee: guarantee)
        mailbox = LaneMailbox()
        let parts = try Self.parts(guarantee, plans, clock, observer, directory, change)
        lane = Lane(log: log, parts: parts, mailbox: mailbox)
    }

    /// Another lane over a log of one's own making.
    func lane(over log: ScriptedLog) throws -> Lane {
        let parts = try Self.parts(guarantee, [Self.plan()], clock, observer, directory, change)
        return Lane(log: log, parts: parts, mailbox: mailbox)
    }

    /// Starts, takes the partitions, and works until nothing is left to do.
    func start(_ partitions: [Int32] = [0, 1]) throws {
        try lane.start()
        log.tell(.assigned(partitions))
        try settle()
    }

    /// The process ends and another one takes its place.
    func restart(_ partitions: [Int32] = [0, 1], plans: [HubPlan] = [plan()]) throws {
        log.leave()
        try expectOrder()
        try replaceLane(plans: plans)
        try start(partitions)
    }

    /// Steps until a look at the log brings nothing and nothing is due.
    func settle() throws {
        for _ in 0..<200 {
            let before = log.polls.count
            log.forgetSteps()
            try lane.step()
            let isIdle = log.polls.count > before && log.polls.last?.records == 0 && log.polls.last?.timeoutMs != 0
            if isIdle, !log.steps.contains(.call(.begin)) { return }
        }
        Issue.record("the lane does not come to rest")
    }

    /// The order of calls that a log may rely on was kept.
    func expectOrder(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(log.violations == [], sourceLocation: sourceLocation)
    }

    static func plans(_ plans: [HubPlan]) -> LanePlans {
        LanePlans(plans: Dictionary(uniqueKeysWithValues: plans.map { ($0.host, $0) }))
    }

    /// A source and a sink, without settle times.
    static func plan(_ number: UInt64 = 1, change: (inout HubPlan) -> Void = { _ in }) -> HubPlan {
        var plan = HubPlan(
            host: hub, fingerprint: Fingerprint(high: number, low: 7),
            endpoints: [
                Endpoint(id: "registry", kind: "iot_hub_registry", connector: "hub", stage: .source),
                Endpoint(id: "archive", kind: "storage_container", connector: "files", stage: .sinks),
            ])
        change(&plan)
        return plan
    }

    private static func parts(
        _ guarantee: ScriptedLog.Guarantee, _ plans: [HubPlan], _ clock: ManualClock, _ observer: HeardObserver,
        _ directory: GivenDirectory, _ change: (inout LaneSettings) -> Void
    ) throws -> Lane.Parts {
        var settings = LaneSettings(topics: topics)
        settings.watchesForeignWrites = guarantee == .atLeastOnce
        change(&settings)
        return Lane.Parts(
            settings: settings, subjectKey: try SubjectKey(bytes: Array(repeating: 7, count: 32)),
            plans: Self.plans(plans), clock: clock, directory: directory, observer: observer,
            logger: Logger(label: "lane", factory: { _ in SwiftLogNoOpLogHandler() }), source: "/habeas/test",
            owner: "\(UInt64.random(in: 0 ... .max))")
    }
}

extension LaneBench {
    static func id(_ number: UInt64) -> RequestID { RequestID(high: 0xABCD, low: number) }

    func requestBytes(_ number: UInt64, device: String = "thermostat-17") -> [UInt8] {
        RequestWriter.bytes(
            RequestDraft(
                id: Self.id(number), type: .erasure, submitted: ManualClock.beginning,
                identities: [.device(hub: Self.hub, deviceID: device)]))
    }

    func submit(_ number: UInt64, device: String = "thermostat-17", partition: Int32 = 0) {
        write(Self.topics.requests, partition, key: "\(Self.id(number))", requestBytes(number, device: device))
    }

    func acknowledge(
        _ task: WorkerTask, _ verdict: Acknowledgement.Verdict = .completed(Completion(outcome: .erased)),
        partition: Int32? = nil
    ) {
        let bytes = AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "w", time: clock.now())
        write(Self.topics.acks, partition ?? task.replyPartition, key: "\(task.requestID)", bytes)
    }

    func command(_ verb: Command.Verb, _ number: UInt64, name: String, partition: Int32 = 0, home: Int32? = nil) {
        let command = Command(id: name, requestID: Self.id(number), verb: verb, reason: "INC-42", operator: "dana")
        let bytes = CommandWriter.bytes(command, homePartition: home, time: clock.now())
        write(Self.topics.commands, partition, key: "\(Self.id(number))", bytes)
    }

    func write(
        _ topic: String, _ partition: Int32, key: String, _ value: [UInt8]?,
        headers: [(name: String, value: String)] = []
    ) {
        broker.append(
            ScriptedBroker.Record(key: Array(key.utf8), value: value, headers: headers),
            to: ScriptedBroker.Place(topic: topic, partition: partition))
    }

    func write(_ topic: String, _ partition: Int32, key: String, text: String) {
        write(topic, partition, key: key, Array(text.utf8))
    }
}

extension LaneBench {
    /// Every task that a worker of this connector may see, in order.
    func tasks(_ connector: String) -> [WorkerTask] { taskValues(connector).compactMap { task(from: $0) } }

    /// One of them; a test without it has failed already.
    func task(_ connector: String, _ place: Int = 0) throws -> WorkerTask {
        let all = tasks(connector)
        try #require(all.count > place)
        return all[place]
    }

    func taskValues(_ connector: String) -> [[UInt8]] {
        broker.records(Self.topics.tasks(connector: connector)).compactMap(\.record.value)
    }

    func task(from value: [UInt8]) -> WorkerTask? {
        value.withUnsafeBytes { bytes in
            switch TaskReader().read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0)) {
            case .success(let task): task
            case .failure: nil
            }
        }
    }

    /// Every published status of a request, in order; nil is a tombstone.
    func statuses(_ number: UInt64) throws -> [StatusDocument?] {
        try values(Self.topics.status, number).map { try $0.map { try StatusDocument.decode($0) } }
    }

    func status(_ number: UInt64) throws -> StatusDocument {
        let last = try #require(try statuses(number).last)
        return try #require(last)
    }

    /// The events of the timeline as `event` or `event:code`.
    func timeline(_ number: UInt64) throws -> [String] {
        try values(Self.topics.timeline, number).flatMap { value in
            try TimelineDocument.decode(value ?? []).events.map { event in
                event.code.map { "\(event.event):\($0)" } ?? event.event
            }
        }
    }

    /// The snapshots of a request as they stand in the log, in order.
    func snapshots(_ number: UInt64) -> [[UInt8]?] { values(Self.topics.sagas, number) }

    func head(_ snapshot: [UInt8]?) throws -> SnapshotCodec.Head {
        try #require(snapshot).withUnsafeBytes { try SnapshotCodec.head(of: $0) }
    }

    func values(_ topic: String, _ number: UInt64) -> [[UInt8]?] {
        broker.records(topic).filter { $0.record.keyText == "\(Self.id(number))" }.map(\.record.value)
    }

    var deadLetters: [ScriptedBroker.Record] { broker.records(Self.topics.deadLetters).map(\.record) }

    var deadLetterCodes: [String] {
        deadLetters.map { letter in letter.headers.last { $0.name == "habeas.error.code" }?.value ?? "none" }
    }

    func high(_ topic: String, _ partition: Int32) -> Int64 {
        broker.highWatermark(ScriptedBroker.Place(topic: topic, partition: partition))
    }

    func committed(_ topic: String, _ partition: Int32) -> Int64? {
        broker.committed[ScriptedBroker.Place(topic: topic, partition: partition)]
    }
}

/// Time that only moves when it is told to.
final class ManualClock: LaneClock {
    /// 2026-11-02T15:00:00Z.
    static let beginning = Timestamp(milliseconds: 1_793_631_600_000)

    private let elapsedMs = Mutex<Int64>(0)

    func now() -> Timestamp { Self.beginning.adding(milliseconds: monotonicMs()) }
    func monotonicMs() -> Int64 { elapsedMs.withLock { $0 } }
    func advance(_ milliseconds: Int64) { elapsedMs.withLock { $0 += milliseconds } }
}

/// What the read model is said to know.
final class GivenDirectory: RequestDirectory {
    private let homes = Mutex<[RequestID: Int32]>([:])

    func homePartition(of id: RequestID) -> Int32? { homes.withLock { $0[id] } }
    func set(_ number: UInt64, home: Int32) { homes.withLock { $0[LaneBench.id(number)] = home } }
}

/// Counts what the lane tells.
final class HeardObserver: LaneObserver {
    struct Heard {
        var turns: [TurnReport] = []
        var ignored: [String] = []
        var deadLetters: [String] = []
        var forwarded = 0
        var latenessMs: [Int64] = []
        var answered: [Int] = []
        var restores: [RestoreProgress] = []
        var heartbeats = 0
    }

    private let contents = Mutex(Heard())
    var heard: Heard { contents.withLock { $0 } }

    func turnEnded(_ report: TurnReport) { contents.withLock { $0.turns.append(report) } }
    func acknowledgementIgnored(code: String) { contents.withLock { $0.ignored.append(code) } }
    func deadLettered(code: String) { contents.withLock { $0.deadLetters.append(code) } }
    func redacted(count: Int) {}
    func forwarded() { contents.withLock { $0.forwarded += 1 } }
    func timerFired(latenessMs: Int64) { contents.withLock { $0.latenessMs.append(latenessMs) } }
    func timersDue(_ count: Int) {}
    func restoreProgressed(_ progress: RestoreProgress) { contents.withLock { $0.restores.append(progress) } }
    func assignmentAnswered(partitions: Int) { contents.withLock { $0.answered.append(partitions) } }
    func beganAnew() {}
    func heartbeat() { contents.withLock { $0.heartbeats += 1 } }
}
