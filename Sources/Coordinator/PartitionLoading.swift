import Contract
import RecordLog

/// The memory of one partition while its snapshots are being read. Used by one thread at a time.
final class PartitionLoading {
    let store: PartitionStore
    private(set) var records = 0
    /// What a record that cannot be used is reported with.
    private(set) var failure: LaneFailure?
    private var reading: PartitionReading
    /// The first record that was read.
    private var firstOffset: Int64?

    /// - Parameter owner: see `TermRecord`.
    init(partition: Int32, owner: String) {
        store = PartitionStore(partition: partition)
        reading = PartitionReading(owner: owner)
    }

    var highestTerm: Int64 { reading.highestTerm }
    /// The newest own claim that was read back.
    var claimed: Int64? { reading.claimed }
    /// The newest of them that counts: no term as high stands before it.
    var confirmed: Int64? { reading.confirmed }

    /// Takes records of this partition, up to the first that cannot be used.
    func take(_ run: UnsafeBufferPointer<RecordView>) {
        records += run.count
        if firstOffset == nil { firstOffset = run.first?.offset }
        guard failure == nil else { return }
        do throws(SnapshotError) {
            try reading.take(run, into: &store.contents)
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
        let expected = Int(Double(store.count) * Double(whole) / Double(read))
        store.contents.makeRoom(forRequests: expected)
        reading.makeRoom(forRequests: expected)
    }

    private static let guessedAfterPart: Int64 = 16

    /// Does what is left to the end: cheaper at once than record by record.
    func settle() {
        store.contents.giveBackRoom()
        store.set(timers: reading.takeWakes(store.contents))
    }

    /// The store, unless it is not whole.
    func finish(term: Int64) throws(LaneFailure) -> PartitionStore {
        guard store.contents.plans.missing == 0 else {
            throw .missingPlans(partition: store.partition, count: store.contents.plans.missing)
        }
        store.term = term
        return store
    }
}
