import SagaKernel

/// The snapshots of a partition's requests, found by id.
struct RequestMemory: ~Copyable {
    private var table = RequestTable()
    private var snapshots = SnapshotBlocks()

    var count: Int { table.count }
    /// How many requests there is room for.
    var capacity: Int { table.capacity }

    /// What is known of a request; valid until the next change.
    subscript(id: RequestID) -> UnsafeRawBufferPointer? {
        let slot = slot(of: id, table.tag(of: id))
        return table[slot].map { snapshots.bytes(at: $0) }
    }

    /// Copies a snapshot to the place of whatever was known of the request.
    ///
    /// - Parameter isWanted: asked with what was known; where it says no, that stays.
    /// - Returns: what `isWanted` said.
    mutating func put(
        _ snapshot: UnsafeRawBufferPointer, of id: RequestID, where isWanted: (UnsafeRawBufferPointer?) -> Bool
    ) -> Bool {
        table.makeRoom(for: table.count + 1)
        let tag = table.tag(of: id)
        let slot = slot(of: id, tag)
        let old = table[slot]
        guard isWanted(old.map { snapshots.bytes(at: $0) }) else { return false }
        if let old { snapshots.drop(old) }
        table.put(snapshots.append(snapshot, of: id), tag, at: slot)
        if let block = snapshots.worthClearing { clear(block) }
        return true
    }

    mutating func remove(_ id: RequestID) {
        let slot = slot(of: id, table.tag(of: id))
        guard let place = table[slot] else { return }
        snapshots.drop(place)
        table.remove(at: slot)
    }

    /// In no order that means anything.
    func forEach(_ body: (RequestID, UnsafeRawBufferPointer) -> Void) {
        table.forEach { place in body(snapshots.id(at: place), snapshots.bytes(at: place)) }
    }

    /// See `RequestTable.fetch`.
    func fetch(_ id: RequestID) { table.fetch(id) }

    /// Makes room for so many requests at once, so that growing does not move them again and again.
    mutating func makeRoom(for expected: Int) { table.makeRoom(for: expected) }

    /// Gives back room that turned out not to be needed.
    mutating func giveBackRoom() { table.giveBackRoom() }

    @inline(__always)
    private func slot(of id: RequestID, _ tag: RequestTable.Tag) -> RequestTable.Slot {
        table.slot(tag) { snapshots.id(at: $0) == id }
    }

    /// Moves what is live out of a block that holds little else than what is dead, and out of others that turn out to
    /// be like it meanwhile.
    private mutating func clear(_ first: Int) {
        var next: Int? = first
        while let block = next {
            for (id, place) in snapshots.all(in: block) {
                let tag = table.tag(of: id)
                let slot = table.slot(tag) { $0 == place }
                if table[slot] != nil { table.put(snapshots.move(place, of: id), tag, at: slot) }
            }
            snapshots.clear(block)
            next = snapshots.worthClearing
        }
    }
}
