import Contract
import SagaKernel

/// What a partition's log says, by the record of each request and plan that counts: snapshots as they stand there, and
/// the hub plans that they refer to.
///
/// A value, unlike the store that holds it: a restore changes it a million times in a row, and each change of a part of
/// an object is first checked at run time for not meeting another one.
struct PartitionContents: ~Copyable {
    /// Requests of which the log holds a record of an earlier owner behind the newest: that is to be written again.
    var overruled: Set<RequestID> = []
    private(set) var plans = PlanUses()
    private var requests = RequestMemory()

    var count: Int { requests.count }
    /// How many requests there is room for.
    var capacity: Int { requests.capacity }

    /// The snapshot of a request that counts; valid until the next change.
    subscript(id: RequestID) -> UnsafeRawBufferPointer? { requests[id] }

    /// In no order that means anything.
    func forEach(_ body: (RequestID, UnsafeRawBufferPointer) -> Void) { requests.forEach(body) }

    /// When the request has to be looked at; nil: when a record comes, or there is none.
    func wake(of id: RequestID) -> Timestamp? { requests[id].flatMap { Self.head(of: $0).wake } }

    /// When each request has to be looked at that falls due by itself, in no order that means anything.
    var wakes: [TimerHeap.Entry] {
        var entries: [TimerHeap.Entry] = []
        entries.reserveCapacity(count)
        forEach { id, snapshot in
            if let wake = Self.head(of: snapshot).wake {
                entries.append(TimerHeap.Entry(dueMs: wake.milliseconds, id: id))
            }
        }
        return entries
    }

    mutating func hold(_ plan: HubPlan) { plans.hold(plan) }

    /// Forgets a plan. One that sagas refer to is not forgotten, but missing from then on.
    mutating func drop(plan fingerprint: Fingerprint) { plans.drop(fingerprint) }

    /// What became of a snapshot.
    enum Put {
        /// It is in the place of one by which the request had to be looked at then; nil: when a record came, or there
        /// was none.
        case done(oldWake: Timestamp?)
        /// What is known comes from a later owner, and stays.
        case outranked
    }

    /// Puts a snapshot in the place of whatever was known of the request.
    mutating func put(_ snapshot: UnsafeRawBufferPointer, of id: RequestID, head: SnapshotCodec.Head) -> Put {
        var oldWake: Timestamp?
        let isPut = requests.put(snapshot, of: id) { known in
            let old = known.map { Self.head(of: $0) }
            if let old, old.term > head.term { return false }
            plans.change(from: old?.plans, to: head.plans)
            oldWake = old?.wake
            return true
        }
        return isPut ? .done(oldWake: oldWake) : .outranked
    }

    mutating func remove(_ id: RequestID) {
        guard let known = requests[id] else { return }
        plans.change(from: Self.head(of: known).plans, to: nil)
        requests.remove(id)
    }

    /// See `RequestTable.fetch`.
    func fetch(_ id: RequestID) { requests.fetch(id) }

    /// Makes room for so many requests at once, so that growing does not move them again and again.
    mutating func makeRoom(forRequests expected: Int) { requests.makeRoom(for: expected) }

    /// Gives back room that turned out not to be needed.
    mutating func giveBackRoom() { requests.giveBackRoom() }

    static func head(of snapshot: UnsafeRawBufferPointer) -> SnapshotCodec.Head {
        // These bytes were read by the same function when they came in.
        do throws(SnapshotError) {
            return try SnapshotCodec.head(of: snapshot)
        } catch {
            preconditionFailure("a snapshot in memory cannot be read: \(error)")
        }
    }
}
