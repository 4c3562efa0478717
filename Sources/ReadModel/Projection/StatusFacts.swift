import Contract
import SagaKernel

/// What the read model has to know of a status to find it again. The rest stays in its bytes, unread.
struct StatusFacts: Equatable, Sendable {
    struct TaskFact: Equatable, Sendable {
        var endpoint: String
        var state: TaskStatus
    }

    /// Sorts requests without a deadline (rejected ones) behind all others.
    static let noDueMs = Int64.max

    var id: RequestID
    var term: Int64
    var version: Int64
    var homePartition: Int32
    var state: StatusState
    var dueMs: Int64
    /// Of an unfinished request; `none` otherwise.
    var deadline: DeadlineStatus
    /// 32 bytes for each reference, each once, in the order of their first appearance.
    var refs: [UInt8]
    var tasks: [TaskFact]

    /// Newer than, in the order that every reader of statuses keeps.
    func supersedes(term otherTerm: Int64, version otherVersion: Int64) -> Bool {
        (term, version) > (otherTerm, otherVersion)
    }
}

/// Walks a status once and takes the facts out of it.
struct StatusScan {
    private var cursor: JSONCursor
    private var id: RequestID?
    private var term: Int64?
    private var version: Int64?
    private var homePartition: Int64?
    private var state: StatusState?
    private var dueMs = StatusFacts.noDueMs
    private var deadline = DeadlineStatus.none
    private var refs: [UInt8] = []
    private var tasks: [StatusFacts.TaskFact] = []

    /// - Parameter partition: of the record: a status lies on its home partition, so that this is where the request is
    ///   at home if the body does not say.
    static func facts(of json: UnsafeRawBufferPointer, partition: Int32) throws -> StatusFacts {
        var scan = StatusScan(cursor: JSONCursor(json))
        try scan.walk()
        guard let id = scan.id else { throw UnreadableRecord.missing(.requestID) }
        guard let term = scan.term else { throw UnreadableRecord.missing(.term) }
        guard let version = scan.version else { throw UnreadableRecord.missing(.version) }
        guard let state = scan.state else { throw UnreadableRecord.missing(.state) }
        return StatusFacts(
            id: id, term: term, version: version,
            homePartition: scan.homePartition.map { Int32(clamping: $0) } ?? partition, state: state,
            dueMs: scan.dueMs, deadline: state.isUnfinished ? scan.deadline : .none, refs: scan.refs, tasks: scan.tasks)
    }

    private init(cursor: JSONCursor) {
        self.cursor = cursor
    }

    private mutating func walk() throws {
        try cursor.beginObject()
        while let name = try cursor.nextName() {
            if try cursor.takeNull() { continue }
            switch name {
            case "request_id":
                id = try cursor.text().withUTF8 { RequestID(ascii: $0) }
                if id == nil { throw UnreadableRecord.unknown(.requestID) }
            case "term": term = try cursor.int64()
            case "version": version = try cursor.int64()
            case "home_partition": homePartition = try cursor.int64()
            case "state":
                state = StatusState(text: try cursor.text())
                if state == nil { throw UnreadableRecord.unknown(.state) }
            case "subject_ref": addRef(try cursor.text())
            case "subject_refs":
                try cursor.beginArray()
                while try cursor.nextElement() { addRef(try cursor.text()) }
            case "sla": try walkSLA()
            case "tasks":
                try cursor.beginArray()
                while try cursor.nextElement() { try walkTask() }
            default: try cursor.skipValue()
            }
        }
        try cursor.end()
    }

    private mutating func walkSLA() throws {
        try cursor.beginObject()
        while let name = try cursor.nextName() {
            if try cursor.takeNull() { continue }
            switch name {
            case "status": deadline = DeadlineStatus(text: try cursor.text())
            case "due_time":
                guard let due = try cursor.text().withUTF8({ TimeText.parse($0) }) else {
                    throw UnreadableRecord.unknown(.dueTime)
                }
                dueMs = due.milliseconds
            default: try cursor.skipValue()
            }
        }
    }

    private mutating func walkTask() throws {
        var endpoint: String?
        var state: TaskStatus?
        try cursor.beginObject()
        while let name = try cursor.nextName() {
            switch name {
            case "endpoint_id": endpoint = try cursor.string()
            case "state":
                state = TaskStatus(text: try cursor.text())
                if state == nil { throw UnreadableRecord.unknown(.taskState) }
            default: try cursor.skipValue()
            }
        }
        guard let endpoint else { throw UnreadableRecord.missing(.endpoint) }
        guard let state else { throw UnreadableRecord.missing(.taskState) }
        tasks.append(StatusFacts.TaskFact(endpoint: endpoint, state: state))
    }

    /// A reference of another form cannot be asked for, so it is passed over.
    private mutating func addRef(_ text: JSONText) {
        let ref = text.withUTF8 { SubjectRefText.bytes($0) }
        guard let ref, !SubjectRefText.contains(refs, ref) else { return }
        refs.append(contentsOf: ref)
    }
}
