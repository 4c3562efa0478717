import Contract
import Coordinator
import Foundation
import Kafka
import RecordLog
import SagaKernel
import Synchronization
import TestKit

/// Requests, workers that answer at once, and coordinators that are killed: one run on a real Kafka, and an independent
/// look at what the topics hold in the end.
final class ChaosRun: Sendable {
    static let hub = "contoso.azure-devices.net"
    static let endpoints = 8

    let rig: LaneRig
    let folder: URL
    let guarantee: KafkaGuarantee
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

    func coordinator(_ instance: String) -> CoordinatorProcessRig {
        CoordinatorProcessRig(
            arguments: [
                "--bootstrap-servers", rig.kafka.bootstrapServers, "--topic-prefix", rig.topics.prefix,
                "--catalogue", folder.appending(path: "catalogue.yaml").path,
                "--subject-key", Data(repeating: 7, count: 32).base64EncodedString(), "--instance", instance,
                "--http", "127.0.0.1:0", "--processing-guarantee", guarantee.rawValue,
                "--kafka", "session.timeout.ms=6000",
            ], name: instance, folder: folder)
    }

    /// Sends requests evenly over `seconds`.
    func submit(_ count: Int, over seconds: Double) async throws -> [RequestID] {
        var ids: [RequestID] = []
        for index in 0..<count {
            let id = RequestID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
            ids.append(id)
            let draft = RequestDraft(
                id: id, type: .erasure, submitted: TestClock().now(),
                identities: [.device(hub: Self.hub, deviceID: "device-\(index)")])
            try rig.producer.enqueue(
                topic: rig.topics.requests, partition: Int32(index % rig.partitions),
                key: Array(id.description.utf8), value: RequestWriter.bytes(draft))
            if index % 20 == 19 { try await Task.sleep(for: .seconds(seconds * 20 / Double(count))) }
        }
        try rig.producer.flush()
        return ids
    }

    /// Answers every task that is committed, until `end`. On a thread of its own.
    func startWorker() {
        let thread = Thread { [self] in
            do { try work() } catch { print("the worker of the test ended: \(error)") }
        }
        thread.start()
    }

    func end() { isOver.store(true, ordering: .relaxed) }

    private func work() throws {
        guard let reader = try KafkaLogReader.openAll(settings: rig.kafka, topic: rig.topics.tasks(connector: "chaos"))
        else { throw LaneRigFault.noTopic("tasks.chaos") }
        defer { reader.close() }
        let tasks = TaskReader()
        while !isOver.load(ordering: .relaxed) {
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
            }
        }
    }

    /// Waits until every request is completed, as the status topic tells it.
    func waitForCompletion(of ids: [RequestID], seconds: Double) throws -> TopicTail {
        let status = try rig.open(rig.topics.status)
        var completed: Set<String> = []
        var seen = 0
        let wanted = Set(ids.map(\.description))
        try status.wait(for: "all requests to complete", seconds: seconds) { records in
            for record in records[seen...] {
                if try record.value.map({ try StatusDocument.decode($0).state }) == "completed" {
                    completed.insert(record.key)
                }
            }
            seen = records.count
            return completed.isSuperset(of: wanted)
        }
        return status
    }
}
