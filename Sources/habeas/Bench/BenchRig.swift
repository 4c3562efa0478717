import Contract
import Coordinator
import Foundation
import Kafka
import RecordLog
import SagaKernel

/// Prepares the traffic of a benchmark and lets a lane work it off.
final class BenchRig: Sendable {
    static let hub = "bench.azure-devices.net"
    static let connector = "bench"
    static let source = "/habeas/bench"
    static let erased = Acknowledgement.Verdict.completed(
        Completion(outcome: .erased, recordCount: 12, method: "rewrite", verified: .readBack))

    let kafka: KafkaSettings
    let turn: TurnSection
    let plan: BenchPlan
    let topics: TopicNames
    let producer: PlainProducer
    let hubPlan: HubPlan
    let subjectKey: SubjectKey
    /// The upper halves of the ids of requests, and of the sagas that wait.
    private let run: UInt64
    private let idleRun: UInt64

    /// Topics of its own, which the parts of a benchmark do not share.
    init(kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan) async throws {
        run = UInt64.random(in: 0 ... .max)
        idleRun = ~run
        topics = TopicNames(prefix: "habeas-bench-\(String(run, radix: 36)).")
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
        try await createTopics()
    }

    /// Other requests in the same topics, whose end is the other rig's.
    init(beside rig: BenchRig, requests: Int) throws {
        run = UInt64.random(in: 0 ... .max)
        idleRun = ~run
        (kafka, turn, topics, subjectKey, hubPlan) = (rig.kafka, rig.turn, rig.topics, rig.subjectKey, rig.hubPlan)
        var plan = rig.plan
        plan.requests = requests
        self.plan = plan
        producer = try PlainProducer(settings: kafka)
    }

    /// Removes its topics too: a broker need not keep what was only measured.
    func close() async throws {
        producer.close()
        let admin = try KafkaAdmin(settings: kafka)
        defer { admin.close() }
        let names = topicNames
        _ = try await admin.run { (admin) throws(AdminFailure) in try admin.deleteTopics(names) }
    }

    private var topicNames: [String] {
        topics.coPartitioned + [topics.deadLetters, topics.tasks(connector: Self.connector)]
    }

    func id(_ index: Int) -> RequestID { RequestID(high: run, low: UInt64(index)) }

    /// The number of a request; nil for one that is not this rig's.
    func index(of id: RequestID) -> Int? { id.high == run ? Int(exactly: id.low) : nil }

    private func createTopics() async throws {
        let wanted = topicNames.map { NewTopic(name: $0, partitions: plan.partitions) }
        let admin = try KafkaAdmin(settings: kafka)
        defer { admin.close() }
        let outcomes = try await admin.run { (admin) throws(AdminFailure) in try admin.createTopics(wanted) }
        for (topic, outcome) in outcomes where outcome != .done {
            throw CommandFailure.unreachable("the topic \(topic) could not be made: \(outcome)")
        }
        // Made is not yet known to every broker.
        let deadline = ContinuousClock.now + .milliseconds(kafka.operationTimeoutMs)
        for name in topicNames {
            while try producer.prepare(topic: name) == nil {
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure.unreachable("the topic \(name) was made and is not there")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    func writeRequests() throws {
        for index in 0..<plan.requests { try writeRequest(index, to: producer) }
        try producer.flush()
    }

    func writeRequest(_ index: Int, to producer: PlainProducer) throws {
        let id = id(index)
        try producer.enqueue(
            topic: topics.requests, partition: home(of: index), key: Array(id.description.utf8),
            value: RequestWriter.bytes(draft(id, index, SystemClock().now())))
    }

    private func draft(_ id: RequestID, _ index: Int, _ now: Timestamp) -> RequestDraft {
        RequestDraft(
            id: id, type: .erasure, submitted: now,
            identities: [.device(hub: Self.hub, deviceID: "device-\(index)")])
    }

    /// Reads requests as a coordinator does that knows the benchmark's hub.
    func requestReader() -> RequestReader {
        RequestReader(limits: RequestLimits(), subjectKey: subjectKey) { $0 == Self.hub }
    }

    /// A request as a coordinator has it when it has read it.
    func request(_ id: RequestID, _ index: Int, _ now: Timestamp, reader: RequestReader) throws -> Request {
        try RequestWriter.bytes(draft(id, index, now)).withUnsafeBytes { bytes in
            try reader.read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0), now: now).get()
        }
    }

    /// Of the task of an endpoint.
    static func taskPath(_ place: Int) -> String { "place-\(place)/erase" }

    /// Writes the snapshots of sagas that wait: half of their places have answered, the others have asked for a month.
    func writeIdleSagas(_ count: Int) throws {
        let now = SystemClock().now()
        let reader = requestReader()
        let inAMonth = now.adding(milliseconds: 30 * Milliseconds.day)
        for partition in 0..<plan.partitions {
            try producer.enqueue(
                topic: topics.sagas, partition: Int32(partition), key: Array(PlanCodec.key(hubPlan.fingerprint).utf8),
                value: PlanCodec.encode(hubPlan))
        }
        for index in 0..<count {
            let id = RequestID(high: idleRun, low: UInt64(index))
            var saga = Saga.begin(
                try request(id, index, now, reader: reader), plans: [hubPlan], homePartition: home(of: index), now: now,
                rules: SagaRules()
            ).saga
            var directives = Directives()
            for place in 0..<plan.endpoints {
                let verdict =
                    place % 2 == 0 ? Self.erased : .pending(.retention, resumeAt: inAMonth, continuation: "p1")
                saga.acknowledged(
                    Acknowledgement(
                        requestID: id, taskPath: Self.taskPath(place), epoch: 1, attempt: 1, verdict: verdict),
                    now: now, rules: SagaRules(), &directives)
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
        for index in 0..<plan.requests {
            let id = id(index)
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

    /// Lets new lanes restore their partitions and work off so many records.
    func drain(records: Int, lanes: Int = 1) async throws -> BenchPhase {
        if lanes > 1 { try await BlockingCall.run { try BenchGroup.share(self, among: lanes) } }
        return try await BenchLanes(self, count: lanes, records: records).drained()
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

    func home(of index: Int) -> Int32 { Int32(index % plan.partitions) }
}
