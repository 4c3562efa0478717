import GRDB

/// The tables. Migrations are only ever added, never changed.
///
/// A request's row carries what the next status is compared with; `tasks` and `refs` are there so that an update
/// touches only the index entries that change. Requests without a deadline have the largest one. All numbers of states
/// and standings are raw values of the enums beside the projection.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in try db.execute(sql: v1) }
        return migrator
    }

    /// All but `meta`.
    static let tablesOfContent = [
        "positions", "requests", "subject_refs", "endpoints", "endpoint_requests", "request_counts", "task_counts",
        "deadline_counts", "timeline",
    ]

    private static let v1 = """
        CREATE TABLE meta (
            name TEXT NOT NULL PRIMARY KEY,
            value ANY NOT NULL
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE positions (
            topic INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            PRIMARY KEY (topic, partition)
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE requests (
            no INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            term INTEGER NOT NULL,
            version INTEGER NOT NULL,
            home_partition INTEGER NOT NULL,
            state INTEGER NOT NULL,
            due_ms INTEGER NOT NULL,
            deadline INTEGER NOT NULL,
            tasks BLOB NOT NULL,
            refs BLOB NOT NULL,
            json BLOB NOT NULL
        ) STRICT;
        CREATE INDEX requests_by_state ON requests (state, due_ms, id);

        CREATE TABLE subject_refs (
            ref BLOB NOT NULL,
            request INTEGER NOT NULL,
            PRIMARY KEY (ref, request)
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE endpoints (
            no INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE endpoint_requests (
            endpoint INTEGER NOT NULL,
            standing INTEGER NOT NULL,
            request INTEGER NOT NULL,
            PRIMARY KEY (endpoint, standing, request)
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE request_counts (
            state INTEGER PRIMARY KEY,
            count INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE deadline_counts (
            deadline INTEGER PRIMARY KEY,
            count INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE task_counts (
            endpoint INTEGER NOT NULL,
            state INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (endpoint, state)
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE timeline (
            request_id BLOB NOT NULL,
            partition INTEGER NOT NULL,
            log_offset INTEGER NOT NULL,
            time_ms INTEGER NOT NULL,
            events_until INTEGER NOT NULL,
            events BLOB NOT NULL,
            PRIMARY KEY (request_id, partition, log_offset)
        ) WITHOUT ROWID, STRICT;
        CREATE INDEX timeline_by_time ON timeline (time_ms);
        """
}
