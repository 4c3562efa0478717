import GRDB
import Logging

extension ReadModel {
    /// Takes in a batch of `status` records, all or nothing, in one transaction.
    ///
    /// The newest status of a request stands; a tombstone removes everything that is known of it. A record that cannot
    /// be read is counted, named in the log by its offset, and passed over. Records in front of the saved position are
    /// passed over too, so that a log that is read from its beginning again costs little. One caller at a time.
    /// - Throws: `DatabaseError`; nothing has changed then, and the same batch may be applied again.
    public func apply(_ batch: [LogRecord]) throws {
        let fresh = unseen(batch, of: .status)
        guard !fresh.isEmpty else { return }
        var fold = BatchFold()
        for record in fresh { fold.add(record) }
        report(fold.unreadable, of: .status)
        try writer.writeWithoutTransaction { db in
            var changes: StatusWriter?
            try db.inTransaction {
                var statuses = try StatusWriter(
                    db, endpoints: shared.now.endpoints, knownIDs: shared.knownIDs)
                for (id, change) in fold.changes {
                    switch change {
                    case .forget: try statuses.forget(id)
                    case .put(let facts, let json, let afterTombstone):
                        try statuses.put(facts, json: json, afterTombstone: afterTombstone)
                    }
                }
                try statuses.saveTally()
                try savePositions(db, fresh, of: .status, newestMs: fold.newestMs)
                changes = statuses
                return .commit
            }
            // Behind the commit and still on the writer's queue, so that memory changes in the order of the commits.
            guard let changes else { return }
            shared.change { state in
                state.tally.add(changes.tally)
                state.endpoints.merge(changes.newEndpoints) { $1 }
                if let newest = fold.newestMs { state.newestMs = max(state.newestMs ?? newest, newest) }
            }
            remember(fresh, of: .status)
        }
    }

    /// Notes that the file is level with the log although nothing came: an idle system's file does not grow stale.
    public func touch(nowMs: Int64) throws {
        try writer.write { db in try Self.set(db, .savedMs, nowMs.databaseValue) }
        shared.change { $0.savedMs = nowMs }
    }

    /// When the file was last level with the log, milliseconds since 1970; nil for a new one.
    public var savedMs: Int64? { shared.now.savedMs }

    /// The next offset to read of each partition that was ever read.
    public func positions(of topic: ProjectedTopic) -> [Int32: Int64] {
        shared.now.positions[topic] ?? [:]
    }

    func unseen(_ batch: [LogRecord], of topic: ProjectedTopic) -> [LogRecord] {
        let positions = positions(of: topic)
        return batch.filter { $0.offset >= positions[$0.partition] ?? 0 }
    }

    func savePositions(
        _ db: Database, _ batch: [LogRecord], of topic: ProjectedTopic, newestMs: Int64?
    ) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO positions (topic, partition, next_offset) VALUES (?, ?, ?)")
        for (partition, offset) in Self.nextOffsets(batch) {
            try statement.execute(arguments: [topic.rawValue, partition, offset])
        }
        guard let newestMs else { return }
        let known = shared.now.newestMs ?? newestMs
        if topic == .status { try Self.set(db, .newestMs, max(known, newestMs).databaseValue) }
    }

    func remember(_ batch: [LogRecord], of topic: ProjectedTopic) {
        let offsets = Self.nextOffsets(batch)
        shared.change { state in
            state.positions[topic, default: [:]].merge(offsets) { $1 }
            state.recordsTaken[topic, default: 0] += batch.count
        }
    }

    func report(_ unreadable: [BatchFold.Unreadable], of topic: ProjectedTopic) {
        guard let first = unreadable.first else { return }
        shared.change { $0.recordsUnreadable[topic, default: 0] += unreadable.count }
        logger.warning(
            "records that cannot be read were passed over",
            metadata: [
                "topic": "\(topic.name)", "count": "\(unreadable.count)", "first_partition": "\(first.partition)",
                "first_offset": "\(first.offset)", "first_reason": "\(first.reason)",
            ])
    }

    private static func nextOffsets(_ batch: [LogRecord]) -> [Int32: Int64] {
        var result: [Int32: Int64] = [:]
        for record in batch { result[record.partition] = max(result[record.partition] ?? 0, record.offset + 1) }
        return result
    }
}
