import Contract
import Foundation
import SagaKernel

@testable import habeas_soak

/// The records of a deployment in which everything went well, to be spoilt by tests: one erasure, one access, one
/// request that was refused.
struct Story {
    static let erasure = RequestID(high: 1, low: 1)
    static let access = RequestID(high: 2, low: 2)
    static let refused = RequestID(high: 3, low: 3)
    static let home: Int32 = 2
    static let start: Int64 = 1_790_000_000_000
    static let topics = TopicNames(prefix: "t.")

    var records: [SoakRecord] = []
    private var clock = Story.start
    private var offsets: [SoakTopic: Int64] = [:]

    init() {
        request(Self.erasure, .erasure)
        request(Self.access, .access)
        request(Self.refused, .erasure, expect: "missing_field")
        deadLetter(of: records[2], code: "missing_field")
        status(Self.refused, 1, "rejected", reason: "missing_field", tasks: [])
        snapshot(Self.refused, 1)
        tell(Self.erasure, .erasure, [["source"], ["sinks"], ["logs", "verify"]])
        tell(Self.access, .access, [["export"]])
    }

    /// Each stage is dispatched, answered, and shown.
    private mutating func tell(_ id: RequestID, _ kind: RequestKind, _ stages: [[String]]) {
        let plan = SoakCatalogue.plans[kind] ?? [:]
        var shown = plan.keys.sorted().map { ShownTask(path: $0, state: "blocked", attempts: 0) }
        for (number, names) in stages.enumerated() {
            clock += 5_000
            let paths = plan.filter { names.contains($0.value.stage) }.keys.sorted()
            for path in paths { task(id, path) }
            clock += 5_000
            for path in paths { ack(id, path) }
            for index in shown.indices where paths.contains(shown[index].path) {
                shown[index].state = "succeeded"
                shown[index].attempts = 1
            }
            let state = number == stages.count - 1 ? "completed" : "in_progress"
            status(id, Int64(number + 1), state, tasks: shown)
            snapshot(id, Int64(number + 1))
        }
    }

    struct ShownTask {
        var path: String
        var state: String
        var epoch = 1
        var attempts: Int
        var error: String?
    }

    mutating func put(
        _ topic: SoakTopic, key: String, value: [UInt8]?, partition: Int32 = Story.home, headers: [String: String] = [:]
    ) {
        let offset = offsets[topic, default: 0]
        offsets[topic] = offset + 1
        records.append(
            SoakRecord(
                topic: topic, name: topic.names(Self.topics)[0], partition: partition, offset: offset,
                timestampMs: clock, key: key, value: value, headers: headers))
    }

    mutating func request(_ id: RequestID, _ type: RequestType, expect: String? = nil) {
        let draft = RequestDraft(
            id: id, type: type, submitted: Timestamp(milliseconds: clock),
            identities: [.device(hub: SoakCatalogue.hub, deviceID: "device-1")])
        put(
            .requests, key: id.description, value: RequestWriter.bytes(draft),
            headers: expect.map { [SoakHeader.expect: $0] } ?? [:])
    }

    mutating func task(
        _ id: RequestID, _ path: String, epoch: Int = 1, attempt: Int = 1, partition: Int32 = Story.home,
        atMs: Int64? = nil
    ) {
        let text = """
            {"task_id": "\(id)/\(path)", "request_id": "\(id)", "epoch": \(epoch), "attempt": \(attempt), \
            "action": "erase", "endpoint": {"id": "e", "kind": "other", "hub": "h"}, \
            "subjects": [{"hub": "\(SoakCatalogue.hub)", "device_id": "device-1"}], \
            "subject_ref": "hmac-sha256:\(String(repeating: "0", count: 64))", "due_time": "2027-01-01T00:00:00Z", \
            "reply": {"topic": "t.acks", "partition": \(Self.home)}}
            """
        let time = TimeText.text(Timestamp(milliseconds: atMs ?? clock))
        put(.tasks, key: "e", value: Array(text.utf8), partition: partition, headers: ["ce_time": time])
    }

    mutating func ack(
        _ id: RequestID, _ path: String, epoch: Int = 1, attempt: Int = 1,
        says: String = #""status": "completed", "outcome": "erased""#, partition: Int32 = Story.home,
        isForwarded: Bool = false
    ) {
        let text = """
            {"task_id": "\(id)/\(path)", "request_id": "\(id)", "epoch": \(epoch), "attempt": \(attempt), \(says)}
            """
        put(
            .acks, key: id.description, value: Array(text.utf8), partition: partition,
            headers: isForwarded ? ["habeas.forwarded": "1"] : [:])
    }

    mutating func status(
        _ id: RequestID, _ version: Int64, _ state: String, reason: String? = nil, term: Int64 = 1,
        tasks: [ShownTask]
    ) {
        let shown = tasks.map { task in
            let error = task.error.map { #", "error": {"code": "\#($0)"}"# } ?? ""
            return """
                {"task_id": "\(id)/\(task.path)", "endpoint_id": "e", "kind": "other", "action": "erase", \
                "stage": "sinks", "state": "\(task.state)", "epoch": \(task.epoch), "attempts": \(task.attempts), \
                "since": "2026-11-02T15:00:00Z"\(error)}
                """
        }
        let text = """
            {"request_id": "\(id)", "term": \(term), "version": \(version), "home_partition": \(Self.home), \
            "state": "\(state)", "reason": \(reason.map { "\"\($0)\"" } ?? "null"), \
            "received_time": "2026-11-02T15:00:00Z", "updated_time": "2026-11-02T15:00:00Z", \
            "tasks": [\(shown.joined(separator: ", "))]}
            """
        put(.status, key: id.description, value: Array(text.utf8))
    }

    mutating func snapshot(_ id: RequestID, _ version: Int64) {
        let husk = Husk(
            kind: .ended, meaning: Fingerprint(high: 0, low: 0), term: 1, version: version,
            forgetAt: Timestamp(milliseconds: clock))
        put(.sagas, key: id.description, value: SnapshotCodec.encode(husk, id: id))
    }

    mutating func deadLetter(of record: SoakRecord, code: String) {
        put(
            .deadLetters, key: record.key, value: record.value,
            headers: [
                "habeas.error.code": code, "habeas.source.topic": record.name,
                "habeas.source.partition": "\(record.partition)", "habeas.source.offset": "\(record.offset)",
            ])
    }

    mutating func pass(ms: Int64) { clock += ms }

    /// Takes away the first record that is one of these.
    mutating func lose(_ isMeant: (SoakRecord) -> Bool) {
        if let index = records.firstIndex(where: isMeant) { records.remove(at: index) }
    }

    func lastStatus(_ id: RequestID) -> SoakRecord? {
        records.last { $0.topic == .status && $0.key == id.description }
    }

    func kinds(isExactlyOnce: Bool = true) -> Set<SoakFault.Kind> {
        var ledger = Ledger(isExactlyOnce: isExactlyOnce)
        for topic in SoakTopic.allCases { for record in records where record.topic == topic { ledger.take(record) } }
        return Set(Verifier(isExactlyOnce: isExactlyOnce).faults(in: ledger).map(\.kind))
    }
}
