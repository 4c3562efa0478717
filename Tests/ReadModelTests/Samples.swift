import Contract
import Foundation
import Logging
import ReadModel
import SagaKernel

/// A status as the coordinator would write it, cut down to what a test is about.
struct Sample {
    var id: RequestID
    var term = 1
    var version = 1
    var homePartition: Int32 = 0
    var state = "in_progress"
    var dueMs: Int64? = 1_800_000_000_000
    /// Endpoint and state.
    var tasks: [(String, String)] = []
    /// 64 hexadecimal digits each.
    var refs: [String] = []

    init(_ number: Int) {
        id = Sample.id(number)
    }

    static func id(_ number: Int) -> RequestID { RequestID(high: 0, low: UInt64(number)) }

    static func ref(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.name("request_id")
        json.id(id)
        json.name("term")
        json.integer(term)
        json.name("version")
        json.integer(version)
        json.name("home_partition")
        json.integer(Int64(homePartition))
        json.name("state")
        json.string(state)
        json.name("reason")
        json.null()
        json.name("subject_refs")
        json.beginArray()
        for ref in refs { json.string("hmac-sha256:\(ref)") }
        json.endArray()
        json.name("sla")
        if let dueMs {
            json.beginObject()
            json.name("status")
            json.string("on_track")
            json.name("due_time")
            json.time(Timestamp(milliseconds: dueMs))
            json.endObject()
        } else {
            json.null()
        }
        json.name("tasks")
        json.beginArray()
        for (endpoint, state) in tasks {
            json.beginObject()
            json.name("endpoint_id")
            json.string(endpoint)
            json.name("state")
            json.string(state)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}

/// Gives records their offsets.
struct Log {
    var partition: Int32 = 0
    var next: Int64 = 0
    var timestampMs: Int64 = 1_790_000_000_000

    mutating func status(_ sample: Sample) -> LogRecord { record(sample.id.description, sample.json) }
    mutating func tombstone(_ id: RequestID) -> LogRecord { record(id.description, nil) }
    mutating func raw(_ text: String, key: String = "") -> LogRecord { record(key, Array(text.utf8)) }

    mutating func timeline(_ id: RequestID, _ events: [String]) -> LogRecord {
        let list = events.map { #"{"time":"2026-11-02T15:00:00Z","event":"\#($0)"}"# }.joined(separator: ",")
        return raw(#"{"request_id":"\#(id)","version":1,"events":[\#(list)]}"#, key: id.description)
    }

    private mutating func record(_ key: String, _ value: [UInt8]?) -> LogRecord {
        defer {
            next += 1
            timestampMs += 1
        }
        return LogRecord(
            partition: partition, offset: next, timestampMs: timestampMs, key: Array(key.utf8), value: value)
    }
}

/// A path in a directory of its own, removed with it.
final class TemporaryFile {
    let path: String
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "habeas-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appending(path: "read-model.sqlite").path
    }

    deinit {
        // Left behind, it would only cost disk.
        do { try FileManager.default.removeItem(at: directory) } catch { print("not removed: \(error)") }
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func memoryModel(_ settings: ReadModelSettings = ReadModelSettings()) throws -> ReadModel {
    try ReadModel(settings: settings, logger: quiet)
}

extension ReadModel {
    /// Versions by the numbers of the ids that the samples were made with.
    func listedIDs(_ change: (inout StatusQuery) -> Void = { _ in }) async throws -> [Int] {
        var query = StatusQuery(limit: 100)
        change(&query)
        var result: [Int] = []
        repeat {
            let page = try await list(query)
            result += page.requests.map { json in
                let text = String(decoding: json, as: UTF8.self)
                guard let match = text.firstMatch(of: /"request_id":"([^"]+)"/), let id = RequestID(match.output.1)
                else { return -1 }
                return Int(id.low)
            }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return result
    }

    func version(_ number: Int) async throws -> Int64? {
        try locate(Sample.id(number))?.version
    }
}
