internal import CPrefetch
import SagaKernel

/// What is known of each request of a partition, found by its id: a hash table with open addressing.
///
/// A `Dictionary` keeps keys, values and the marks of what is taken in three places. A table of a million requests fits
/// into no cache, so that each place is a wait for memory, and a restore does little else than wait. Here all lies in
/// half a cache line, and the lines in large pages.
struct RequestTable: ~Copyable {
    struct Entry {
        var id: RequestID
        var place: SnapshotBlocks.Place
        /// When the request has to be looked at, milliseconds since 1970; Int64.max: nothing falls due by itself.
        var wakeMs: Int64

        fileprivate static let free = Entry(id: RequestID(high: 0, low: 0), place: .none, wakeMs: 0)

        fileprivate var isFree: Bool { place == .none }
    }

    /// Where an entry is, or would be. Valid until the next change.
    struct Slot {
        fileprivate var index: Int
    }

    private static let smallest = 64
    /// A quarter of a mebibyte.
    private static let worthGivingBack = 8_192

    private(set) var count = 0
    private var memory: UnsafeMutableRawBufferPointer
    /// Always a power of two. Zeroed memory holds free ones.
    private var slots: UnsafeMutableBufferPointer<Entry>
    private let hash = RequestHash()

    init() { (memory, slots) = Self.free(Self.smallest) }

    deinit { SystemMemory.giveBack(memory) }

    /// How many requests there is room for. Beyond three quarters of the slots, looks take long.
    var capacity: Int { slots.count / 4 * 3 }

    subscript(id: RequestID) -> Entry? {
        let found = slots[index(of: id)]
        return found.isFree ? nil : found
    }

    /// Where an id is, or should be put: there is room for it.
    mutating func slot(for id: RequestID) -> Slot {
        if count == capacity { resize(to: slots.count * 2) }
        return Slot(index: index(of: id))
    }

    subscript(slot: Slot) -> Entry? { slots[slot.index].isFree ? nil : slots[slot.index] }

    mutating func put(_ entry: Entry, at slot: Slot) {
        if slots[slot.index].isFree { count += 1 }
        slots[slot.index] = entry
    }

    /// Notes that the snapshot of an id that is there lies somewhere else now.
    mutating func move(_ id: RequestID, to place: SnapshotBlocks.Place) { slots[index(of: id)].place = place }

    /// Forgets an id, and closes the gap: whatever follows without one is looked for from its own place.
    mutating func remove(_ id: RequestID) {
        var gap = index(of: id)
        guard !slots[gap].isFree else { return }
        count -= 1
        var next = (gap + 1) & mask
        while !slots[next].isFree {
            let distance = (next - home(of: slots[next].id)) & mask
            if distance >= (next - gap) & mask {
                slots[gap] = slots[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        slots[gap] = .free
    }

    /// Has the slots where these ids would be fetched, so that they are there when they are asked for: the waits for
    /// memory of one look after the other would add up, and these overlap.
    func fetch(_ ids: [RequestID]) {
        guard let first = slots.baseAddress else { return }
        for id in ids { habeas_prefetch(first + home(of: id)) }
    }

    /// In no order that means anything.
    func forEach(_ body: (Entry) -> Void) {
        for entry in slots where !entry.isFree { body(entry) }
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

    private func index(of id: RequestID) -> Int {
        var index = home(of: id)
        while !slots[index].isFree, slots[index].id != id { index = (index + 1) & mask }
        return index
    }

    private func home(of id: RequestID) -> Int { Int(truncatingIfNeeded: hash(id)) & mask }

    private mutating func resize(to slotCount: Int) {
        let (oldMemory, old) = (memory, slots)
        (memory, slots) = Self.free(slotCount)
        for entry in old where !entry.isFree { slots[index(of: entry.id)] = entry }
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
