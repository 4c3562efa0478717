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
    /// Requests of which the log holds a record of an earlier owner behind the newest: that is to be written again.
    var overruled: Set<RequestID> = []
    private(set) var plans = PlanUses()
    private(set) var timers = TimerHeap()
    private var requests = RequestMemory()

    init(partition: Int32) {
        self.partition = partition
    }

    var count: Int { requests.count }
    /// How many requests there is room for.
    var capacity: Int { requests.capacity }

    /// In order, like everything here that others walk over: what a lane writes depends on nothing but what it read.
    var ids: [RequestID] {
        var ids: [RequestID] = []
        requests.forEach { id, _ in ids.append(id) }
        return ids.sorted()
    }

    func holds(_ id: RequestID) -> Bool { requests[id] != nil }

    /// Whether this very snapshot is what is known of the request.
    func holds(_ snapshot: [UInt8], of id: RequestID) -> Bool {
        guard let known = requests[id] else { return false }
        return snapshot.withUnsafeBytes { SystemMemory.isEqual(known.snapshot, $0) }
    }

    /// A copy.
    func snapshot(of id: RequestID) -> [UInt8]? { requests[id].map { [UInt8]($0.snapshot) } }

    /// The term in which the request's snapshot was written.
    func term(of id: RequestID) -> Int64? { requests[id].map { Self.head(of: $0.snapshot).term } }

    /// The request, read from its snapshot.
    func content(of id: RequestID) throws(SnapshotError) -> SnapshotCodec.Content? {
        guard let known = requests[id] else { return nil }
        return try SnapshotCodec.decode(known.snapshot, of: id) { plans[$0]?.plan }
    }

    func hold(_ plan: HubPlan) { plans.hold(plan) }

    /// Forgets a plan. One that sagas refer to is not forgotten, but missing from then on.
    func drop(plan fingerprint: Fingerprint) { plans.drop(fingerprint) }

    /// Puts a snapshot in the place of whatever was known of the request.
    ///
    /// - Returns: false where what is known comes from a later owner, and stays.
    func set(_ id: RequestID, snapshot: UnsafeRawBufferPointer, head: SnapshotCodec.Head) -> Bool {
        let oldWakeMs = requests[id]?.wakeMs
        guard load(id, snapshot: snapshot, head: head) else { return false }
        if let wakeMs = head.wake?.milliseconds, wakeMs != oldWakeMs { timers.insert(id, dueMs: wakeMs) }
        if timers.count > 1_024, timers.count > 3 * count { rebuildTimers() }
        return true
    }

    /// The same without the request's timer: a restore makes all of them in one go, when it knows the last of each.
    func load(_ id: RequestID, snapshot: UnsafeRawBufferPointer, head: SnapshotCodec.Head) -> Bool {
        requests.put(snapshot, of: id, wakeMs: head.wake?.milliseconds ?? .max) { known in
            let old = known.map { Self.head(of: $0.snapshot) }
            if let old, old.term > head.term { return false }
            plans.change(from: old?.plans, to: head.plans)
            return true
        }
    }

    func remove(_ id: RequestID) {
        guard let known = requests[id] else { return }
        plans.change(from: Self.head(of: known.snapshot).plans, to: nil)
        requests.remove(id)
    }

    /// See `RequestTable.fetch`.
    func fetch(_ ids: [RequestID]) { requests.fetch(ids) }

    /// Makes room for so many requests at once, so that growing does not move them again and again.
    func makeRoom(forRequests expected: Int) { requests.makeRoom(for: expected) }

    /// Gives back room that turned out not to be needed.
    func giveBackRoom() { requests.giveBackRoom() }

    /// Takes due entries that still agree with their sagas, at most `limit`.
    func takeDue(nowMs: Int64, limit: Int) -> [TimerHeap.Entry] {
        var due: [TimerHeap.Entry] = []
        while due.count < limit, let entry = timers.popDue(nowMs: nowMs) {
            if requests[entry.id]?.wakeMs == entry.dueMs { due.append(entry) }
        }
        return due
    }

    /// Gives back what was taken and not worked off after all.
    func putBack(_ due: [TimerHeap.Entry]) {
        for entry in due where requests[entry.id]?.wakeMs == entry.dueMs { timers.insert(entry.id, dueMs: entry.dueMs) }
    }

    /// Begins the timers anew: one for each request that has to be looked at.
    func rebuildTimers() {
        var entries: [TimerHeap.Entry] = []
        entries.reserveCapacity(count)
        requests.forEach { id, known in
            if known.wakeMs != .max { entries.append(TimerHeap.Entry(dueMs: known.wakeMs, id: id)) }
        }
        timers.rebuild(entries)
    }

    /// Requests with a plan that is not among `current`.
    func ids(besides current: Set<Fingerprint>) -> [RequestID] {
        guard plans.isAnyUsed(besides: current) else { return [] }
        var ids: [RequestID] = []
        requests.forEach { id, known in
            if !Self.head(of: known.snapshot).plans.allSatisfy(current.contains) { ids.append(id) }
        }
        return ids.sorted()
    }

    private static func head(of snapshot: UnsafeRawBufferPointer) -> SnapshotCodec.Head {
        // These bytes were read by the same function when they came in.
        do throws(SnapshotError) {
            return try SnapshotCodec.head(of: snapshot)
        } catch {
            preconditionFailure("a snapshot in memory cannot be read: \(error)")
        }
    }
}
