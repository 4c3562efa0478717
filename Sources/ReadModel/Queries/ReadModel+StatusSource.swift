public import Contract
import Foundation
import GRDB
public import SagaKernel

extension ReadModel: StatusSource {
    public func status(id: String) async throws -> StatusAnswer? {
        guard let id = RequestID(id), shared.knownIDs.mayContain(id) else { return nil }
        // Taken before the row: the answer is at least as fresh as it says.
        let asOf = asOfText()
        let json = try await writer.read { db in
            try Data.fetchOne(
                db.cachedStatement(sql: "SELECT json FROM requests WHERE id = ?"), arguments: [id.blob])
        }
        return json.map { StatusAnswer(json: Array($0), asOf: asOf) }
    }

    /// - Throws: `ReadModelError` for a question that cannot be answered, `DatabaseError` where SQLite fails.
    public func list(_ query: StatusQuery) async throws -> StatusPage {
        let now = shared.now
        let plan = try PagePlan(query, settings: settings, tally: now.tally, endpoints: now.endpoints)
        let asOf = asOfText()
        let bytesMax = settings.pageBytesMax
        return try await writer.read { db in
            let places = try PageQuery(plan: plan).places(db)
            let find = try db.cachedStatement(sql: "SELECT json FROM requests WHERE no = ?")
            var requests: [[UInt8]] = []
            var bytes = 0
            for place in places.prefix(plan.limit) {
                guard let json = try Data.fetchOne(find, arguments: [place.no]) else { continue }
                if bytes + json.count > bytesMax, !requests.isEmpty { break }
                bytes += json.count
                requests.append(Array(json))
            }
            var next: String?
            if requests.count < places.count, !requests.isEmpty {
                let last = places[requests.count - 1]
                next = PageCursor(dueMs: last.dueMs, id: last.id).text(for: query)
            }
            return StatusPage(requests: requests, nextCursor: next, asOf: asOf)
        }
    }

    /// From memory: does not wait for the database.
    public func summary() async throws -> StatusSummary {
        let tally = shared.now.tally
        var byState: [String: Int] = [:]
        for state in StatusState.allCases { byState[state.name] = tally.requests[state.rawValue] }
        return StatusSummary(total: tally.requests.reduce(0, +), byState: byState, asOf: asOfText())
    }

    /// 1970 where nothing was seen yet: as old as can be.
    private func asOfText() -> String {
        TimeText.text(Timestamp(milliseconds: shared.now.newestMs ?? 0))
    }
}

extension ReadModel {
    /// Where a request is at home, as far as its newest known status says.
    public struct Location: Hashable, Sendable {
        public var homePartition: Int32
        /// As on the wire: `in_progress`, `completed`, …
        public var state: String
        public var term: Int64
        public var version: Int64
    }

    /// Answers from any thread; for an unknown id, which is nearly every one that a lane asks about, in well under a
    /// microsecond and without the database. A known id costs a look into the database: tens of microseconds, or, with
    /// everything in memory, as long as the batch takes that is just being applied.
    /// - Throws: `DatabaseError` where SQLite fails.
    public func locate(_ id: RequestID) throws -> Location? {
        guard shared.knownIDs.mayContain(id) else { return nil }
        return try writer.read { db in
            let find = try db.cachedStatement(
                sql: "SELECT home_partition, state, term, version FROM requests WHERE id = ?")
            let rows = try Row.fetchCursor(find, arguments: [id.blob])
            guard let row = try rows.next(), let state = StatusState(rawValue: row[1]) else { return nil }
            return Location(homePartition: row[0], state: state.name, term: row[2], version: row[3])
        }
    }
}
