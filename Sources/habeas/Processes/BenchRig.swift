import Contract
import Coordinator
import Dispatch
import Foundation
import Kafka
import Logging
import RecordLog
import SagaKernel

/// Prepares the traffic of a benchmark and lets a lane work it off.
final class BenchRig {
    static let hub = "bench.azure-devices.net"
    static let connector = "bench"
    private static let erased = Acknowledgement.Verdict.completed(
        Completion(outcome: .erased, recordCount: 12, method: "rewrite", verified: .readBack))

    private let kafka: KafkaSettings
    private let turn: TurnSection
    private let plan: BenchPlan
    private let topics: TopicNames
    private let producer: PlainProducer
    private let hubPlan: HubPlan
    private let ids: [RequestID]
    private let subjectKey: SubjectKey

    /// - Parameter part: a word for the names of the topics, so that the parts of a benchmark do not meet.
    init(kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, part: String) throws {
        topics = TopicNames(prefix: "habeas-bench-\(Int(Date().timeIntervalSince1970))-\(part).")
        subjectKey = try SubjectKey(bytes: Array(repeating: 1, count: 32))
        self.kafka = kafka
        self.turn = turn
        self.plan = plan
        producer = try PlainProducer(settings: kafka)
        hubPlan = HubPlan(
            host: Self.hub, fingerprint: Fingerprint(high: 1, low: 1),
            endpoints: (0..<plan.endpoints).map { number in
                var endpoint = Endpoint(
                    id: "place-\(number)", kind: "other", connector: Self.connector, stage: .sinks, actions: [.erase])
                // Nothing may fall due while it is measured.
                endpoint.ackTimeoutMs = Milliseconds.day
                return endpoint
            })
        let run = UInt64.random(in: 0 ... .max)
        ids = (0..<plan.requests).map { RequestID(high: run, low: UInt64($0)) }
    }

    func close() { producer.close() }

    static func client(_ kafka: KafkaSettings, _ turn: TurnSection, _ plan: BenchPlan) async throws -> BenchPhase {
        let rig = try BenchRig(kafka: kafka, turn: turn, plan: plan, part: "client")
        defer { rig.close() }
        try await rig.createTopics()
        return try await rig.runClient()
    }

    func createTopics() async throws {
        let names = topics.coPartitioned + [topics.deadLetters, topics.tasks(connector: Self.connector)]
        let wanted = names.map { NewTopic(name: $0, partitions: plan.partitions) }
        let admin = try KafkaAdmin(settings: kafka)
        defer { admin.close() }
        let outcomes = try await admin.run { (admin) throws(AdminFailure) in try admin.createTopics(wanted) }
        for (topic, outcome) in outcomes where outcome != .done {
            throw CommandFailure.unreachable("the topic \(topic) could not be made: \(outcome)")
        }
    }

    func writeRequests() throws {
        let now = SystemClock().now()
        for (index, id) in ids.enumerated() {
            try producer.enqueue(
                topic: topics.requests, partition: home(of: index), key: Array(id.description.utf8),
                value: RequestWriter.bytes(draft(id, index, now)))
        }
        try producer.flush()
    }

    private func draft(_ id: RequestID, _ index: Int, _ now: Timestamp) -> RequestDraft {
        RequestDraft(
            id: id, type: .erasure, submitted: now,
            identities: [.device(hub: Self.hub, deviceID: "device-\(index)")])
    }

