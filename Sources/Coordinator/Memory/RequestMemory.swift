import SagaKernel

/// The snapshots of a partition's requests, found by id.
struct RequestMemory: ~Copyable {
    /// What is known of a request; valid until the next change.
    struct Known {
        var snapshot: UnsafeRawBufferPointer
        /// See `RequestTable.Entry`.
        var wakeMs: Int64
    }

    private var table = RequestTable()
    private var snapshots = SnapshotBlocks()

    var count: Int { table.count }
    /// How many requests there is room for.
    var capacity: Int { table.capacity }

    subscript(id: RequestID) -> Known? { known(table[id]) }

    /// Copies a snapshot to the place of whatever was known of the request.
    ///
    /// - Parameter isWanted: asked with what was known; where it says no, that stays.
    /// - Returns: what `isWanted` said.
    mutating func put(
        _ snapshot: UnsafeRawBufferPointer, of id: RequestID, wakeMs: Int64, where isWanted: (Known?) -> Bool
    ) -> Bool {
        let slot = table.slot(for: id)
        let old = table[slot]
        guard isWanted(known(old)) else { return false }
        if let old { snapshots.drop(old.place) }
        table.put(RequestTable.Entry(id: id, place: snapshots.append(snapshot, of: id), wakeMs: wakeMs), at: slot)
        if let block = snapshots.worthClearing { clear(block) }
        return true
    }

    mutating func remove(_ id: RequestID) {
        guard let entry = table[id] else { return }
        snapshots.drop(entry.place)
        table.remove(id)
    }

    /// In no order that means anything.
    func forEach(_ body: (RequestID, Known) -> Void) {
        table.forEach { entry in
            body(entry.id, Known(snapshot: snapshots.bytes(at: entry.place), wakeMs: entry.wakeMs))
        }
    }

    /// See `RequestTable.fetch`.
    func fetch(_ ids: [RequestID]) { table.fetch(ids) }

    /// Makes room for so many requests at once, so that growing does not move them again and again.
    mutating func makeRoom(for expected: Int) { table.makeRoom(for: expected) }

    /// Gives back room that turned out not to be needed.
    mutating func giveBackRoom() { table.giveBackRoom() }

    private func known(_ entry: RequestTable.Entry?) -> Known? {
        guard let entry else { return nil }
        return Known(snapshot: snapshots.bytes(at: entry.place), wakeMs: entry.wakeMs)
    }

    /// Moves what is live out of a block that holds little else than what is dead, and out of others that turn out to
    /// be like it meanwhile.
    private mutating func clear(_ first: Int) {
        var next: Int? = first
        while let block = next {
            for (id, place) in snapshots.all(in: block) where table[id]?.place == place {
                table.move(id, to: snapshots.move(place, of: id))
            }
            snapshots.clear(block)
            next = snapshots.worthClearing
        }
    }
}
