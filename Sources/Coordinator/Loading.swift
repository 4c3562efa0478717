import Contract
import Dispatch
import RecordLog
import SagaKernel

/// The memory of partitions while their snapshots are being read.
final class Loading {
    let partitions: [PartitionLoading]
    private let places: [Int32: Int]

    /// From so many records on the work is shared among the cores. Below, to wake another thread costs more. Far more
    /// than a simulated batch has: deliberate bugs are those of one thread.
    private static let sharedFrom = 2_000

    /// - Parameter owner: see `TermRecord`.
    init(partitions: [Int32], owner: String) {
        self.partitions = partitions.map { PartitionLoading(partition: $0, owner: owner) }
        places = Dictionary(uniqueKeysWithValues: partitions.enumerated().map { ($0.element, $0.offset) })
    }

    /// Takes a batch, each partition's records in their order. Partitions have nothing to do with one another, so that
    /// many records are taken on as many cores as there are.
    func take(_ batch: UnsafeBufferPointer<RecordView>) throws(LaneFailure) {
        forEach(shares(of: batch), isMuch: batch.count >= Self.sharedFrom) { $0.take() }
        if let failure = partitions.lazy.compactMap(\.failure).first { throw failure }
    }

    /// Makes room for what is still to come.
    ///
    /// - Parameters, by partition in the order of `init`: how far each is to be read, and has been.
    func makeRoom(bounds: [Int64], positions: [Int64]) {
        for (place, partition) in partitions.enumerated() {
            partition.makeRoom(bound: bounds[place], position: positions[place])
        }
    }

    func progress(remaining: Int64) -> RestoreProgress {
        RestoreProgress(
            partitions: partitions.count, records: partitions.reduce(0) { $0 + $1.records }, remaining: remaining,
            sagas: partitions.reduce(0) { $0 + $1.store.count })
    }

    /// The newest own claim that was read back of a partition.
    func claimed(_ partition: Int32) -> Int64? { self[partition]?.claimed }

    /// The newest of them that counts: no term as high stands before it.
    func confirmed(_ partition: Int32) -> Int64? { self[partition]?.confirmed }

    /// Above every term that was seen.
    func nextTerm(of partition: Int32) -> Int64 {
        let highest = self[partition]?.highestTerm ?? 0
        return Mutant.keepsTermOfPredecessor.isOn ? max(1, highest) : highest + 1
    }

    /// The stores, each with its term, and checked to be whole.
    func finish() throws(LaneFailure) -> [Int32: PartitionStore] {
        forEach(partitions, isMuch: partitions.contains { $0.store.count >= Self.sharedFrom }) { $0.settle() }
        var finished: [Int32: PartitionStore] = [:]
        for loading in partitions {
            let partition = loading.store.partition
            finished[partition] = try loading.finish(term: loading.confirmed ?? nextTerm(of: partition))
        }
        return finished
    }

    /// Does something to each; what is much, on as many cores as there are.
    private func forEach<Part>(_ parts: [Part], isMuch: Bool, _ body: (Part) -> Void) {
        // Each part is one thread's, and none is used any more when this returns.
        nonisolated(unsafe) let (parts, body) = (parts, body)
        if isMuch {
            DispatchQueue.concurrentPerform(iterations: parts.count) { body(parts[$0]) }
        } else {
            for part in parts { body(part) }
        }
    }

    private subscript(partition: Int32) -> PartitionLoading? { places[partition].map { partitions[$0] } }

    /// What one partition gets of a batch.
    private struct Share {
        var loading: PartitionLoading
        var runs: [UnsafeBufferPointer<RecordView>] = []

        func take() {
            for run in runs { loading.take(run) }
        }
    }

    /// By partition. Records come in long runs of one.
    private func shares(of batch: UnsafeBufferPointer<RecordView>) -> [Share] {
        var shares = partitions.map { Share(loading: $0) }
        var start = 0
        while start < batch.count {
            let partition = batch[start].partition
            let end = batch[start...].firstIndex { $0.partition != partition } ?? batch.count
            if let place = places[partition] {
                shares[place].runs.append(UnsafeBufferPointer(rebasing: batch[start..<end]))
            }
            start = end
        }
        return shares
    }
}
