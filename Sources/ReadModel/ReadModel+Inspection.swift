import GRDB

/// Looks behind the scenes, for tests alone: they may not import the database.
extension ReadModel {
    /// Rows by table, of those tables that have to be empty when there is no request.
    func rowCounts() throws -> [String: Int] {
        try writer.read { db in
            var counts: [String: Int] = [:]
            for table in ["requests", "subject_refs", "endpoint_requests", "timeline"] {
                counts[table] = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)")
            }
            return counts
        }
    }

    /// The places of a plan that a test made.
    func places(_ plan: PagePlan) async throws -> [PageQuery.Place] {
        try await writer.read { db in try PageQuery(plan: plan).places(db) }
    }

    /// As if a later version had changed the tables.
    func pretendNewer() throws {
        try writer.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('v999')")
        }
    }

    /// Calls `body` in the middle of a transaction that writes.
    func whileWriting(_ body: () throws -> Void) throws {
        try writer.write { db in
            try db.execute(sql: "UPDATE requests SET version = version + 1")
            try body()
        }
    }
}
