internal import CPrefetch
import SagaKernel

/// Where the snapshot of each request of a partition lies: a hash table with open addressing.
///
/// A table of a million requests fits into no cache, and its pages into no processor's list of pages, so that each look
/// is a wait for memory, and a restore does little else than wait. So there is as little of it as can be: four entries
/// to a line of the caches, which hold no id but a number made of it. Two ids with one number are next to impossible,
/// and no reason to take one for the other: whoever looks says which snapshot is looked for.
struct RequestTable: ~Copyable {
    /// What stands for an id: see `RequestHash`.
    struct Tag {
        fileprivate let number: UInt64
    }

    private struct Entry {
        var tag: UInt64
        var place: SnapshotBlocks.Place

        static let free = Entry(tag: 0, place: .none)

        var isFree: Bool { place == .none }
    }

    /// Where an entry is, or would be. Valid until the next change.
    struct Slot {
        fileprivate var index: Int
    }

    private static let smallest = 64
    /// A quarter of a mebibyte.
    private static let worthGivingBack = 16_384

    private(set) var count = 0
    private var memory: UnsafeMutableRawBufferPointer
    /// Always a power of two. Zeroed memory holds free ones.
    private var slots: UnsafeMutableBufferPointer<Entry>
    private let hash = RequestHash()

    init() { (memory, slots) = Self.free(Self.smallest) }

    deinit { SystemMemory.giveBack(memory) }

    /// How many requests there is room for. Beyond three quarters of the slots, looks take long.
    var capacity: Int { slots.count / 4 * 3 }

    func tag(of id: RequestID) -> Tag { Tag(number: hash(id)) }

    /// Where the entry with this tag is whose snapshot is the one that is looked for, or where it should be put.
    @inline(__always)
    func slot(_ tag: Tag, where isIt: (SnapshotBlocks.Place) -> Bool) -> Slot {
        var index = home(of: tag.number)
        while !slots[index].isFree, slots[index].tag != tag.number || !isIt(slots[index].place) {
            index = (index + 1) & mask
        }
        return Slot(index: index)
    }

    subscript(slot: Slot) -> SnapshotBlocks.Place? { slots[slot.index].isFree ? nil : slots[slot.index].place }

    /// There is room for it: see `makeRoom`.
    mutating func put(_ place: SnapshotBlocks.Place, _ tag: Tag, at slot: Slot) {
        if slots[slot.index].isFree { count += 1 }
        slots[slot.index] = Entry(tag: tag.number, place: place)
    }

    /// Forgets an entry, and closes the gap: whatever follows without one is looked for from its own place.
    mutating func remove(at slot: Slot) {
        var gap = slot.index
        guard !slots[gap].isFree else { return }
        count -= 1
        var next = (gap + 1) & mask
        while !slots[next].isFree {
            let distance = (next - home(of: slots[next].tag)) & mask
            if distance >= (next - gap) & mask {
                slots[gap] = slots[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        slots[gap] = .free
    }

    /// Has the slot fetched where this id would be, and does not wait for it: the waits of one look after the other
    /// would add up, and those for what was asked for ahead of time overlap.
    func fetch(_ id: RequestID) {
        if let first = slots.baseAddress { habeas_prefetch(first + home(of: hash(id))) }
    }

    /// In no order that means anything.
    func forEach(_ body: (SnapshotBlocks.Place) -> Void) {
        for entry in slots where !entry.isFree { body(entry.place) }
    }

    /// Makes room for so many at once, so that growing does not move them again and again.
    mutating func makeRoom(for expected: Int) {
        if expected > capacity { resize(to: Self.slots(for: expected)) }
    }

    /// Gives back room that turned out not to be needed.
    mutating func giveBackRoom() {
        let fitting = Self.slots(for: count)
        if slots.count > max(2 * fitting, Self.worthGivingBack) { resize(to: fitting) }
    }

    private var mask: Int { slots.count - 1 }

    private func home(of number: UInt64) -> Int { Int(truncatingIfNeeded: number) & mask }

    private mutating func resize(to slotCount: Int) {
        let (oldMemory, old) = (memory, slots)
        (memory, slots) = Self.free(slotCount)
        for entry in old where !entry.isFree {
            // None of them is another's.
            let slot = slot(Tag(number: entry.tag)) { _ in false }
            slots[slot.index] = entry
        }
        SystemMemory.giveBack(oldMemory)
    }

    private static func slots(for count: Int) -> Int {
        var slots = smallest
        while slots / 4 * 3 < count { slots *= 2 }
        return slots
    }

    private static func free(
        _ slotCount: Int
    ) -> (memory: UnsafeMutableRawBufferPointer, slots: UnsafeMutableBufferPointer<Entry>) {
        let memory = SystemMemory.takeZeroed(bytes: slotCount * MemoryLayout<Entry>.stride)
        let slots = memory.bindMemory(to: Entry.self)
        return (memory, UnsafeMutableBufferPointer(rebasing: slots[..<slotCount]))
    }
}
