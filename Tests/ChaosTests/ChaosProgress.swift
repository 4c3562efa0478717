import Foundation

/// How many different tasks a run's worker has seen committed; a place to wait for more of them.
final class ChaosProgress: @unchecked Sendable {
    // Guarded by `changed`.
    private var seen: Set<String> = []
    private let changed = NSCondition()

    var tasks: Int { changed.withLock { seen.count } }

    func saw(_ tasks: [String]) {
        changed.withLock {
            seen.formUnion(tasks)
            changed.broadcast()
        }
    }

    /// - Throws: `ChaosFault.stuck` when they have not come within `seconds`.
    func wait(forTasks count: Int, seconds: Double = 60) throws {
        let deadline = Date().addingTimeInterval(seconds)
        try changed.withLock {
            while seen.count < count {
                guard changed.wait(until: deadline) else {
                    throw ChaosFault.stuck("\(seen.count) tasks came, of \(count), within \(seconds) s")
                }
            }
        }
    }
}

enum ChaosFault: Error {
    case stuck(String)
}
