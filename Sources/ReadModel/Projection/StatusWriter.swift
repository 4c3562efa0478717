import Foundation
import GRDB
import SagaKernel

/// Writes the statuses of one transaction. Only what changed is touched: a request's index entries cost far more than
/// its row, and most statuses move one task.
struct StatusWriter {
    private let db: Database
    private let knownIDs: KnownIDs
    private var endpoints: [String: Int32]
    /// Numbers given out in this transaction: memory learns them when it is committed.
    private(set) var newEndpoints: [String: Int32] = [:]
    /// What the transaction adds to the counts.
    private(set) var tally = Tally()

    private let find: Statement
    private let insert: Statement
    private let updateBody: Statement
    private let updatePlace: Statement
    private let addStanding: Statement
    private let dropStanding: Statement
    private let addRef: Statement
    private let dropRef: Statement

    /// What the row says before it is changed.
    private struct Stored {
        var no: Int64
        var term: Int64
        var version: Int64
        var state: StatusState
        var dueMs: Int64
        var deadline: DeadlineStatus
        var tasks: Data
        var refs: Data
    }

    init(_ db: Database, endpoints: [String: Int32], knownIDs: KnownIDs) throws {
        self.db = db
        self.knownIDs = knownIDs
        self.endpoints = endpoints
        find = try db.cachedStatement(
            sql: "SELECT no, term, version, state, due_ms, tasks, refs, deadline FROM requests WHERE id = ?")
        insert = try db.cachedStatement(
            sql: """
                INSERT INTO requests (id, term, version, home_partition, state, due_ms, deadline, tasks, refs, json)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        updateBody = try db.cachedStatement(
            sql: """
                UPDATE requests
                SET term = ?, version = ?, home_partition = ?, deadline = ?, tasks = ?, refs = ?, json = ?
                WHERE no = ?
                """)
        // Apart from the one above, because SQLite writes an index anew for every column that is named, changed or not.
        updatePlace = try db.cachedStatement(sql: "UPDATE requests SET state = ?, due_ms = ? WHERE no = ?")
        addStanding = try db.cachedStatement(
            sql: "INSERT INTO endpoint_requests (endpoint, standing, request) VALUES (?, ?, ?)")
        dropStanding = try db.cachedStatement(
            sql: "DELETE FROM endpoint_requests WHERE endpoint = ? AND standing = ? AND request = ?")
        addRef = try db.cachedStatement(sql: "INSERT INTO subject_refs (ref, request) VALUES (?, ?)")
        dropRef = try db.cachedStatement(sql: "DELETE FROM subject_refs WHERE ref = ? AND request = ?")
    }

    mutating func put(_ facts: StatusFacts, json: [UInt8], afterTombstone: Bool) throws {
        if afterTombstone { try forget(facts.id) }
        let tasks = TaskList(
            entries: try facts.tasks.map { TaskList.Entry(endpoint: try number(of: $0.endpoint), state: $0.state) })
        guard let stored = try row(of: facts.id) else {
            try create(facts, tasks, json: json)
            return
        }
        guard facts.supersedes(term: stored.term, version: stored.version) else { return }
        try replace(stored, by: facts, tasks, json: json)
    }

    mutating func forget(_ id: RequestID) throws {
        try db.cachedStatement(sql: "DELETE FROM timeline WHERE request_id = ?").execute(arguments: [id.blob])
        guard let stored = try row(of: id) else { return }
        let tasks = stored.tasks.withUnsafeBytes { TaskList(bytes: $0) }
        tally.count(stored.state, by: -1)
        tally.count(stored.deadline, by: -1)
        tally.count(tasks, by: -1)
        try move(stored.no, from: tasks.standings, to: [])
        try moveRefs(stored.no, from: stored.refs, to: Data())
        try db.cachedStatement(sql: "DELETE FROM requests WHERE no = ?").execute(arguments: [stored.no])
    }

    /// Brings the count tables up to what the transaction changed.
    func saveTally() throws {
        let requests = try db.cachedStatement(
            sql: """
                INSERT INTO request_counts (state, count) VALUES (?1, ?2)
                ON CONFLICT (state) DO UPDATE SET count = count + ?2
                """)
        for (state, amount) in tally.requests.enumerated() where amount != 0 {
            try requests.execute(arguments: [state, amount])
        }
        let deadlines = try db.cachedStatement(
            sql: """
                INSERT INTO deadline_counts (deadline, count) VALUES (?1, ?2)
                ON CONFLICT (deadline) DO UPDATE SET count = count + ?2
                """)
        for (deadline, amount) in tally.deadlines.enumerated() where amount != 0 {
            try deadlines.execute(arguments: [deadline, amount])
        }
        let tasks = try db.cachedStatement(
            sql: """
                INSERT INTO task_counts (endpoint, state, count) VALUES (?1, ?2, ?3)
                ON CONFLICT (endpoint, state) DO UPDATE SET count = count + ?3
                """)
        for (endpoint, counts) in tally.tasks {
            for (state, amount) in counts.enumerated() where amount != 0 {
                try tasks.execute(arguments: [endpoint, state, amount])
            }
        }
    }

    private mutating func create(_ facts: StatusFacts, _ tasks: TaskList, json: [UInt8]) throws {
        let refs = Data(facts.refs)
        try insert.execute(arguments: [
            facts.id.blob, facts.term, facts.version, facts.homePartition, facts.state.rawValue, facts.dueMs,
            facts.deadline.rawValue, Data(tasks.bytes), refs, Data(json),
        ])
        let no = db.lastInsertedRowID
        tally.count(facts.state, by: 1)
        tally.count(facts.deadline, by: 1)
        tally.count(tasks, by: 1)
        try move(no, from: [], to: tasks.standings)
        try moveRefs(no, from: Data(), to: refs)
        knownIDs.insert(facts.id)
    }

    private mutating func replace(
        _ stored: Stored, by facts: StatusFacts, _ tasks: TaskList, json: [UInt8]
    ) throws {
        let taskBytes = Data(tasks.bytes)
        let refs = Data(facts.refs)
        try updateBody.execute(arguments: [
            facts.term, facts.version, facts.homePartition, facts.deadline.rawValue, taskBytes, refs, Data(json),
            stored.no,
        ])
        if stored.state != facts.state || stored.dueMs != facts.dueMs {
            try updatePlace.execute(arguments: [facts.state.rawValue, facts.dueMs, stored.no])
        }
        tally.count(stored.state, by: -1)
        tally.count(facts.state, by: 1)
        tally.count(stored.deadline, by: -1)
        tally.count(facts.deadline, by: 1)
        if stored.tasks != taskBytes {
            let before = stored.tasks.withUnsafeBytes { TaskList(bytes: $0) }
            tally.count(before, by: -1)
            tally.count(tasks, by: 1)
            try move(stored.no, from: before.standings, to: tasks.standings)
        }
        if stored.refs != refs { try moveRefs(stored.no, from: stored.refs, to: refs) }
    }

    private func row(of id: RequestID) throws -> Stored? {
        guard knownIDs.mayContain(id) else { return nil }
        let rows = try Row.fetchCursor(find, arguments: [id.blob])
        guard let row = try rows.next() else { return nil }
        // A state that this program does not know can only come from a damaged file.
        guard let state = StatusState(rawValue: row[3]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a request's state is not one of the states")
        }
        return Stored(
            no: row[0], term: row[1], version: row[2], state: state, dueMs: row[4],
            deadline: DeadlineStatus(rawValue: row[7]) ?? .none, tasks: row[5], refs: row[6])
    }

    private func move(_ no: Int64, from before: [TaskList.Standing], to after: [TaskList.Standing]) throws {
        let (gone, come) = TaskList.difference(before, after)
        for standing in gone {
            try dropStanding.execute(arguments: [standing.endpoint, standing.standing, no])
        }
        for standing in come {
            try addStanding.execute(arguments: [standing.endpoint, standing.standing, no])
        }
    }

    private func moveRefs(_ no: Int64, from before: Data, to after: Data) throws {
        let before = Self.refs(before)
        let after = Self.refs(after)
        for ref in before where !after.contains(ref) { try dropRef.execute(arguments: [ref, no]) }
        for ref in after where !before.contains(ref) { try addRef.execute(arguments: [ref, no]) }
    }

    private static func refs(_ list: Data) -> [Data] {
        stride(from: 0, to: list.count, by: SubjectRefText.byteCount).map {
            list[list.startIndex + $0..<list.startIndex + $0 + SubjectRefText.byteCount]
        }
    }

    private mutating func number(of endpoint: String) throws -> Int32 {
        if let number = endpoints[endpoint] { return number }
        try db.cachedStatement(sql: "INSERT INTO endpoints (id) VALUES (?)").execute(arguments: [endpoint])
        let number = Int32(truncatingIfNeeded: db.lastInsertedRowID)
        endpoints[endpoint] = number
        newEndpoints[endpoint] = number
        return number
    }
}
