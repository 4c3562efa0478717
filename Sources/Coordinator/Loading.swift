import Contract
import RecordLog
import SagaKernel

/// The memory of partitions while their snapshots are being read.
struct Loading {
    private var stores: [Int32: PartitionStore] = [:]
    private var highestTerms: [Int32: Int64] = [:]
    private var records = 0
    /// Whose claims are its own.
    private let owner: String
    /// The own claims that were read back, by the newest of each partition.
    private(set) var claimed: [Int32: Int64] = [:]
    /// Those of them that count: no term as high stands before them.
    private(set) var confirmed: [Int32: Int64] = [:]

    /// - Parameter owner: see `TermRecord`.
    init(partitions: [Int32], owner: String) {
        self.owner = owner
        for partition in partitions { stores[partition] = PartitionStore(partition: partition) }
    }

    mutating func take(_ record: RecordView) throws(LaneFailure) {
        records += 1
        guard let key = record.key else { return }
        do throws(SnapshotError) {
            if let id = RequestID(ascii: key) {
                try takeSaga(id, record)
            } else if key.starts(with: PlanCodec.keyPrefix.utf8) {
                try takePlan(key, record)
            } else if key.elementsEqual(TermRecord.key.utf8), let value = record.value {
                takeClaim(try TermRecord(value), in: record.partition)
            }
        } catch {
            throw .unreadableSnapshot(partition: record.partition, error)
        }
    }

    func progress(remaining: Int64) -> RestoreProgress {
        RestoreProgress(
            partitions: stores.count, records: records, remaining: remaining,
            sagas: stores.values.reduce(0) { $0 + $1.count })
    }

    /// Above every term that was seen.
    func nextTerm(of partition: Int32) -> Int64 {
        let highest = highestTerms[partition] ?? 0
        return Mutant.keepsTermOfPredecessor.isOn ? max(1, highest) : highest + 1
    }

    /// The stores, each with its term, and checked to be whole.
    func finish() throws(LaneFailure) -> [Int32: PartitionStore] {
        var finished = stores
        for (partition, store) in stores {
            guard store.missingPlans == 0 else {
                throw .missingPlans(partition: partition, count: store.missingPlans)
            }
            finished[partition]?.term = confirmed[partition] ?? nextTerm(of: partition)
        }
        return finished
    }

    private mutating func takeClaim(_ claim: TermRecord, in partition: Int32) {
        if claim.owner == owner {
            claimed[partition] = claim.term
            let isFirst = (highestTerms[partition] ?? 0) < claim.term || Mutant.keepsTermOfPredecessor.isOn
            if isFirst { confirmed[partition] = claim.term }
        }
        raiseTerm(of: partition, to: claim.term)
    }

    private mutating func takeSaga(_ id: RequestID, _ record: RecordView) throws(SnapshotError) {
        guard let value = record.value else {
            stores[record.partition]?.remove(id)
            stores[record.partition]?.overruled.remove(id)
            return
        }
        var head = try SnapshotCodec.head(of: value)
        if Mutant.forgetsTimersOnRestore.isOn { head.wake = nil }
        raiseTerm(of: record.partition, to: head.term)
        if let known = stores[record.partition]?.snapshot(of: id) {
            let knownTerm = try known.withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in try SnapshotCodec.head(of: bytes).term }
            }.get()
            // Written by an earlier owner that did not know yet that it had lost the partition.
            if head.term < knownTerm {
                stores[record.partition]?.overruled.insert(id)
                return
            }
        }
        stores[record.partition]?.overruled.remove(id)
        stores[record.partition]?.set(id, snapshot: [UInt8](value), head: head)
    }

    private mutating func raiseTerm(of partition: Int32, to term: Int64) {
        highestTerms[partition] = max(highestTerms[partition] ?? 0, term)
    }

    private mutating func takePlan(_ key: UnsafeRawBufferPointer, _ record: RecordView) throws(SnapshotError) {
        if let value = record.value {
            stores[record.partition]?.hold(try PlanCodec.decode(value))
        } else if let fingerprint = PlanCodec.fingerprint(key: key) {
            stores[record.partition]?.drop(plan: fingerprint)
        }
    }
}
