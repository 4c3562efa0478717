import Contract
import RecordLog
import SagaKernel

/// The memory of partitions while their snapshots are being read.
struct Loading {
    /// In an array, since a dictionary would be asked half a dozen times for each of a million records.
    private(set) var stores: [PartitionStore]
    private var highestTerms: [Int64]
    /// The first record of each that was read.
    private var firstOffsets: [Int64?]
    private var places: [Int32: Int] = [:]
    /// Of the record before: records come in long runs of one partition.
    private var last: (partition: Int32, place: Int)?
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
        stores = partitions.map { PartitionStore(partition: $0) }
        highestTerms = Array(repeating: 0, count: partitions.count)
        firstOffsets = Array(repeating: nil, count: partitions.count)
        for (place, partition) in partitions.enumerated() { places[partition] = place }
    }

    /// Where the memory of a partition lies; nil for one that is not being read.
    private mutating func place(of partition: Int32) -> Int? {
        if let last, last.partition == partition { return last.place }
        guard let place = places[partition] else { return nil }
        last = (partition, place)
        return place
    }

    mutating func take(_ record: RecordView) throws(LaneFailure) {
        records += 1
        guard let key = record.key, let place = place(of: record.partition) else { return }
        if firstOffsets[place] == nil { firstOffsets[place] = record.offset }
        do throws(SnapshotError) {
            if let id = RequestID(bytes: key) {
                try takeSaga(id, record.value, place)
            } else if key.starts(with: PlanCodec.keyPrefix.utf8) {
                try takePlan(key, record.value, place)
            } else if key.elementsEqual(TermRecord.key.utf8), let value = record.value {
                try takeClaim(try TermRecord(value), place)
            }
        } catch {
            throw .unreadableSnapshot(partition: record.partition, error)
        }
    }

    /// Makes room for what is still to come, should the rest of a partition hold as many requests as what was read.
    ///
    /// - Parameters, by partition in the order of `init`: how far each is to be read, and has been.
    mutating func makeRoom(bounds: [Int64], positions: [Int64]) {
        for place in stores.indices {
            guard let first = firstOffsets[place] else { continue }
            let (read, whole) = (positions[place] - first, bounds[place] - first)
            // By then it can be guessed, and growing until then has cost little.
            guard read >= whole / Self.guessedAfterPart, read > 0, whole > read else { continue }
            let expected = Double(stores[place].count) * Double(whole) / Double(read)
            stores[place].makeRoom(forRequests: Int(expected))
        }
    }

    private static let guessedAfterPart: Int64 = 16

    func progress(remaining: Int64) -> RestoreProgress {
        RestoreProgress(
            partitions: stores.count, records: records, remaining: remaining,
            sagas: stores.reduce(0) { $0 + $1.count })
    }

    /// Above every term that was seen.
    func nextTerm(of partition: Int32) -> Int64 {
        let highest = places[partition].map { highestTerms[$0] } ?? 0
        return Mutant.keepsTermOfPredecessor.isOn ? max(1, highest) : highest + 1
    }

    /// The stores, each with its term, and checked to be whole.
    func finish() throws(LaneFailure) -> [Int32: PartitionStore] {
        var finished: [Int32: PartitionStore] = [:]
        for store in stores {
            guard store.missingPlans == 0 else {
                throw .missingPlans(partition: store.partition, count: store.missingPlans)
            }
            finished[store.partition] = store
            finished[store.partition]?.giveBackRoom()
            finished[store.partition]?.term = confirmed[store.partition] ?? nextTerm(of: store.partition)
        }
        return finished
    }

    private mutating func takeClaim(_ claim: TermRecord, _ place: Int) throws(SnapshotError) {
        if claim.owner == owner {
            let partition = stores[place].partition
            claimed[partition] = claim.term
            let isFirst = highestTerms[place] < claim.term || Mutant.keepsTermOfPredecessor.isOn
            if isFirst { confirmed[partition] = claim.term }
        }
        try raiseTerm(of: place, to: claim.term)
    }

    private mutating func takeSaga(
        _ id: RequestID, _ value: UnsafeRawBufferPointer?, _ place: Int
    ) throws(SnapshotError) {
        guard let value else {
            stores[place].remove(id)
            stores[place].overruled.remove(id)
            return
        }
        var head = try SnapshotCodec.head(of: value)
        if Mutant.forgetsTimersOnRestore.isOn { head.wake = nil }
        try raiseTerm(of: place, to: head.term)
        guard stores[place].set(id, snapshot: [UInt8](value), head: head) else {
            // Written by an earlier owner that did not know yet that it had lost the partition.
            if !Mutant.leavesForeignWrites.isOn { stores[place].overruled.insert(id) }
            return
        }
        if !stores[place].overruled.isEmpty { stores[place].overruled.remove(id) }
    }

    /// The next owner's term is one more: the last number there is belongs to no owner, and to a damaged record.
    private mutating func raiseTerm(of place: Int, to term: Int64) throws(SnapshotError) {
        guard term < .max else { throw .badValue(field: "term") }
        highestTerms[place] = max(highestTerms[place], term)
    }

    private mutating func takePlan(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, _ place: Int
    ) throws(SnapshotError) {
        if let value {
            stores[place].hold(try PlanCodec.decode(value))
        } else if let fingerprint = PlanCodec.fingerprint(key: key) {
            stores[place].drop(plan: fingerprint)
        }
    }
}