    /// Writes the snapshots of sagas that wait: half of their places have answered, the others have asked for a month.
    func writeIdleSagas() throws {
        let now = SystemClock().now()
        let inAMonth = now.adding(milliseconds: 30 * Milliseconds.day)
        let reader = RequestReader(limits: RequestLimits(), subjectKey: subjectKey) { $0 == Self.hub }
        for partition in 0..<plan.partitions {
            try producer.enqueue(
                topic: topics.sagas, partition: Int32(partition), key: Array(PlanCodec.key(hubPlan.fingerprint).utf8),
                value: PlanCodec.encode(hubPlan))
        }
        for (index, id) in ids.enumerated() {
            let request = try RequestWriter.bytes(draft(id, index, now)).withUnsafeBytes { bytes in
                try reader.read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0), now: now).get()
            }
            var saga = Saga.begin(
                request, plans: [hubPlan], homePartition: home(of: index), now: now, rules: SagaRules()
            ).saga
            for place in 0..<plan.endpoints {
                let verdict =
                    place % 2 == 0 ? Self.erased : .pending(.retention, resumeAt: inAMonth, continuation: "p1")
                _ = saga.acknowledged(
                    Acknowledgement(
                        requestID: id, taskPath: "place-\(place)/erase", epoch: 1, attempt: 1, verdict: verdict),
                    now: now, rules: SagaRules())
            }
            _ = saga.seal(since: nil, term: 1, now: now)
            try producer.enqueue(
                topic: topics.sagas, partition: home(of: index), key: Array(id.description.utf8),
                value: SnapshotCodec.encode(saga, wake: saga.nextWake(rules: SagaRules())))
            // What waits to be sent would count as memory of the sagas.
            if index % 10_000 == 9_999 { try producer.flush() }
        }
        try producer.flush()
    }

    func writeAcknowledgements() throws {
        let now = SystemClock().now()
        // All answers of a request close together, as they come where its places are about equally fast: the traffic of
        // one snapshot and one status for all of them.
        for (index, id) in ids.enumerated() {
            for place in 0..<plan.endpoints {
                let task = WorkerTask(
                    taskID: "\(id)/place-\(place)/erase", requestID: id, epoch: 1, attempt: 1, action: .erase,
                    endpoint: .init(
                        id: "place-\(place)", kind: "other", hub: Self.hub, resourceID: nil, settingsJSON: "{}"),
                    subjects: [], subjectRef: "", continuation: nil, due: now, replyTopic: topics.acks,
                    replyPartition: home(of: index), traceparent: nil)
                try producer.enqueue(
                    topic: topics.acks, partition: task.replyPartition, key: Array(id.description.utf8),
                    value: AcknowledgementWriter.bytes(task: task, verdict: Self.erased, worker: "bench", time: now))
            }
        }
        try producer.flush()
    }

    /// The same traffic through the client alone, in this rig's own topics.
    func runClient() async throws -> BenchPhase {
        let client = BenchClient(kafka: kafka, turn: turn, plan: plan, topics: topics, connector: Self.connector)
        try client.write(to: producer)
        return try await BlockingCall.run { try client.drain() }
    }

    /// Lets a new lane restore its partitions and work off so many records.
    func drain(records: Int) async throws -> BenchPhase {
        var settings = LaneSettings(topics: topics)
        settings.turnRecordsMax = turn.records
        settings.watchesForeignWrites = turn.guarantee == .atLeastOnce
        let meter = BenchMeter(records: records)
        let parts = Lane.Parts(
            settings: settings, subjectKey: subjectKey,
            plans: LanePlans(plans: [Self.hub: hubPlan]), clock: SystemClock(), directory: EmptyDirectory(),
            observer: meter, logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }),
            source: "/habeas/bench", owner: "bench")
        let lane = LaneThread(index: 0)
        let (kafka, topics, gatherMs) = (kafka, topics, Int(turn.commitIntervalMs))
        lane.start(parts: parts) { () throws(LogFailure) -> any LaneLog in
            try KafkaLaneLog(
                settings: kafka, group: topics.coordinatorGroup, instance: "bench", lane: 0, inputs: topics.inputs,
                gatherMs: gatherMs)
        }
        async let ending = lane.end()
        let phase = await meter.done(orAfter: { _ = await lane.end() })
        lane.mailbox.stop()
        if case .failed(let failure) = await ending { throw CommandFailure.unreachable(failure.explanation) }
        guard let phase else { throw CommandFailure.internal("the lane ended before its records did") }
        return phase
    }

    /// Requests whose newest status says completed.
    func countCompleted() throws -> Int {
        guard let reader = try KafkaLogReader.openAll(settings: kafka, topic: topics.status) else { return 0 }
        defer { reader.close() }
        let bounds = try reader.highWatermarks()
        var completed: Set<RequestID> = []
        while try !zip(bounds, reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) {
            for record in try reader.poll(maxRecords: 10_000, timeoutMs: 200) {
                guard let value = record.value, let head = StatusHead.read(value) else { continue }
                if head.state == SagaState.completed.rawValue {
                    completed.insert(head.requestID)
                } else {
                    completed.remove(head.requestID)
                }
            }
        }
        return completed.count
    }

    private func home(of index: Int) -> Int32 { Int32(index % plan.partitions) }
}
