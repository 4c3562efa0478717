import SagaKernel
import Synchronization

/// What a worker dedupes on (contract §3).
struct TaskKey: Hashable, Sendable {
    var taskID: String
    var epoch: Int
}

/// Which tasks are being worked on, and how the last ones were completed.
///
/// Only completions are remembered: a task that is pending or failed is sent again because there is more to do.
final class TaskMemory: Sendable {
    /// What became of a task; nil when the worker stopped before it was done.
    typealias Result = Promise<Acknowledgement.Verdict?>

    enum Start: Sendable {
        /// Nobody works on it: the caller does, and calls `end` with what it keeps in the promise.
        case work(Result)
        /// Somebody works on it and will keep the promise.
        case wait(Result)
        /// It is done.
        case answer(Acknowledgement.Verdict)
    }

    private struct State {
        var running: [TaskKey: Result] = [:]
        var completed: RecentMap<TaskKey, Acknowledgement.Verdict>
    }

    private let state: Mutex<State>

    init(completedEntriesMax: Int) {
        state = Mutex(State(completed: RecentMap(capacity: completedEntriesMax)))
    }

    func start(_ key: TaskKey) -> Start {
        state.withLock { state in
            if let verdict = state.completed.value(of: key) { return .answer(verdict) }
            if let result = state.running[key] { return .wait(result) }
            let result = Result()
            state.running[key] = result
            return .work(result)
        }
    }

    /// Ends the work that `start` gave to the caller, and tells those who wait for it.
    func end(_ key: TaskKey, _ result: Result, _ verdict: Acknowledgement.Verdict?) {
        state.withLock { state in
            state.running[key] = nil
            if case .completed? = verdict, let verdict { state.completed.set(verdict, for: key) }
        }
        result.keep(verdict)
    }
}

/// The entries used last, up to a number.
struct RecentMap<Key: Hashable, Value> {
    private let capacity: Int
    private var values: [Key: (value: Value, stamp: Int)] = [:]
    /// Uses in order; one whose stamp is not the entry's any more was followed by a later use.
    private var uses: ArraySlice<(key: Key, stamp: Int)> = []
    private var stamp = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { values.count }

    mutating func value(of key: Key) -> Value? {
        guard let value = values[key]?.value else { return nil }
        set(value, for: key)
        return value
    }

    mutating func set(_ value: Value, for key: Key) {
        guard capacity > 0 else { return }
        stamp += 1
        values[key] = (value, stamp)
        uses.append((key, stamp))
        while values.count > capacity, let oldest = uses.popFirst() {
            if values[oldest.key]?.stamp == oldest.stamp { values[oldest.key] = nil }
        }
        // Few keys that are used often leave a long list of uses that say nothing any more.
        if uses.count > 2 * capacity { uses = uses.filter { values[$0.key]?.stamp == $0.stamp }[...] }
    }
}
