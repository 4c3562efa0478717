import Contract
import Coordinator
import Foundation
import Kafka
import RecordLog
import SagaKernel
import TestKit

/// More than can be worked off, on a real Kafka, and what a process keeps in memory meanwhile.
final class FloodRun {
    static let hub = "contoso.azure-devices.net"

    /// How much memory a process had, and how many requests it held.
    struct Sample: CustomStringConvertible {
        var seconds: Double
        var residentMiB: Int
        var sagas: Int
        var description: String { String(format: "%.0f s: %d MiB, %d", seconds, residentMiB, sagas) }
    }

    let rig: LaneRig
    let folder: URL
    let connector: String
    private let endpoints: [String]

    /// - Parameter endpoint: what follows `connector: …` in the catalogue's line of each endpoint.
    init(endpoints count: Int = 8, connector: String = "flood", endpoint: String = "") async throws {
        self.connector = connector
        endpoints = (0..<count).map { "place-\($0)" }
        let plan = HubPlan(
            host: Self.hub, fingerprint: Fingerprint(high: 1, low: 1),
            endpoints: endpoints.map {
                Endpoint(id: $0, kind: "other", connector: connector, stage: .sinks, actions: [.erase])
            })
        rig = try await LaneRig(
            partitions: 4, plans: [plan], guarantee: .exactlyOnce, bootstrap: LaneRig.realBootstrap)
        folder = FileManager.default.temporaryDirectory.appending(path: "habeas-flood-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let lines = endpoints.map {
            "      - { id: \($0), kind: other, connector: \(connector), stage: sinks, actions: [erase]\(endpoint) }\n"
        }
        try Data(("hubs:\n  - host: \(Self.hub)\n    endpoints:\n" + lines.joined()).utf8)
            .write(to: folder.appending(path: "catalogue.yaml"))
    }

    deinit {
        rig.close()
        // Left behind it would only lie about in the folder for temporary files.
        do { try FileManager.default.removeItem(at: folder) } catch { print("not removed: \(error)") }
    }

    var broker: [String] {
        [
            "--bootstrap-servers", rig.kafka.bootstrapServers, "--topic-prefix", rig.topics.prefix, "--http",
            "127.0.0.1:0", "--kafka", "session.timeout.ms=6000",
        ]
    }

    /// With its read model in a file: what is to be seen is the memory of the lanes.
    func coordinator() -> HabeasProcessRig {
        HabeasProcessRig(
            arguments: ["coordinator"] + broker + [
                "--catalogue", folder.appending(path: "catalogue.yaml").path, "--subject-key",
                Data(repeating: 7, count: 32).base64EncodedString(), "--instance", "flooded", "--read-model",
                folder.appending(path: "status.sqlite").path,
            ], name: "coordinator", folder: folder)
    }

    /// - Parameter identities: of each request; each is some 40 bytes.
    func publish(_ count: Int, identities: Int = 1) throws {
        let now = TestClock().now()
        for index in 0..<count {
            let id = RequestID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
            let draft = RequestDraft(
                id: id, type: .erasure, submitted: now,
                identities: (0..<identities).map { .device(hub: Self.hub, deviceID: "device-\(index)-\($0)") })
            try rig.producer.enqueue(
                topic: rig.topics.requests, partition: Int32(index % rig.partitions),
                key: Array(id.description.utf8), value: RequestWriter.bytes(draft))
            // What waits here would be memory of this process.
            if index % 20_000 == 19_999 { try rig.producer.flush() }
        }
        try rig.producer.flush()
    }

    /// Looks at a process twice a second until `isOver` says so, with the newest states of all requests, or for
    /// `seconds`.
    func watch(
        _ pid: Int32, seconds: Double, isOver: ([String: Int]) -> Bool
    ) throws -> (samples: [Sample], states: [String: Int]) {
        guard let reader = try KafkaLogReader.openAll(settings: rig.kafka, topic: rig.topics.status) else {
            throw LaneRigFault.noTopic(rig.topics.status)
        }
        defer { reader.close() }
        var newest: [RequestID: String] = [:]
        var samples: [Sample] = []
        var states: [String: Int] = [:]
        let start = Date()
        while Date().timeIntervalSince(start) < seconds {
            let look = Date().addingTimeInterval(0.5)
            while Date() < look {
                for record in try reader.poll(maxRecords: 20_000, timeoutMs: 50) {
                    guard let value = record.value, let head = StatusHead.read(value) else { continue }
                    newest[head.requestID] = head.state
                }
            }
            states = newest.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            samples.append(
                Sample(
                    seconds: Date().timeIntervalSince(start), residentMiB: try Self.residentMiB(pid),
                    sagas: newest.count))
            if isOver(states) { break }
        }
        return (samples, states)
    }

    static func residentMiB(_ pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (pages * Int(sysconf(Int32(_SC_PAGESIZE)))) >> 20
    }

    /// How many records a topic holds; markers of transactions are not counted.
    func count(_ topic: String, seconds: Double = 30) throws -> Int {
        guard let reader = try KafkaLogReader.openAll(settings: rig.kafka, topic: topic) else { return 0 }
        defer { reader.close() }
        let bounds = try reader.highWatermarks()
        let deadline = Date().addingTimeInterval(seconds)
        var count = 0
        while try !zip(bounds, reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) {
            guard Date() < deadline else { throw LaneRigFault.deadline(waitingFor: "the end of \(topic)") }
            count += try reader.poll(maxRecords: 20_000, timeoutMs: 50).count
        }
        return count
    }
}

extension FloodRun {
    /// Tasks as a coordinator would have published them.
    func publishTasks(_ count: Int, settings: String) throws {
        for index in 0..<count {
            let id = RequestID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
            // A worker does one task of an endpoint at a time: it takes many endpoints to fill it.
            let place = "place-\(index % 64)"
            let task = """
                {"task_id":"\(id)/\(place)/erase","request_id":"\(id)","epoch":1,"attempt":1,"action":"erase",\
                "endpoint":{"id":"\(place)","kind":"other","hub":"\(Self.hub)","resource_id":null,\
                "settings":\(settings)},"subjects":[{"hub":"\(Self.hub)","device_id":"device-\(index)",\
                "module_id":null,"aliases":[]}],\
                "subject_ref":"hmac-sha256:\(String(repeating: "0", count: 64))","continuation":null,\
                "due_time":"2026-12-02T15:00:00Z","reply":{"topic":"\(rig.topics.acks)","partition":0}}
                """
            try rig.producer.enqueue(
                topic: rig.topics.tasks(connector: connector), partition: Int32(index % rig.partitions),
                key: Array(place.utf8), value: Array(task.utf8))
            if index % 20_000 == 19_999 { try rig.producer.flush() }
        }
        try rig.producer.flush()
    }
}
