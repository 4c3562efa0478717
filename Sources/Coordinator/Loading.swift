import Contract
import RecordLog
import SagaKernel

/// The memory of partitions while their snapshots are being read.
struct Loading {
    private var stores: [Int32: PartitionStore] = [:]
    private var highestTerms: [Int32: Int64] = [:]
    private var records = 0

    init(partitions: [Int32]) {
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
                try raiseTerm(of: record.partition, to: try TermRecord.decode(value))
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

    /// The stores, each with a term above every one that was seen, and checked to be whole.
    func finish() throws(LaneFailure) -> [Int32: PartitionStore] {
        var finished = stores
        for (partition, store) in stores {
            guard store.missingPlans == 0 else {
                throw .missingPlans(partition: partition, count: store.missingPlans)
            }
            finished[partition]?.term = (highestTerms[partition] ?? 0) + 1
        }
        return finished
    }

    private mutating func takeSaga(_ id: RequestID, _ record: RecordView) throws(SnapshotError) {
        guard let value = record.value else {
            stores[record.partition]?.remove(id)
            stores[record.partition]?.overruled.remove(id)
            return
        }
        let head = try SnapshotCodec.head(of: value)
        try raiseTerm(of: record.partition, to: head.term)
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

    /// The next owner's term is one more: the last number there is belongs to no owner, and to a damaged record.
    private mutating func raiseTerm(of partition: Int32, to term: Int64) throws(SnapshotError) {
        guard term < .max else { throw .badValue(field: "term") }
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
