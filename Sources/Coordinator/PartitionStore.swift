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
    }

    /// Forgets a plan. One that sagas refer to is not forgotten, but missing from then on.
    mutating func drop(plan fingerprint: Fingerprint) {
        guard let use = plans[fingerprint] else { return }
        if use.sagas > 0 { plans[fingerprint]?.isDurable = false } else { plans[fingerprint] = nil }
    }

    /// Puts a snapshot in the place of whatever was known of the request.
    mutating func set(_ id: RequestID, snapshot: [UInt8], head: SnapshotCodec.Head) {
        let wakeMs = head.wake?.milliseconds ?? .max
        let old = entries.updateValue(Entry(snapshot: snapshot, wakeMs: wakeMs), forKey: id)
        let oldPlans = old.map { planFingerprints(in: $0.snapshot) } ?? []
        if oldPlans != head.plans {
            count(head.plans, by: 1)
            count(oldPlans, by: -1)
        }
        if wakeMs != .max, wakeMs != old?.wakeMs { timers.insert(id, dueMs: wakeMs) }
        if timers.count > 1_024, timers.count > 3 * entries.count { rebuildTimers() }
    }

    mutating func remove(_ id: RequestID) {
        guard let old = entries.removeValue(forKey: id) else { return }
        count(planFingerprints(in: old.snapshot), by: -1)
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
            planFingerprints(in: entry.snapshot).allSatisfy(current.contains) ? nil : id
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
            if let known = plans.index(forKey: fingerprint) {
                plans.values[known].sagas += change
            } else {
                let unknown = HubPlan(host: "", fingerprint: fingerprint, endpoints: [])
                plans[fingerprint] = PlanUse(plan: unknown, sagas: change)
            }
        }
    }

    private func planFingerprints(in snapshot: [UInt8]) -> [Fingerprint] {
        snapshot.withUnsafeBytes { bytes in
            // These bytes were read by the same function when they came in.
            do throws(SnapshotError) {
                return try SnapshotCodec.head(of: bytes).plans
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
