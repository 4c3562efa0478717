import Foundation
import GRDB
import SagaKernel

extension ReadModel {
    /// Reads into memory what is kept there beside the rows.
    func load() throws {
        let knownIDs = shared.knownIDs
        let state = try writer.read { db in
            var state = SharedState.State()
            state.newestMs = try Self.number(db, .newestMs)
            state.savedMs = try Self.number(db, .savedMs)
            state.endpoints = try Self.endpoints(db)
            state.positions = try Self.positions(db)
            state.tally = try Self.tally(db)
            let ids = try Data.fetchCursor(db, sql: "SELECT id FROM requests INDEXED BY sqlite_autoindex_requests_1")
            while let blob = try ids.next() {
                if let id = RequestID(blob: blob) { knownIDs.insert(id) }
            }
            return state
        }
        shared.change { $0 = state }
    }

    private static func endpoints(_ db: Database) throws -> [String: Int32] {
        var result: [String: Int32] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT id, no FROM endpoints")
        while let row = try rows.next() { result[row[0]] = row[1] }
        return result
    }

    private static func positions(_ db: Database) throws -> [ProjectedTopic: [Int32: Int64]] {
        var result: [ProjectedTopic: [Int32: Int64]] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT topic, partition, next_offset FROM positions")
        while let row = try rows.next() {
            guard let topic = ProjectedTopic(rawValue: row[0]) else { continue }
            result[topic, default: [:]][row[1]] = row[2]
        }
        return result
    }

    private static func tally(_ db: Database) throws -> Tally {
        var tally = Tally()
        let requests = try Row.fetchCursor(db, sql: "SELECT state, count FROM request_counts")
        while let row = try requests.next() {
            guard let state = StatusState(rawValue: row[0]) else { continue }
            tally.count(state, by: row[1])
        }
        let deadlines = try Row.fetchCursor(db, sql: "SELECT deadline, count FROM deadline_counts")
        while let row = try deadlines.next() {
            guard let deadline = DeadlineStatus(rawValue: row[0]) else { continue }
            tally.count(deadline, by: row[1])
        }
        let tasks = try Row.fetchCursor(db, sql: "SELECT endpoint, state, count FROM task_counts WHERE count <> 0")
        while let row = try tasks.next() {
            guard let state = TaskStatus(rawValue: row[1]) else { continue }
            tally.tasks[row[0], default: Tally.noTasks][Int(state.rawValue)] += row[2] as Int
        }
        return tally
    }
}
