import Contract
import SagaKernel
import TestSeed
import Testing

@testable import Coordinator

@Suite struct `The snapshots in memory` {
    /// Few enough to meet one another again and again; the halves alike, so that only their mixing tells them apart.
    private static func id(_ number: Int) -> RequestID { RequestID(high: UInt64(number), low: UInt64(number)) }

    private static func bytes(_ random: inout SeededRandom, upTo limit: Int) -> [UInt8] {
        let filler = UInt8(truncatingIfNeeded: random.below(256))
        return Array(repeating: filler, count: random.below(limit))
    }

    private static func put(_ bytes: [UInt8], of id: RequestID, into memory: inout RequestMemory) {
        let isSet = bytes.withUnsafeBytes { memory.put($0, of: id) { _ in true } }
        #expect(isSet)
    }

    @Test func `are what was put there last, through growing, clearing and forgetting`() throws {
        var random = SeededRandom(seed: Seed.announced(for: "request memory"))
        var memory = RequestMemory()
        var known: [RequestID: [UInt8]] = [:]
        for step in 0..<60_000 {
            // Now many, now few: blocks fill, are cleared, and their memory is used again.
            let id = Self.id(random.below(step % 20_000 < 10_000 ? 1_500 : 60))
            if random.chance(1, in: 5) {
                memory.remove(id)
                known[id] = nil
            } else {
                let new = Self.bytes(&random, upTo: 400)
                Self.put(new, of: id, into: &memory)
                known[id] = new
            }
            if step % 5_000 == 4_999 { memory.giveBackRoom() }
            try #require(memory.count == known.count)
            guard step % 1_000 == 0 else { continue }
            for (id, expected) in known {
                let found = try #require(memory[id])
                #expect(found.elementsEqual(expected))
            }
            var all: [RequestID: [UInt8]] = [:]
            memory.forEach { id, snapshot in all[id] = [UInt8](snapshot) }
            #expect(all == known)
        }
    }

    @Test func `stay where what is known says so`() throws {
        var memory = RequestMemory()
        Self.put([1, 2, 3], of: Self.id(1), into: &memory)
        var seen: [UInt8] = []
        let isSet = [9, 9].withUnsafeBytes { bytes in
            memory.put(bytes, of: Self.id(1)) { known in
                seen = known.map { [UInt8]($0) } ?? []
                return false
            }
        }
        #expect(!isSet)
        #expect(seen == [1, 2, 3])
        #expect(memory[Self.id(1)]?.elementsEqual([1, 2, 3]) == true)
    }

    @Test func `one of any size finds room, an empty one too`() throws {
        var memory = RequestMemory()
        let sizes = [0, 1, 70_000, 3 << 20, 20 << 20, 5]
        for (number, size) in sizes.enumerated() {
            Self.put(Array(repeating: UInt8(number), count: size), of: Self.id(number), into: &memory)
        }
        for (number, size) in sizes.enumerated() {
            let found = try #require(memory[Self.id(number)])
            #expect(found.count == size)
            #expect(found.first == (size == 0 ? nil : UInt8(number)))
            #expect(found.last == (size == 0 ? nil : UInt8(number)))
        }
    }

    @Test func `take little more than what is live, however often each is replaced`() {
        var random = SeededRandom(seed: Seed.announced(for: "snapshot blocks"))
        var blocks = SnapshotBlocks()
        var places: [Int: SnapshotBlocks.Place] = [:]
        var most = 0.0
        for _ in 0..<200_000 {
            let number = random.below(2_000)
            if let old = places[number] { blocks.drop(old) }
            let bytes = Self.bytes(&random, upTo: 600)
            places[number] = bytes.withUnsafeBytes { blocks.append($0, of: Self.id(number)) }
            while let block = blocks.worthClearing {
                for (id, place) in blocks.all(in: block) where places[Int(id.low)] == place {
                    places[Int(id.low)] = blocks.move(place, of: id)
                }
                blocks.clear(block)
            }
            // A third may be dead, and what dies while a block is being filled.
            most = max(most, Double(blocks.liveBytes + blocks.deadBytes) / Double(max(blocks.liveBytes, 256 << 10)))
        }
        #expect(most > 1.3)
        #expect(most < 1.9)
    }

    @Test func `are found by ids that differ in few bits, wherever those are`() {
        var memory = RequestMemory()
        let ids = (0..<64).flatMap { bit in
            [RequestID(high: 1 << bit, low: 7), RequestID(high: 7, low: 1 << bit)]
        }
        for (number, id) in ids.enumerated() { Self.put([UInt8(number)], of: id, into: &memory) }
        for (number, id) in ids.enumerated() { #expect(memory[id]?.first == UInt8(number)) }
        #expect(memory[RequestID(high: 0, low: 0)] == nil)
    }
}

@Suite struct `The table of places` {
    private static func place(_ number: Int, in blocks: inout SnapshotBlocks) -> SnapshotBlocks.Place {
        let id = RequestID(high: 9, low: UInt64(number))
        return [UInt8(number)].withUnsafeBytes { blocks.append($0, of: id) }
    }

    @Test func `keeps apart what has one tag, through growing and forgetting`() {
        var blocks = SnapshotBlocks()
        var table = RequestTable()
        let tag = table.tag(of: RequestID(high: 1, low: 1))
        let places = (0..<100).map { Self.place($0, in: &blocks) }
        for (number, place) in places.enumerated() {
            table.makeRoom(for: number + 1)
            let slot = table.slot(tag) { $0 == place }
            #expect(table[slot] == nil)
            table.put(place, tag, at: slot)
        }
        #expect(table.count == 100)
        for place in places.prefix(50) { table.remove(at: table.slot(tag) { $0 == place }) }
        for (number, place) in places.enumerated() {
            let found = table[table.slot(tag) { $0 == place }]
            #expect(found == (number < 50 ? nil : place))
        }
        var left: Set<SnapshotBlocks.Place> = []
        table.forEach { left.insert($0) }
        #expect(left == Set(places.suffix(50)))
    }
}

@Suite struct `The timers of a partition` {
    @Test func `come in one order, whatever order they were set in`() {
        var random = SeededRandom(seed: Seed.announced(for: "timer order"))
        let entries = (0..<500).map {
            TimerHeap.Entry(dueMs: Int64(random.below(5)), id: RequestID(high: 0, low: UInt64($0)))
        }
        var orders: Set<[RequestID]> = []
        for round in 0..<4 {
            var shuffled = entries
            for index in shuffled.indices { shuffled.swapAt(index, random.below(shuffled.count)) }
            var heap = TimerHeap()
            if round % 2 == 0 {
                heap.rebuild(shuffled)
            } else {
                for entry in shuffled { heap.insert(entry.id, dueMs: entry.dueMs) }
            }
            var order: [RequestID] = []
            while let next = heap.popDue(nowMs: 10) { order.append(next.id) }
            orders.insert(order)
        }
        #expect(orders == [entries.sorted().map(\.id)])
    }
}
