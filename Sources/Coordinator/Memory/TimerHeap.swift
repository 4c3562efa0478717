import SagaKernel

/// When which saga has to be looked at: a binary heap of due times.
///
/// Entries are never removed from its middle. A saga that gets another due time gets another entry, and an entry that
/// comes up and does not agree with its saga's present due time is dropped by whoever takes it. The heap is rebuilt
/// when there are more than three entries for each saga.
struct TimerHeap {
    struct Entry: Comparable {
        var dueMs: Int64
        var id: RequestID

        /// Also by id, so that what is due at the same time comes in an order that depends on nothing else.
        static func < (one: Entry, other: Entry) -> Bool {
            one.dueMs == other.dueMs ? one.id < other.id : one.dueMs < other.dueMs
        }
    }

    private var entries: [Entry] = []

    var count: Int { entries.count }
    var earliestMs: Int64? { entries.first?.dueMs }

    mutating func insert(_ id: RequestID, dueMs: Int64) {
        entries.append(Entry(dueMs: dueMs, id: id))
        siftUp(from: entries.count - 1)
    }

    /// Takes the earliest entry, where it is due.
    mutating func popDue(nowMs: Int64) -> Entry? {
        guard let first = entries.first, first.dueMs <= nowMs else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(from: 0)
        }
        return first
    }

    /// Entries that are due, stale ones included. Looks at no more than twice as many.
    func countDue(nowMs: Int64) -> Int {
        var count = 0
        var open = entries.isEmpty ? [] : [0]
        while let index = open.popLast() {
            guard entries[index].dueMs <= nowMs else { continue }
            count += 1
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count { open.append(child) }
        }
        return count
    }

    /// Begins anew with these entries, in one pass.
    mutating func rebuild(_ newEntries: consuming [Entry]) {
        entries = newEntries
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        let moving = entries[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard moving < entries[parent] else { break }
            entries[index] = entries[parent]
            index = parent
        }
        entries[index] = moving
    }

    private mutating func siftDown(from start: Int) {
        var index = start
        let moving = entries[index]
        while true {
            var child = 2 * index + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < moving else { break }
            entries[index] = entries[child]
            index = child
        }
        entries[index] = moving
    }
}
