import Foundation
import GRDB
public import Logging
import SagaKernel
import Synchronization

/// What all partitions' statuses say together, in SQLite: a projection that can be thrown away and made again from the
/// log at any time.
///
/// One caller applies records (the feeder); any number ask. The numbers of a summary and of a scrape, and the answer
/// "surely unknown", come from memory and never wait for the database.
public struct ReadModel: Sendable {
    let writer: any DatabaseWriter
    let shared: SharedState
    let settings: ReadModelSettings
    let logger: Logger

    /// Opens the file, or makes it; without a path, everything is kept in memory.
    ///
    /// - Parameters:
    ///   - path: of the SQLite file.
    ///   - identity: the cluster and the topic prefix that the records come from. A file that was made under another
    ///     one is refused: its rows would be mixed with those of a different system.
    /// - Throws: `foreignFile`, `newerFile`, `unusableFile`.
    public init(
        path: String? = nil, identity: String = "", settings: ReadModelSettings = ReadModelSettings(), logger: Logger
    ) throws(ReadModelError) {
        self.settings = settings.checked()
        self.logger = logger
        shared = SharedState()
        do {
            writer = try Self.open(path: path, settings: settings)
            try migrate()
            try claim(identity: identity)
            try load()
        } catch let error as ReadModelError {
            throw error
        } catch let error as DatabaseError {
            throw .unusableFile(reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        } catch {
            throw .unusableFile(reason: "\(error)")
        }
    }

    /// Forgets everything, positions included: the next feeding begins at the beginning of the log.
    public func reset() throws {
        try writer.writeWithoutTransaction { db in
            try db.inTransaction {
                // Without a condition SQLite drops whole tables' pages, however many rows there are.
                for table in Schema.tablesOfContent { try db.execute(sql: "DELETE FROM \(table)") }
                try db.execute(sql: "DELETE FROM meta WHERE name <> ?", arguments: [Fact.identity.rawValue])
                return .commit
            }
            shared.knownIDs.removeAll()
            shared.change { state in
                var fresh = SharedState.State()
                // Totals of the process, not of the file.
                fresh.recordsTaken = state.recordsTaken
                fresh.recordsUnreadable = state.recordsUnreadable
                state = fresh
            }
        }
    }

    private static func open(path: String?, settings: ReadModelSettings) throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.label = "read-model"
        configuration.foreignKeysEnabled = false
        configuration.maximumReaderCount = settings.readersMax
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // Most statuses are two to four kilobytes; larger pages waste less of themselves. Only a new file heeds it.
            try db.execute(sql: "PRAGMA page_size = 8192")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            try db.execute(sql: "PRAGMA cache_size = -65536")
        }
        guard let path else { return try DatabaseQueue(configuration: configuration) }
        return try DatabasePool(path: path, configuration: configuration)
    }

    private func migrate() throws {
        let migrator = Schema.migrator
        if try writer.read({ db in try migrator.hasBeenSuperseded(db) }) { throw ReadModelError.newerFile }
        try migrator.migrate(writer)
    }

    private func claim(identity: String) throws {
        try writer.write { db in
            guard let found = try Self.text(db, .identity) else {
                try Self.set(db, .identity, identity.databaseValue)
                return
            }
            guard found == identity else { throw ReadModelError.foreignFile(found: found, expected: identity) }
        }
    }
}

extension ReadModel {
    /// Names in the table `meta`.
    enum Fact: String {
        case identity
        /// When the newest status that was seen was written, milliseconds since 1970.
        case newestMs = "newest_ms"
        /// When the file was last known to be level with the log, by this machine's clock.
        case savedMs = "saved_ms"
    }

    static func text(_ db: Database, _ fact: Fact) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [fact.rawValue])
    }

    static func number(_ db: Database, _ fact: Fact) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [fact.rawValue])
    }

    static func set(_ db: Database, _ fact: Fact, _ value: DatabaseValue) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)")
            .execute(arguments: [fact.rawValue, value])
    }
}

/// What every copy of a read model shares beside the database.
final class SharedState: Sendable {
    struct State: Sendable {
        var tally = Tally()
        var endpoints: [String: Int32] = [:]
        /// The next offset to read, by topic and partition.
        var positions: [ProjectedTopic: [Int32: Int64]] = [:]
        var newestMs: Int64?
        var savedMs: Int64?
        /// Since this process began.
        var recordsTaken: [ProjectedTopic: Int] = [:]
        var recordsUnreadable: [ProjectedTopic: Int] = [:]
    }

    private let state = Mutex(State())
    let knownIDs = KnownIDs()

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
    }
}

extension RequestID {
    /// Sixteen bytes that sort like the text.
    var blob: Data {
        var data = Data(capacity: 16)
        for word in [high, low] { withUnsafeBytes(of: word.bigEndian) { data.append(contentsOf: $0) } }
        return data
    }

    init?(blob: Data) {
        guard blob.count == 16 else { return nil }
        let words = blob.withUnsafeBytes { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        self.init(high: words.0, low: words.1)
    }
}
