public import Contract
import Foundation
import GRDB
import SagaKernel

extension ReadModel {
    /// Takes in a batch of `timeline` records, all or nothing, in one transaction.
    ///
    /// Of each request the newest events are kept, up to the settings' bound; what is older than the age bound goes. A
    /// record that cannot be read is counted and passed over. One caller at a time.
    /// - Throws: `DatabaseError`; nothing has changed then, and the same batch may be applied again.
    public func applyTimeline(_ batch: [LogRecord]) throws {
        let fresh = unseen(batch, of: .timeline)
        guard !fresh.isEmpty else { return }
        var unreadable: [BatchFold.Unreadable] = []
        var readable: [(record: LogRecord, facts: TimelineFacts)] = []
        for record in fresh {
            do {
                guard let facts = try Self.facts(of: record) else { continue }
                readable.append((record, facts))
            } catch {
                unreadable.append(
                    BatchFold.Unreadable(partition: record.partition, offset: record.offset, reason: error))
            }
        }
        report(unreadable, of: .timeline)
        try writer.writeWithoutTransaction { db in
            try db.inTransaction {
                for (record, facts) in readable { try insert(db, record, facts) }
                try forgetOld(db, newestMs: readable.compactMap(\.record.timestampMs).max())
                try savePositions(db, fresh, of: .timeline, newestMs: nil)
                return .commit
            }
            remember(fresh, of: .timeline)
        }
    }

    /// nil for a tombstone: the topic is not compacted, so that one means nothing.
    private static func facts(of record: LogRecord) throws -> TimelineFacts? {
        guard let value = record.value else { return nil }
        return try value.withUnsafeBytes { try TimelineFacts.facts(of: $0) }
    }

    /// `events_until` counts the events of the request so far, so that one look at its last row tells how many to
    /// forget.
    private func insert(_ db: Database, _ record: LogRecord, _ facts: TimelineFacts) throws {
        guard let value = record.value, facts.eventCount > 0 else { return }
        let id = facts.id.blob
        let last = try Int64.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT events_until FROM timeline WHERE request_id = ?
                    ORDER BY partition DESC, log_offset DESC LIMIT 1
                    """), arguments: [id])
        let timeMs: Int64 = record.timestampMs ?? shared.now.newestMs ?? 0
        let until = (last ?? 0) + Int64(facts.eventCount)
        try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO timeline (request_id, partition, log_offset, time_ms, events_until, events)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            id, record.partition, record.offset, timeMs, until, Data(value[facts.events]),
        ])
        let bound = until - Int64(settings.timelineEventsPerRequestMax)
        guard bound > 0 else { return }
        try db.cachedStatement(sql: "DELETE FROM timeline WHERE request_id = ? AND events_until <= ?")
            .execute(arguments: [id, bound])
    }

    /// A bounded share at a time: the first sweep over an old log must not hold up the statuses.
    private func forgetOld(_ db: Database, newestMs: Int64?) throws {
        guard let newestMs else { return }
        try db.cachedStatement(
            sql: """
                DELETE FROM timeline WHERE (request_id, partition, log_offset) IN
                    (SELECT request_id, partition, log_offset FROM timeline WHERE time_ms < ? LIMIT 10000)
                """
        ).execute(arguments: [newestMs - settings.timelineAgeMaxMs])
    }

    public func timeline(id: String, limit: Int) async throws -> [TimelineDocument.EventDocument] {
        guard let id = RequestID(id), limit > 0 else { return [] }
        let arrays = try await writer.read { db -> [Data] in
            var arrays: [Data] = []
            var missing = limit
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT events FROM timeline WHERE request_id = ?
                        ORDER BY partition DESC, log_offset DESC
                        """), arguments: [id.blob])
            // Each row holds at least one event, so that at most `limit` rows are read.
            while missing > 0, let row = try rows.next() {
                arrays.append(row[0])
                missing -= 1
            }
            return arrays
        }
        let decoder = JSONDecoder()
        var events: [TimelineDocument.EventDocument] = []
        for array in arrays {
            let older = try decoder.decode([TimelineDocument.EventDocument].self, from: array)
            events.insert(contentsOf: older, at: 0)
            if events.count >= limit { break }
        }
        return Array(events.suffix(limit))
    }
}
