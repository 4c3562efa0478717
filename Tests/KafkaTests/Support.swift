import Kafka
import RecordLog
import Synchronization
import Testing

/// All tests of this module, one after the other: they block the threads that they run on.
@Suite(.serialized) enum KafkaTests {}

/// A record as a test keeps it.
struct Record: Equatable {
    var topic: Int
    var partition: Int32
    var offset: Int64
    var key: String?
    var value: String?
    var headers: [String]

    init(_ view: RecordView) {
        topic = view.topic
        partition = view.partition
        offset = view.offset
        key = view.key.map { String(decoding: $0, as: UTF8.self) }
        value = view.value.map { String(decoding: $0, as: UTF8.self) }
        headers = view.headers.map { header in
            let value = header.value.map { String(decoding: $0, as: UTF8.self) }
            return String(decoding: header.name, as: UTF8.self) + "=" + (value ?? "nil")
        }
    }
}

struct TookTooLong: Error, CustomStringConvertible {
    var description: String
}

/// Repeats a step that itself waits, until it answers something.
func eventually<Answer>(
    _ what: String, withinSeconds seconds: Int = 60, _ step: () throws -> Answer?
) throws -> Answer {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if let answer = try step() { return answer }
    }
    throw TookTooLong(description: "\(what) did not happen within \(seconds) s")
}

/// Collects log lines for failure messages.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var sink: KafkaLog {
        { [self] line in lines.withLock { $0.append("\(line.client) \(line.facility) \(line.message)") } }
    }

    var all: [String] { lines.withLock { $0 } }
}

/// What the lane does with its log, without deciding anything.
final class TestLane {
    let log: KafkaLaneLog
    private(set) var changes: [String] = []

    init(
        _ settings: KafkaSettings, group: String, instance: String = "one", lane: Int = 0, inputs: [String],
        gatherMs: Int = 20, lines: LogLines = LogLines()
    ) throws {
        log = try KafkaLaneLog(
            settings: settings, group: group, instance: instance, lane: lane, inputs: inputs, gatherMs: gatherMs,
            log: lines.sink)
    }

    /// Joins and answers the first assignment.
    @discardableResult
    func start() throws -> [Int32] {
        try log.join()
        let partitions = try awaitAssignment()
        try log.assign(partitions: partitions)
        return partitions
    }

    func awaitAssignment() throws -> [Int32] {
        try eventually("an assignment") {
            switch try log.poll(maxRecords: 100, timeoutMs: 100) {
            case .nothing, .records: return nil
            case .assigned(let partitions):
                changes.append("assigned \(partitions)")
                return partitions
            case .revoked(let lost):
                changes.append("revoked lost=\(lost)")
                try log.unassign()
                return nil
            }
        }
    }

    func awaitRevocation() throws -> Bool {
        try eventually("a revocation") {
            switch try log.poll(maxRecords: 100, timeoutMs: 100) {
            case .nothing, .records, .assigned: return nil
            case .revoked(let lost):
                changes.append("revoked lost=\(lost)")
                return lost
            }
        }
    }

    /// Exactly this many records, or an error; membership changes are an error too.
    func take(_ count: Int, maxRecords: Int = 1000) throws -> [Record] {
        var records: [Record] = []
        _ = try eventually("\(count) records") { () -> Bool? in
            switch try log.poll(maxRecords: maxRecords, timeoutMs: 100) {
            case .nothing: break
            case .records(let views): records += views.map(Record.init)
            case .assigned(let partitions): throw TookTooLong(description: "assigned \(partitions) meanwhile")
            case .revoked(let lost): throw TookTooLong(description: "revoked (lost \(lost)) meanwhile")
            }
            return records.count >= count ? true : nil
        }
        return records
    }

    func produce(_ output: Int, _ partition: Int32, _ key: String, _ value: String?, _ headers: HeaderBlock = .init())
        throws
    {
        let key = Array(key.utf8)
        let value = value.map { Array($0.utf8) }
        try key.withUnsafeBytes { key in
            if let value {
                try value.withUnsafeBytes { value in
                    try log.produce(output: output, partition: partition, key: key, value: value, headers: headers)
                }
            } else {
                try log.produce(output: output, partition: partition, key: key, value: nil, headers: headers)
            }
        }
    }
}

/// The next positions after these records.
func positions(after records: [Record]) -> [InputPosition] {
    var next: [Int: [Int32: Int64]] = [:]
    for record in records {
        next[record.topic, default: [:]][record.partition] = max(
            next[record.topic]?[record.partition] ?? 0, record.offset + 1)
    }
    return next.flatMap { topic, partitions in
        partitions.map { InputPosition(topic: topic, partition: $0.key, offset: $0.value) }
    }
}

extension KafkaLogReader {
    /// Everything up to the high watermarks of this moment.
    func readToEnd() throws -> [Record] {
        let ends = try highWatermarks()
        var records: [Record] = []
        _ = try eventually("the end of \(topic) at \(ends)") { () -> Bool? in
            records += try poll(maxRecords: 1000, timeoutMs: 100).map(Record.init)
            return try zip(positions(), ends).allSatisfy { $0 >= $1 } ? true : nil
        }
        return records
    }
}

/// The failure that a call answers; nil if it answers none.
func failure(_ call: () throws -> Void) -> LogFailure? {
    do {
        try call()
        return nil
    } catch let failure as LogFailure {
        return failure
    } catch {
        Issue.record("not a LogFailure: \(error)")
        return nil
    }
}
