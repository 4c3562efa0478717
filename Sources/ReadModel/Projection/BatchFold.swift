import SagaKernel

/// What a batch of status records comes to, before the database is asked: one change for each request.
///
/// While the log is read from its beginning, a request's statuses lie close together; writing only the last of them is
/// what makes that fast.
struct BatchFold {
    enum Change {
        /// Everything known of the request is forgotten.
        case forget
        /// The status counts if it is newer than what the database has, or, after a tombstone, in any case.
        case put(StatusFacts, json: [UInt8], afterTombstone: Bool)
    }

    private(set) var changes: [(id: RequestID, change: Change)] = []
    private(set) var newestMs: Int64?
    private(set) var unreadable: [Unreadable] = []
    private var indexes: [RequestID: Int] = [:]

    struct Unreadable {
        var partition: Int32
        var offset: Int64
        var reason: any Error
    }

    mutating func add(_ record: LogRecord) {
        if let time = record.timestampMs { newestMs = max(newestMs ?? time, time) }
        do {
            if let value = record.value {
                try addStatus(record, value)
            } else {
                try addTombstone(record)
            }
        } catch {
            unreadable.append(Unreadable(partition: record.partition, offset: record.offset, reason: error))
        }
    }

    private mutating func addStatus(_ record: LogRecord, _ json: [UInt8]) throws {
        let facts = try json.withUnsafeBytes { try StatusScan.facts(of: $0, partition: record.partition) }
        if let key = RequestID(ascii: record.key), key != facts.id { throw UnreadableRecord.keyMismatch }
        guard let index = indexes[facts.id] else {
            append(facts.id, .put(facts, json: json, afterTombstone: false))
            return
        }
        switch changes[index].change {
        case .forget:
            changes[index].change = .put(facts, json: json, afterTombstone: true)
        case .put(let earlier, _, let afterTombstone):
            guard facts.supersedes(term: earlier.term, version: earlier.version) else { return }
            changes[index].change = .put(facts, json: json, afterTombstone: afterTombstone)
        }
    }

    private mutating func addTombstone(_ record: LogRecord) throws {
        guard let id = RequestID(ascii: record.key) else { throw UnreadableRecord.badKey }
        if let index = indexes[id] { changes[index].change = .forget } else { append(id, .forget) }
    }

    private mutating func append(_ id: RequestID, _ change: Change) {
        indexes[id] = changes.count
        changes.append((id, change))
    }
}
