import Contract
import SagaKernel

/// The memory of one partition: the snapshots of its requests as they stand in the log, the hub plans that they refer
/// to, and their due times.
///
/// Sagas are kept as their snapshot bytes and decoded when something happens to them. That keeps a million idle ones
/// small and the memory the same thing as the topic; it is changed only by what has been committed.
struct PartitionStore {
    struct Entry {
        var snapshot: [UInt8]
        /// Int64.max: nothing falls due by itself.
        var wakeMs: Int64
    }

    struct PlanUse {
        var plan: HubPlan
        /// Sagas that refer to it.
        var sagas = 0
        /// It stands in the log.
        var isDurable = false
    }

    let partition: Int32
    /// What this owner writes with: one more than the highest that the restore saw, and without transactions claimed in
    /// the log.
    var term: Int64 = 1
    /// Requests of which the log holds a record of an earlier owner behind the newest: that is to be written again.
    var overruled: Set<RequestID> = []
    private(set) var entries: [RequestID: Entry] = [:]
    private(set) var plans: [Fingerprint: PlanUse] = [:]
    private(set) var timers = TimerHeap()
    /// The plan that was counted last, and where it lies: most sagas of a partition refer to the same one. Whatever
    /// adds or removes a plan forgets it.
    private var lastCounted: (fingerprint: Fingerprint, place: [Fingerprint: PlanUse].Index)?

    init(partition: Int32) {
        self.partition = partition
    }

    /// In order, like everything here that others walk over: what a lane writes depends on nothing but what it read.
    var ids: [RequestID] { entries.keys.sorted() }

    var count: Int { entries.count }

    func snapshot(of id: RequestID) -> [UInt8]? { entries[id]?.snapshot }

    func decode(_ snapshot: [UInt8]) throws(SnapshotError) -> SnapshotCodec.Content {
        let plans = plans
        // `withUnsafeBytes` does not carry a typed error out, so it carries a result.
        let result = snapshot.withUnsafeBytes { bytes -> Result<SnapshotCodec.Content, SnapshotError> in
            Result { () throws(SnapshotError) in
                try SnapshotCodec.decode(bytes) { plans[$0]?.plan }
            }
        }
        return try result.get()
    }

    mutating func hold(_ plan: HubPlan) {
        var use = plans[plan.fingerprint] ?? PlanUse(plan: plan)
        use.plan = plan
        use.isDurable = true
        plans[plan.fingerprint] = use
        lastCounted = nil
    }

    /// Forgets a plan. One that sagas refer to is not forgotten, but missing from then on.
    mutating func drop(plan fingerprint: Fingerprint) {
        guard let use = plans[fingerprint] else { return }
        lastCounted = nil
        if use.sagas > 0 { plans[fingerprint]?.isDurable = false } else { plans[fingerprint] = nil }
    }

    /// Puts a snapshot in the place of whatever was known of the request.
    ///
    /// - Returns: false where what is known comes from a later owner, and stays.
    mutating func set(_ id: RequestID, snapshot: [UInt8], head: SnapshotCodec.Head) -> Bool {
        let wakeMs = head.wake?.milliseconds ?? .max
        // Replaced first and put back if need be: a restore looks up each of a million requests once.
        if let old = entries.updateValue(Entry(snapshot: snapshot, wakeMs: wakeMs), forKey: id) {
            let known = Self.head(of: old.snapshot)
            guard known.term <= head.term else {
                entries[id] = old
                return false
            }
            if known.plans != head.plans {
                count(head.plans, by: 1)
                count(known.plans, by: -1)
            }
            if wakeMs != .max, wakeMs != old.wakeMs { timers.insert(id, dueMs: wakeMs) }
        } else {
            count(head.plans, by: 1)
            if wakeMs != .max { timers.insert(id, dueMs: wakeMs) }
        }
        if timers.count > 1_024, timers.count > 3 * entries.count { rebuildTimers() }
        return true
    }

    /// Makes room for so many requests at once, so that growing does not move them again and again.
    mutating func makeRoom(forRequests expected: Int) {
        if expected > entries.capacity { entries.reserveCapacity(expected) }
    }

    /// Gives back room that turned out not to be needed.
    mutating func giveBackRoom() {
        guard entries.capacity > 4 * max(entries.count, 1_024) else { return }
        var fitting: [RequestID: Entry] = [:]
        fitting.reserveCapacity(entries.count)
        fitting.merge(entries) { present, _ in present }
        entries = fitting
    }

    mutating func remove(_ id: RequestID) {
        guard let old = entries.removeValue(forKey: id) else { return }
        count(Self.head(of: old.snapshot).plans, by: -1)
    }

    /// Takes due entries that still agree with their sagas, at most `limit`.
    mutating func takeDue(nowMs: Int64, limit: Int) -> [TimerHeap.Entry] {
        var due: [TimerHeap.Entry] = []
        while due.count < limit, let entry = timers.popDue(nowMs: nowMs) {
            if entries[entry.id]?.wakeMs == entry.dueMs { due.append(entry) }
        }
        return due
    }

    /// Gives back what was taken and not worked off after all.
    mutating func putBack(_ due: [TimerHeap.Entry]) {
        for entry in due where entries[entry.id]?.wakeMs == entry.dueMs { timers.insert(entry.id, dueMs: entry.dueMs) }
    }

    /// Requests with a plan that is not among `current`.
    func ids(besides current: Set<Fingerprint>) -> [RequestID] {
        guard plans.contains(where: { $0.value.sagas > 0 && !current.contains($0.key) }) else { return [] }
        return entries.compactMap { id, entry in
            Self.head(of: entry.snapshot).plans.allSatisfy(current.contains) ? nil : id
        }.sorted()
    }

    /// Plans that stand in the log and are neither referred to nor among `current`.
    func unusedPlans(besides current: Set<Fingerprint>) -> [Fingerprint] {
        plans.filter { fingerprint, use in
            let isUsed = use.sagas > 0 && !Mutant.dropsPlansInUse.isOn
            return use.isDurable && !isUsed && !current.contains(fingerprint)
        }.map(\.key).sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    /// Plans that sagas refer to and that no record brought: the log is not whole.
    var missingPlans: Int { plans.values.count { $0.sagas > 0 && !$0.isDurable } }

    private mutating func count(_ fingerprints: [Fingerprint], by change: Int) {
        for fingerprint in fingerprints {
            if let last = lastCounted, last.fingerprint == fingerprint {
                plans.values[last.place].sagas += change
            } else if let place = plans.index(forKey: fingerprint) {
                plans.values[place].sagas += change
                lastCounted = (fingerprint, place)
            } else {
                let unknown = HubPlan(host: "", fingerprint: fingerprint, endpoints: [])
                plans[fingerprint] = PlanUse(plan: unknown, sagas: change)
                lastCounted = nil
            }
        }
    }

    private static func head(of snapshot: [UInt8]) -> SnapshotCodec.Head {
        snapshot.withUnsafeBytes { bytes in
            // These bytes were read by the same function when they came in.
            do throws(SnapshotError) {
                return try SnapshotCodec.head(of: bytes)
            } catch {
                preconditionFailure("a snapshot in memory cannot be read: \(error)")
            }
        }
    }

    private mutating func rebuildTimers() {
        timers.rebuild(
            entries.compactMap { id, entry in
                entry.wakeMs == .max ? nil : TimerHeap.Entry(dueMs: entry.wakeMs, id: id)
            })
    }
}
