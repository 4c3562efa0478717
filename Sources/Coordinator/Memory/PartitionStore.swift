import Contract
import SagaKernel

/// The memory of one partition: the snapshots of its requests as they stand in the log, the hub plans that they refer
/// to, and their due times.
///
/// Sagas are kept as their snapshot bytes and decoded when something happens to them. That keeps a million idle ones
/// small and the memory the same thing as the topic; it is changed only by what has been committed.
///
/// A class, since there is one memory of a partition, and half a dozen places look into it.
final class PartitionStore {
    let partition: Int32
    /// What this owner writes with: one more than the highest that the restore saw, and without transactions claimed in
    /// the log.
    var term: Int64 = 1
    /// A restore reads into it, and sets the timers when it has read everything. Whoever else puts something goes
    /// through `set`, which keeps them.
    var contents = PartitionContents()
    private(set) var timers = TimerHeap()

    init(partition: Int32) {
        self.partition = partition
    }

    var count: Int { contents.count }

    /// In order, like everything here that others walk over: what a lane writes depends on nothing but what it read.
    var ids: [RequestID] {
        var ids: [RequestID] = []
        contents.forEach { id, _ in ids.append(id) }
        return ids.sorted()
    }

    func holds(_ id: RequestID) -> Bool { contents[id] != nil }

    /// Whether this very snapshot is what is known of the request.
    func holds(_ snapshot: [UInt8], of id: RequestID) -> Bool {
        guard let known = contents[id] else { return false }
        return snapshot.withUnsafeBytes { SystemMemory.isEqual(known, $0) }
    }

    /// A copy.
    func snapshot(of id: RequestID) -> [UInt8]? { contents[id].map { [UInt8]($0) } }

    /// The term in which the request's snapshot was written.
    func term(of id: RequestID) -> Int64? { contents[id].map { PartitionContents.head(of: $0).term } }

    /// The request, read from its snapshot.
    func content(of id: RequestID) throws(SnapshotError) -> SnapshotCodec.Content? {
        guard let known = contents[id] else { return nil }
        return try SnapshotCodec.decode(known, of: id) { contents.plans[$0]?.plan }
    }

    func hold(_ plan: HubPlan) { contents.hold(plan) }

    /// Forgets a plan. One that sagas refer to is not forgotten, but missing from then on.
    func drop(plan fingerprint: Fingerprint) { contents.drop(plan: fingerprint) }

    /// Puts a snapshot in the place of whatever was known of the request.
    ///
    /// - Returns: false where what is known comes from a later owner, and stays.
    func set(_ id: RequestID, snapshot: UnsafeRawBufferPointer, head: SnapshotCodec.Head) -> Bool {
        guard case .done(let oldWake) = contents.put(snapshot, of: id, head: head) else { return false }
        if let wake = head.wake, wake != oldWake { timers.insert(id, dueMs: wake.milliseconds) }
        if timers.count > 1_024, timers.count > 3 * count { timers.rebuild(contents.wakes) }
        return true
    }

    func remove(_ id: RequestID) { contents.remove(id) }

    /// Takes due entries that still agree with their sagas, at most `limit`. Equal ones come one behind the other: a
    /// saga that went back to an earlier due time has two.
    func takeDue(nowMs: Int64, limit: Int) -> [TimerHeap.Entry] {
        var due: [TimerHeap.Entry] = []
        while due.count < limit, let entry = timers.popDue(nowMs: nowMs) {
            if due.last != entry, isDue(entry) { due.append(entry) }
        }
        return due
    }

    /// Gives back what was taken and not worked off after all.
    func putBack(_ due: [TimerHeap.Entry]) {
        for entry in due where isDue(entry) { timers.insert(entry.id, dueMs: entry.dueMs) }
    }

    /// Whether the entry agrees with its saga.
    private func isDue(_ entry: TimerHeap.Entry) -> Bool {
        contents.wake(of: entry.id)?.milliseconds == entry.dueMs
    }

    /// Begins the timers anew.
    func set(timers entries: consuming [TimerHeap.Entry]) { timers.rebuild(entries) }

    /// Requests with a plan that is not among `current`.
    func ids(besides current: Set<Fingerprint>) -> [RequestID] {
        guard contents.plans.isAnyUsed(besides: current) else { return [] }
        var ids: [RequestID] = []
        contents.forEach { id, snapshot in
            if !PartitionContents.head(of: snapshot).plans.allSatisfy(current.contains) { ids.append(id) }
        }
        return ids.sorted()
    }
}
