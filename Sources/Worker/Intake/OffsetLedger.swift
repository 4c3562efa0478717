/// Which records of each partition were taken, and how far they are done without a gap.
///
/// Tasks end in any order; an offset may be committed only when everything before it is done, or a crash would lose
/// what was still being worked on.
struct OffsetLedger {
    /// One record that was taken. Worthless once its partition was given away, even if it comes back.
    struct Ticket: Hashable, Sendable {
        var partition: Int32
        var offset: Int64
        fileprivate var generation: Int
    }

    private struct Partition {
        var generation: Int
        /// Ascending; what is done at the front has been dropped.
        var taken: ArraySlice<Int64> = []
        var done: Set<Int64> = []
        /// Behind the last record that is done without a gap; nil before the first.
        var position: Int64?
        var committed: Int64?
    }

    private var partitions: [Int32: Partition] = [:]
    private var generation = 0

    /// Starts anew with these partitions; tickets of before are worthless.
    mutating func assigned(_ numbers: [Int32]) {
        generation += 1
        partitions = [:]
        for number in numbers { partitions[number] = Partition(generation: generation) }
    }

    mutating func revoked() {
        partitions = [:]
    }

    /// - Returns: nil for a record of a partition that is not assigned, or one that was taken already: it is not to be
    ///   worked on.
    mutating func took(partition number: Int32, offset: Int64) -> Ticket? {
        guard var partition = partitions[number] else { return nil }
        if let last = partition.taken.last ?? partition.position.map({ $0 - 1 }), offset <= last { return nil }
        partition.taken.append(offset)
        partitions[number] = partition
        return Ticket(partition: number, offset: offset, generation: partition.generation)
    }

    mutating func finished(_ ticket: Ticket) {
        guard var partition = partitions[ticket.partition], partition.generation == ticket.generation else { return }
        partition.done.insert(ticket.offset)
        while let first = partition.taken.first, partition.done.remove(first) != nil {
            partition.taken.removeFirst()
            partition.position = first + 1
        }
        partitions[ticket.partition] = partition
    }

    /// What can be committed and has not been, by partition.
    func committable() -> [TaskPosition] {
        partitions.compactMap { number, partition in
            guard let position = partition.position, position != partition.committed else { return nil }
            return TaskPosition(partition: number, offset: position)
        }.sorted { $0.partition < $1.partition }
    }

    mutating func committed(_ positions: [TaskPosition]) {
        for position in positions { partitions[position.partition]?.committed = position.offset }
    }
}
