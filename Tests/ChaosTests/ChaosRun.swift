import Contract
import Coordinator
import Foundation
import Kafka
import RecordLog
import SagaKernel
import Synchronization
import TestKit
import Testing

/// Requests, workers that answer at once, and coordinators that are killed: one run on a real Kafka, and an independent
/// look at what the topics hold in the end.
final class ChaosRun: Sendable {
    static let hub = "contoso.azure-devices.net"
    static let endpoints = 8
    /// In requests.
    static let window = 200

    let rig: LaneRig
    let folder: URL
    let guarantee: KafkaGuarantee
    let progress = ChaosProgress()
    private let isOver = Atomic(false)

    init(guarantee: KafkaGuarantee, partitions: Int = 4) async throws {
        self.guarantee = guarantee
        let plan = HubPlan(
            host: Self.hub, fingerprint: Fingerprint(high: 1, low: 1),
            endpoints: (0..<Self.endpoints).map {
                Endpoint(id: "place-\($0)", kind: "other", connector: "chaos", stage: .sinks, actions: [.erase])
            })
        rig = try await LaneRig(
            partitions: partitions, plans: [plan], guarantee: guarantee, bootstrap: LaneRig.realBootstrap)
        folder = FileManager.default.temporaryDirectory.appending(path: "habeas-chaos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let places = (0..<Self.endpoints).map {
            "      - { id: place-\($0), kind: other, connector: chaos, stage: sinks, actions: [erase], settle: PT0S }\n"
        }
        let catalogue = "hubs:\n  - host: \(Self.hub)\n    endpoints:\n" + places.joined()
        try Data(catalogue.utf8).write(to: folder.appending(path: "catalogue.yaml"))
    }

    func coordinator(_ instance: String) -> HabeasProcessRig {
        HabeasProcessRig(
            arguments: [
                "coordinator", "--bootstrap-servers", rig.kafka.bootstrapServers, "--topic-prefix", rig.topics.prefix,
                "--catalogue", folder.appending(path: "catalogue.yaml").path,
                "--subject-key", Data(repeating: 7, count: 32).base64EncodedString(), "--instance", instance,
                "--http", "127.0.0.1:0", "--processing-guarantee", guarantee.rawValue,
                "--kafka", "session.timeout.ms=6000",
            ], name: instance, folder: folder)
    }

    func newIDs(_ count: Int) -> [RequestID] {
        (0..<count).map { _ in RequestID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)) }
    }

    /// Sends requests, on a thread of its own, so that never more than `window` of them wait for their first tasks: the
    /// faults of a run then always find work under way.
    func startBackend(_ ids: [RequestID]) {
        start("backend") { [self] in
            for (index, id) in ids.enumerated() {
                try progress.wait(forTasks: (index - Self.window) * Self.endpoints)
                let draft = RequestDraft(
                    id: id, type: .erasure, submitted: TestClock().now(),
                    identities: [.device(hub: Self.hub, deviceID: "device-\(index)")])
                try rig.producer.enqueue(
                    topic: rig.topics.requests, partition: Int32(index % rig.partitions),
                    key: Array(id.description.utf8), value: RequestWriter.bytes(draft))
            }
            try rig.producer.flush()
        }
    }

    /// Answers every task that is committed, until `end`. On a thread of its own.
    func startWorker() { start("worker") { [self] in try work() } }

    func end() { isOver.store(true, ordering: .relaxed) }

    private func start(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        Thread { do { try body() } catch { Issue.record("the \(name) of the run ended: \(error)") } }.start()
    }

    private func work() throws {
        guard let reader = try KafkaLogReader.openAll(settings: rig.kafka, topic: rig.topics.tasks(connector: "chaos"))
        else { throw LaneRigFault.noTopic("tasks.chaos") }
        defer { reader.close() }
        let tasks = TaskReader()
        while !isOver.load(ordering: .relaxed) {
            var seen: [String] = []
            for record in try reader.poll(maxRecords: 5_000, timeoutMs: 100) {
                guard case .success(let task) = tasks.read(value: record.value, headers: record.headers) else {
                    continue
                }
                let bytes = AcknowledgementWriter.bytes(
                    task: task, verdict: .completed(Completion(outcome: .erased)), worker: "chaos",
                    time: TestClock().now())
                try rig.producer.enqueue(
                    topic: task.replyTopic, partition: task.replyPartition,
                    key: Array(task.requestID.description.utf8), value: bytes)
                seen.append("\(task.taskID) \(task.epoch) \(task.attempt)")
            }
            progress.saw(seen)
        }
    }

    /// Waits until every request is completed, as the status topic tells it.
    func waitForCompletion(of ids: [RequestID], seconds: Double) throws -> TopicTail {
        let status = try rig.open(rig.topics.status)
        var open = Dictionary(uniqueKeysWithValues: ids.map { ($0.description, "no status") })
        var seen = 0
        do {
            try status.wait(for: "all requests to complete", seconds: seconds) { records in
                for record in records[seen...] {
                    guard let value = record.value else { continue }
                    let state = try StatusDocument.decode(value).state
                    open[record.key] = state == "completed" ? nil : state
                }
                seen = records.count
                return open.isEmpty
            }
        } catch LaneRigFault.deadline {
            let states = Dictionary(grouping: open.values) { $0 }.mapValues(\.count)
            throw ChaosFault.stuck("\(open.count) requests did not complete: \(states)")
        }
        return status
    }
}
