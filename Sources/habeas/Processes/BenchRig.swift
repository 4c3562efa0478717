import Contract
import Coordinator
import Dispatch
import Foundation
import Kafka
import Logging
import RecordLog
import SagaKernel
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One measured stretch.
struct BenchPhase {
    var seconds: Double
    var cpuSeconds: Double
    var commits: Int
    var restoreMs: Int
}

/// Prepares the traffic of a benchmark and lets a lane work it off.
final class BenchRig {
    static let hub = "bench.azure-devices.net"
    static let connector = "bench"

    private let kafka: KafkaSettings
    private let turn: TurnSection
    private let plan: BenchPlan
    private let topics = TopicNames(prefix: "habeas-bench-\(Int(Date().timeIntervalSince1970)).")
    private let producer: PlainProducer
    private let hubPlan: HubPlan
    private let ids: [RequestID]

    init(kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan) throws {
        self.kafka = kafka
        self.turn = turn
        self.plan = plan
        producer = try PlainProducer(settings: kafka)
        hubPlan = HubPlan(
            host: Self.hub, fingerprint: Fingerprint(high: 1, low: 1),
            endpoints: (0..<plan.endpoints).map {
                Endpoint(id: "place-\($0)", kind: "other", connector: Self.connector, stage: .sinks, actions: [.erase])
            })
        let run = UInt64.random(in: 0 ... .max)
        ids = (0..<plan.requests).map { RequestID(high: run, low: UInt64($0)) }
    }

    func close() { producer.close() }

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
            let draft = RequestDraft(
                id: id, type: .erasure, submitted: now,
                identities: [.device(hub: Self.hub, deviceID: "device-\(index)")])
            try producer.enqueue(
                topic: topics.requests, partition: home(of: index), key: Array(id.description.utf8),
                value: RequestWriter.bytes(draft))
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
                let verdict = Acknowledgement.Verdict.completed(
                    Completion(outcome: .erased, recordCount: 12, method: "rewrite", verified: .readBack))
                try producer.enqueue(
                    topic: topics.acks, partition: task.replyPartition, key: Array(id.description.utf8),
                    value: AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "bench", time: now))
            }
        }
        try producer.flush()
    }

    /// Lets a new lane work off so many records.
    func drain(records: Int) async throws -> BenchPhase {
        var settings = LaneSettings(topics: topics)
        settings.turnRecordsMax = turn.records
        let meter = BenchMeter(records: records)
        let parts = Lane.Parts(
            settings: settings, subjectKey: try SubjectKey(bytes: Array(repeating: 1, count: 32)),
            plans: LanePlans(plans: [Self.hub: hubPlan]), clock: SystemClock(), directory: EmptyDirectory(),
            observer: meter, logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }),
            source: "/habeas/bench")
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

/// Watches a lane from its first assignment until it has worked off its records.
final class BenchMeter: LaneObserver {
    private struct State {
        var seen = 0
        var commits = 0
        var created = DispatchTime.now().uptimeNanoseconds
        var began: UInt64 = 0
        var beganCPU = 0.0
        var phase: BenchPhase?
        var waiting: CheckedContinuation<BenchPhase?, Never>?
        var hasEnded = false
    }

    private let records: Int
    private let state = Mutex(State())

    init(records: Int) { self.records = records }

    func assignmentAnswered(partitions: Int) {
        state.withLock { state in
            guard partitions > 0, state.began == 0 else { return }
            state.began = DispatchTime.now().uptimeNanoseconds
            state.beganCPU = BenchMeter.cpuSeconds
        }
    }

    func turnEnded(_ report: TurnReport) {
        let finished = state.withLock { state -> (CheckedContinuation<BenchPhase?, Never>, BenchPhase)? in
            state.seen += report.records
            state.commits += 1
            guard state.seen >= records, state.phase == nil else { return nil }
            let phase = BenchPhase(
                seconds: Double(DispatchTime.now().uptimeNanoseconds - state.began) / 1e9,
                cpuSeconds: BenchMeter.cpuSeconds - state.beganCPU, commits: state.commits,
                restoreMs: Int((state.began - state.created) / 1_000_000))
            state.phase = phase
            defer { state.waiting = nil }
            return state.waiting.map { ($0, phase) }
        }
        if let (continuation, phase) = finished { continuation.resume(returning: phase) }
    }

    /// The figures; nil when `ended` comes first.
    func done(orAfter ended: @escaping @Sendable () async -> Void) async -> BenchPhase? {
        let watch = Task {
            await ended()
            let waiting = state.withLock { state in
                state.hasEnded = true
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: nil)
        }
        defer { watch.cancel() }
        return await withCheckedContinuation { continuation in
            let isDecided = state.withLock { state in
                if state.phase != nil || state.hasEnded { return true }
                state.waiting = continuation
                return false
            }
            if isDecided { continuation.resume(returning: state.withLock { $0.phase }) }
        }
    }

    /// User and system time of the whole process, librdkafka's threads included.
    static var cpuSeconds: Double {
        var usage = rusage()
        _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    func acknowledgementIgnored(code: String) {}
    func deadLettered(code: String) {}
    func redacted(count: Int) {}
    func forwarded() {}
    func timerFired(latenessMs: Int64) {}
    func timersDue(_ count: Int) {}
    func restoreProgressed(_ progress: RestoreProgress) {}
    func beganAnew() {}
    func heartbeat() {}
}
