import Foundation
import GRDB
import SagaKernel

/// Runs a plan: at most `limit` + 1 places, in order, so that the last tells whether a page follows.
struct PageQuery {
    struct Place {
        var dueMs: Int64
        var id: RequestID
        var no: Int64
    }

    var plan: PagePlan

    func places(_ db: Database) throws -> [Place] {
        if plan.isEmpty { return [] }
        switch plan.driver {
        case .states:
            // Each state's index is in the answer's order already; a page needs at most its first rows of each.
            let places = try plan.states.flatMap { try placesByState(db, $0) }
            return Array(places.sorted { ($0.dueMs, $0.id) < ($1.dueMs, $1.id) }.prefix(plan.limit + 1))
        case .endpoint, .subject:
            return try placesByDriver(db)
        }
    }

    private func placesByState(_ db: Database, _ state: StatusState) throws -> [Place] {
        var sql = """
            SELECT due_ms, id, no FROM requests INDEXED BY requests_by_state
            WHERE state = ? AND (due_ms, id) > (?, ?) AND due_ms <= ?
            """
        var arguments: StatementArguments = [
            state.rawValue, plan.after.dueMs, plan.after.id.blob, plan.dueUntilMs,
        ]
        if let condition = endpointCondition("requests.no", &arguments) { sql += " AND \(condition)" }
        sql += " ORDER BY due_ms, id LIMIT ?"
        arguments += [plan.limit + 1]
        return try places(db, sql, arguments)
    }

    private func placesByDriver(_ db: Database) throws -> [Place] {
        var arguments: StatementArguments = []
        var sql = "SELECT DISTINCT r.due_ms, r.id, r.no FROM "
        // CROSS JOIN makes SQLite walk the tables in this order.
        if plan.driver == .subject, let ref = plan.ref {
            sql += "subject_refs AS d CROSS JOIN requests AS r ON r.no = d.request WHERE d.ref = ?"
            arguments += [ref]
            if let condition = endpointCondition("r.no", &arguments) { sql += " AND \(condition)" }
        } else if let endpoint = plan.endpoint {
            sql += "endpoint_requests AS d CROSS JOIN requests AS r ON r.no = d.request WHERE d.endpoint = ?"
            arguments += [endpoint.endpoint]
            sql += " AND d.standing IN (\(Self.list(endpoint.standings.map(\.rawValue))))"
        }
        sql += " AND r.state IN (\(Self.list(plan.states.map(\.rawValue))))"
        sql += " AND (r.due_ms, r.id) > (?, ?) AND r.due_ms <= ?"
        arguments += [plan.after.dueMs, plan.after.id.blob, plan.dueUntilMs]
        sql += " ORDER BY r.due_ms, r.id LIMIT ?"
        arguments += [plan.limit + 1]
        return try places(db, sql, arguments)
    }

    private func endpointCondition(_ column: String, _ arguments: inout StatementArguments) -> String? {
        guard let endpoint = plan.endpoint else { return nil }
        arguments += [endpoint.endpoint]
        return """
            EXISTS (SELECT 1 FROM endpoint_requests WHERE endpoint = ?
                AND standing IN (\(Self.list(endpoint.standings.map(\.rawValue)))) AND request = \(column))
            """
    }

    private func places(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws -> [Place] {
        var places: [Place] = []
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        while let row = try rows.next() {
            guard let id = RequestID(blob: row[1]) else { continue }
            places.append(Place(dueMs: row[0], id: id, no: row[2]))
        }
        return places
    }

    /// Raw values of our own enums: nothing from outside gets into the SQL.
    private static func list(_ values: [Int]) -> String {
        values.map(String.init).joined(separator: ", ")
    }
}
