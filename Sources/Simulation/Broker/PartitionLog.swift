/// A record as the simulated broker keeps it.
struct SimulatedRecord {
    var key: [UInt8]?
    /// nil is a tombstone.
    var value: [UInt8]?
    var headers: [(name: [UInt8], value: [UInt8]?)] = []
}

/// Where a record lies.
struct Place: Hashable, Comparable {
    var topic: String
    var partition: Int32

    static func < (left: Place, right: Place) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// One partition: records and control markers under rising offsets, with what transactions make of them.
///
/// Facts of Kafka that are kept: the last stable offset is the first record of the oldest transaction without a marker
/// in this partition; readers of committed records see nothing behind it, and skip what was aborted; markers take
/// offsets; compaction and retention leave holes and never change an offset.
final class PartitionLog {
    struct Entry {
        var offset: Int64
        var timestampMs: Int64
        /// nil: outside transactions.
        var transaction: Int?
        /// nil: a marker, which ends `transaction`.
        var record: SimulatedRecord?
    }

    private(set) var entries: [Entry] = []
    private(set) var highWatermark: Int64 = 0
    private(set) var startOffset: Int64 = 0
    /// Transactions without a marker here, with their first offset here.
    private var open: [Int: Int64] = [:]
    private var aborted: Set<Int> = []

    var lastStableOffset: Int64 { open.values.min() ?? highWatermark }

    func append(_ record: SimulatedRecord, transaction: Int?, nowMs: Int64) -> Int64 {
        if let transaction, open[transaction] == nil { open[transaction] = highWatermark }
        entries.append(
            Entry(offset: highWatermark, timestampMs: nowMs, transaction: transaction, record: record))
        highWatermark += 1
        return highWatermark - 1
    }

    func mark(_ transaction: Int, commits: Bool, nowMs: Int64) {
        open[transaction] = nil
        if !commits { aborted.insert(transaction) }
        entries.append(Entry(offset: highWatermark, timestampMs: nowMs, transaction: transaction))
        highWatermark += 1
    }

    /// Committed records from `position` on, and how far reading has come: markers and aborted records skipped.
    func read(from position: Int64, max limit: Int) -> (entries: [Entry], position: Int64) {
        var found: [Entry] = []
        let end = lastStableOffset
        var index = firstIndex(from: position)
        while index < entries.count, entries[index].offset < end {
            let entry = entries[index]
            if isReadable(entry) {
                if found.count == limit { return (found, entry.offset) }
                found.append(entry)
            }
            index += 1
        }
        return (found, max(position, end))
    }

    private func isReadable(_ entry: Entry) -> Bool {
        guard entry.record != nil else { return false }
        return entry.transaction.map { !aborted.contains($0) } ?? true
    }

    private func firstIndex(from position: Int64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What a cleaner does: of each key the newest committed record stays; aborted records go, and so do markers whose
    /// records are gone, and tombstones of a certain age.
    ///
    /// - Parameter youngestMs: what is younger lies in the active segment and is left alone.
    func compact(nowMs: Int64, tombstonesLiveMs: Int64, youngestMs: Int64) {
        let active = entries.first { nowMs - $0.timestampMs < youngestMs }
        let end = min(lastStableOffset, active?.offset ?? highWatermark)
        var newest: [[UInt8]: Int64] = [:]
        for entry in entries where entry.offset < end && isReadable(entry) {
            if let key = entry.record?.key { newest[key] = entry.offset }
        }
        entries.removeAll { entry in
            guard entry.offset < end else { return false }
            guard let record = entry.record else { return true }
            guard isReadable(entry), let key = record.key, newest[key] == entry.offset else { return true }
            return record.value == nil && nowMs - entry.timestampMs > tombstonesLiveMs
        }
    }

    /// Forgets what is older, whole and in front, as far as `limit`.
    func expire(olderThanMs: Int64, below limit: Int64) {
        let index = entries.firstIndex { $0.timestampMs >= olderThanMs || $0.offset >= limit } ?? entries.count
        guard index > 0 else { return }
        startOffset = index < entries.count ? entries[index].offset : min(limit, highWatermark)
        entries.removeFirst(index)
    }
}
