import SagaKernel

/// The snapshots of a partition, one behind the other in large pieces of memory: a log like the topic that it mirrors.
///
/// A snapshot is replaced by each thing that happens to its request, so a piece of the heap for each would be taken and
/// given back all the time, and a million of them are scattered over memory. Here a new one is appended, and the old
/// one's bytes count as dead. When a third of all bytes is dead the block with the fewest live ones is worth clearing:
/// its owner, who knows which ones are live, moves them (as Bitcask merges its files).
struct SnapshotBlocks: ~Copyable {
    /// Where a snapshot lies. Stays valid until it is dropped or its block is cleared.
    struct Place: Hashable {
        /// From one on, so that zeroed memory holds no place.
        private var blockNumber: UInt32
        private var start: UInt32

        fileprivate init(block: Int, offset: Int) {
            blockNumber = UInt32(block + 1)
            start = UInt32(offset)
        }

        private init() { (blockNumber, start) = (0, 0) }

        fileprivate var block: Int { Int(blockNumber) - 1 }
        fileprivate var offset: Int { Int(start) }

        /// No place at all: what zeroed memory holds.
        static let none = Place()
    }

    private struct Block {
        var memory: UnsafeMutableRawBufferPointer
        var used = 0
        var live = 0
        var isOpen = true
    }

    /// In front of each snapshot: its length, and whose it is.
    private enum Frame {
        static let bytes = MemoryLayout<UInt32>.size + 2 * MemoryLayout<UInt64>.size
    }

    /// Sizes of blocks. A new one is a quarter of what is live, so that little memory is a small part of much.
    private static let (smallestBytes, largestBytes) = (64 << 10, SystemMemory.largeBytes)

    private var blocks: [Block] = []
    /// The block that is appended to.
    private var current = 0
    /// Memory of a cleared block, for the next that is opened.
    private var spare: UnsafeMutableRawBufferPointer?
    private(set) var liveBytes = 0
    private(set) var deadBytes = 0
    /// A block whose live snapshots should be moved, and which should then be cleared; nil: none is worth it.
    private(set) var worthClearing: Int?

    deinit {
        for block in blocks { SystemMemory.giveBack(block.memory) }
        if let spare { SystemMemory.giveBack(spare) }
    }

    /// Copies a snapshot.
    mutating func append(_ snapshot: UnsafeRawBufferPointer, of id: RequestID) -> Place {
        let size = Frame.bytes + snapshot.count
        if blocks.isEmpty || blocks[current].memory.count - blocks[current].used < size { open(forBytes: size) }
        let offset = blocks[current].used
        let target = UnsafeMutableRawBufferPointer(rebasing: blocks[current].memory[offset..<offset + size])
        target.storeBytes(of: UInt32(snapshot.count), as: UInt32.self)
        target.storeBytes(of: id.high, toByteOffset: 4, as: UInt64.self)
        target.storeBytes(of: id.low, toByteOffset: 12, as: UInt64.self)
        UnsafeMutableRawBufferPointer(rebasing: target[Frame.bytes...]).copyMemory(from: snapshot)
        blocks[current].used += size
        blocks[current].live += size
        liveBytes += size
        return Place(block: current, offset: offset)
    }

    /// The snapshot at a place; valid until the next change.
    func bytes(at place: Place) -> UnsafeRawBufferPointer {
        frame(place.block, place.offset).snapshot
    }

    /// Whose snapshot lies at a place.
    func id(at place: Place) -> RequestID { frame(place.block, place.offset).id }

    /// From now on the bytes at this place are dead.
    mutating func drop(_ place: Place) {
        let size = Frame.bytes + bytes(at: place).count
        blocks[place.block].live -= size
        liveBytes -= size
        deadBytes += size
    }

    /// Copies a snapshot to the end, which leaves its bytes where it was dead.
    mutating func move(_ place: Place, of id: RequestID) -> Place {
        // Blocks stay where they are while others are opened.
        let snapshot = bytes(at: place)
        drop(place)
        return append(snapshot, of: id)
    }

    /// Each snapshot of a block, dead ones included, in the order in which they were appended.
    func all(in block: Int) -> [(id: RequestID, place: Place)] {
        var found: [(id: RequestID, place: Place)] = []
        var offset = 0
        while offset < blocks[block].used {
            let (id, snapshot) = frame(block, offset)
            found.append((id, Place(block: block, offset: offset)))
            offset += Frame.bytes + snapshot.count
        }
        return found
    }

    /// Gives back the memory of a block in which nothing is live.
    mutating func clear(_ block: Int) {
        precondition(blocks[block].live == 0 && block != current, "a block that is in use is cleared")
        let memory = blocks[block].memory
        deadBytes -= blocks[block].used
        blocks[block] = Block(memory: UnsafeMutableRawBufferPointer(start: nil, count: 0), isOpen: false)
        keep(memory)
        worthClearing = sparsest()
    }

    private mutating func keep(_ memory: UnsafeMutableRawBufferPointer) {
        guard let other = spare else {
            spare = memory
            return
        }
        let (larger, smaller) = other.count < memory.count ? (memory, other) : (other, memory)
        SystemMemory.giveBack(smaller)
        spare = larger
    }

    private mutating func open(forBytes size: Int) {
        let wanted = max(size, min(max(liveBytes / 4, Self.smallestBytes), Self.largestBytes))
        let block = Block(memory: takeSpare(bytes: wanted) ?? SystemMemory.take(bytes: wanted))
        if let free = blocks.firstIndex(where: { !$0.isOpen }) {
            blocks[free] = block
            current = free
        } else {
            blocks.append(block)
            current = blocks.count - 1
        }
        worthClearing = sparsest()
    }

    private mutating func takeSpare(bytes: Int) -> UnsafeMutableRawBufferPointer? {
        guard let memory = spare, memory.count >= bytes else { return nil }
        spare = nil
        return memory
    }

    /// Where more than a third is dead: of the blocks that are full, the one with the most dead bytes for a live one.
    private func sparsest() -> Int? {
        guard deadBytes > liveBytes / 2 else { return nil }
        let full = blocks.indices.filter { $0 != current && blocks[$0].live < blocks[$0].used }
        return full.min { blocks[$0].live * blocks[$1].used < blocks[$1].live * blocks[$0].used }
    }

    private func frame(_ block: Int, _ offset: Int) -> (id: RequestID, snapshot: UnsafeRawBufferPointer) {
        let frame = UnsafeRawBufferPointer(rebasing: blocks[block].memory[offset...])
        let count = Int(frame.loadUnaligned(as: UInt32.self))
        let id = RequestID(
            high: frame.loadUnaligned(fromByteOffset: 4, as: UInt64.self),
            low: frame.loadUnaligned(fromByteOffset: 12, as: UInt64.self))
        return (id, UnsafeRawBufferPointer(rebasing: frame[Frame.bytes..<Frame.bytes + count]))
    }
}
