internal import CPrefetch
import Contract
import RecordLog
import SagaKernel

/// The memory of one partition while its snapshots are being read. Used by one thread at a time.
final class PartitionLoading {
    let store: PartitionStore
    private(set) var records = 0
    private(set) var highestTerm: Int64 = 0
    /// The newest own claim that was read back.
    private(set) var claimed: Int64?
    /// The newest of them that counts: no term as high stands before it.
    private(set) var confirmed: Int64?
    /// What a record that cannot be used is reported with.
    private(set) var failure: LaneFailure?
    /// Whose claims are its own.
    private let owner: String
    /// The first record that was read.
    private var firstOffset: Int64?
    /// Whose the records that are looked ahead at are; kept for the memory.
    private var ahead: [RequestID] = []

    /// For how many records the table is looked into ahead: enough for the waits to overlap, and so few that what was
    /// fetched for the first is still there when it is needed.
    private static let aheadCount = 32

    /// - Parameter owner: see `TermRecord`.
    init(partition: Int32, owner: String) {
        store = PartitionStore(partition: partition)
        self.owner = owner
    }

    /// Takes records of this partition, up to the first that cannot be used.
    func take(_ run: UnsafeBufferPointer<RecordView>) {
        records += run.count
        if firstOffset == nil { firstOffset = run.first?.offset }
        var start = 0
        do throws(SnapshotError) {
            while failure == nil, start < run.count {
                let end = min(start + Self.aheadCount, run.count)
                let part = UnsafeBufferPointer(rebasing: run[start..<end])
                fetch(run[end..<min(end + Self.aheadCount, run.count)])
                let areAllRequests = lookAhead(part)
                for index in part.indices { try take(part[index], areAllRequests ? ahead[index] : nil) }
                start = end
            }
        } catch {
            failure = .unreadableSnapshot(partition: store.partition, error)
        }
    }

    /// Makes room for what is still to come, should the rest of the partition hold as many requests as what was read.
    ///
    /// - Parameters:
    ///   - bound: how far the partition is to be read.
    ///   - position: how far it has been.
    func makeRoom(bound: Int64, position: Int64) {
        guard let firstOffset else { return }
        let (read, whole) = (position - firstOffset, bound - firstOffset)
        // By then it can be guessed, and growing until then has cost little.
        guard read >= whole / Self.guessedAfterPart, read > 0, whole > read else { return }
        store.makeRoom(forRequests: Int(Double(store.count) * Double(whole) / Double(read)))
    }

    private static let guessedAfterPart: Int64 = 16

    /// Does what is left to the end: cheaper at once than record by record.
    func settle() {
        store.giveBackRoom()
        store.rebuildTimers()
    }

    /// The store, unless it is not whole.
    func finish(term: Int64) throws(LaneFailure) -> PartitionStore {
        guard store.plans.missing == 0 else {
            throw .missingPlans(partition: store.partition, count: store.plans.missing)
        }
        store.term = term
        return store
    }

    /// Has the keys and the heads of records fetched, which lie one behind the other in the log's memory: another core
    /// has written them there, and too many for any cache.
    private func fetch(_ records: Slice<UnsafeBufferPointer<RecordView>>) {
        for record in records {
            guard let key = record.key?.baseAddress else { continue }
            habeas_prefetch(key)
            habeas_prefetch(key + SystemMemory.lineBytes)
        }
    }

    /// - Returns: false where there are records of something else, so that each has to be looked at by itself.
    private func lookAhead(_ records: UnsafeBufferPointer<RecordView>) -> Bool {
        ahead.removeAll(keepingCapacity: true)
        for record in records {
            guard let id = record.key.flatMap({ RequestID(bytes: $0) }) else { return false }
            ahead.append(id)
        }
        store.fetch(ahead)
        return true
    }

    private func take(_ record: RecordView, _ known: RequestID?) throws(SnapshotError) {
        guard let key = record.key else { return }
        if let id = known ?? RequestID(bytes: key) {
            try takeSaga(id, record.value)
        } else if key.starts(with: PlanCodec.keyPrefix.utf8) {
            try takePlan(key, record.value)
        } else if key.elementsEqual(TermRecord.key.utf8), let value = record.value {
            try takeClaim(try TermRecord(value))
        }
    }

    private func takeSaga(_ id: RequestID, _ value: UnsafeRawBufferPointer?) throws(SnapshotError) {
        guard let value else {
            store.remove(id)
            store.overruled.remove(id)
            return
        }
        var head = try SnapshotCodec.head(of: value)
        if Mutant.forgetsTimersOnRestore.isOn { head.wake = nil }
        try raiseTerm(to: head.term)
        guard store.load(id, snapshot: value, head: head) else {
            // Written by an earlier owner that did not know yet that it had lost the partition.
            if !Mutant.leavesForeignWrites.isOn { store.overruled.insert(id) }
            return
        }
        if !store.overruled.isEmpty { store.overruled.remove(id) }
    }

    private func takePlan(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) throws(SnapshotError) {
        if let value {
            store.hold(try PlanCodec.decode(value))
        } else if let fingerprint = PlanCodec.fingerprint(key: key) {
            store.drop(plan: fingerprint)
        }
    }

    private func takeClaim(_ claim: TermRecord) throws(SnapshotError) {
        if claim.owner == owner {
            claimed = claim.term
            let isFirst = highestTerm < claim.term || Mutant.keepsTermOfPredecessor.isOn
            if isFirst { confirmed = claim.term }
        }
        try raiseTerm(to: claim.term)
    }

    /// The next owner's term is one more: the last number there is belongs to no owner, and to a damaged record.
    private func raiseTerm(to term: Int64) throws(SnapshotError) {
        guard term < .max else { throw .badValue(field: "term") }
        highestTerm = max(highestTerm, term)
    }
}
