import Contract
import RecordLog
import SagaKernel
import TestSeed
import Testing

@testable import Coordinator

@Suite("The memory of a partition") struct PartitionStoreTests {
    fileprivate static let plans = (1...4).map {
        HubPlan(host: "hub-\($0)", fingerprint: Fingerprint(high: 7, low: $0), endpoints: [])
    }

    fileprivate static func snapshot(
        of number: UInt64, term: Int64, plans: [HubPlan]
    ) throws -> (bytes: [UInt8], head: SnapshotCodec.Head) {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let ref = SubjectRef(1, 2, 3, 4)
        let request = Request(
            id: RequestID(high: 0, low: number), type: .erasure, regulation: .gdpr, submitted: now, subjects: [],
            subjectRefs: [], subjectRef: ref, meaning: Fingerprint(high: 1, low: 1))
        let saga = Saga(
            request: request, homePartition: 0, plans: plans, tasks: [], disclosures: [], stages: [], term: term,
            now: now)
        let bytes = SnapshotCodec.encode(saga, wake: number % 2 == 0 ? now : nil)
        return (bytes, try bytes.withUnsafeBytes { try SnapshotCodec.head(of: $0) })
    }

    @Test func `counts who refers to which plan, whatever comes and goes, and keeps what later owners wrote`() throws {
        var random = SeededRandom(seed: Seed.announced(for: "partition store"))
        let store = PartitionStore(partition: 0)
        var known: [RequestID: (term: Int64, plans: [HubPlan])] = [:]
        for _ in 0..<3_000 {
            // So few that plans are often not referred to at all.
            let number = UInt64(random.below(5))
            let id = RequestID(high: 0, low: number)
            let plan = random.pick(Self.plans)
            switch random.below(8) {
            case 0:
                store.remove(id)
                known[id] = nil
            case 1: store.hold(plan)
            case 2: store.drop(plan: plan.fingerprint)
            default:
                let plans = random.chance(1, in: 4) ? Array(Set([plan, random.pick(Self.plans)])) : [plan]
                let term = Int64(1 + random.below(3))
                let new = try Self.snapshot(of: number, term: term, plans: plans)
                let isLater = term >= known[id]?.term ?? 0
                let isSet = new.bytes.withUnsafeBytes { store.set(id, snapshot: $0, head: new.head) }
                #expect(isSet == isLater)
                if isLater { known[id] = (term, plans) }
            }
            for plan in Self.plans {
                let users = known.values.count { $0.plans.contains(plan) }
                try #require(store.contents.plans[plan.fingerprint]?.sagas ?? 0 == users)
            }
            try #require(store.ids == known.keys.sorted())
        }
        let before = store.ids.map { store.snapshot(of: $0) }
        store.contents.makeRoom(forRequests: 100_000)
        store.contents.giveBackRoom()
        #expect(store.ids.map { store.snapshot(of: $0) } == before)
    }

    @Test func `gives back room only where there is far too much`() {
        let store = PartitionStore(partition: 0)
        store.contents.makeRoom(forRequests: 3_000)
        #expect(store.contents.capacity >= 3_000)
        store.contents.giveBackRoom()
        #expect(store.contents.capacity >= 3_000)
        store.contents.makeRoom(forRequests: 100_000)
        store.contents.giveBackRoom()
        #expect(store.contents.capacity < 5_000)
    }

    /// Records of a topic, whose memory lives as long as this.
    private final class Records {
        private var texts: [UnsafeMutableRawBufferPointer] = []
        private var views: [RecordView] = []

        deinit { for text in texts { text.deallocate() } }

        private func keep(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
            let text = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            text.copyBytes(from: bytes)
            texts.append(text)
            return UnsafeRawBufferPointer(text)
        }

        func add(partition: Int32, offset: Int64, key: String, value: [UInt8]?) {
            views.append(
                RecordView(
                    topic: 0, partition: partition, offset: offset, timestampMs: nil, key: keep(Array(key.utf8)),
                    value: value.map(keep), headers: UnsafeBufferPointer(start: nil, count: 0)))
        }

        func addSaga(_ number: UInt64, term: Int64 = 1, partition: Int32, offset: Int64) throws {
            let saga = try PartitionStoreTests.snapshot(of: number, term: term, plans: [PartitionStoreTests.plans[0]])
            let id = RequestID(high: 0, low: number)
            add(partition: partition, offset: offset, key: "\(id)", value: saga.bytes)
        }

        func load(into loading: Loading, batch: Int) throws {
            try views.withUnsafeBufferPointer { views in
                for start in stride(from: 0, to: views.count, by: batch) {
                    let end = min(start + batch, views.count)
                    try loading.take(UnsafeBufferPointer(rebasing: views[start..<end]))
                }
            }
        }
    }

    @Test func `makes room for as many requests as the rest of its partition will bring`() throws {
        let loading = Loading(partitions: [4, 2], owner: "nobody")
        let records = Records()
        // Offsets of a compacted topic begin anywhere.
        for offset in 5_000..<5_200 { try records.addSaga(UInt64(offset / 2), partition: 2, offset: Int64(offset)) }
        try records.load(into: loading, batch: 50)
        loading.makeRoom(bounds: [90_000, 5_000 + 16 * 200 + 16], positions: [0, 5_200])
        // Too little was read to guess from it.
        #expect(loading.partitions[1].store.contents.capacity < 1_000)
        loading.makeRoom(bounds: [90_000, 5_000 + 16 * 200], positions: [0, 5_200])
        #expect((1_600..<4_000).contains(loading.partitions[1].store.contents.capacity))
        #expect(loading.partitions[0].store.contents.capacity < 200)
    }

    /// A batch of many records is shared among threads; one of few is not.
    @Test func `holds the same whether its records came in large batches or one by one`() throws {
        var random = SeededRandom(seed: Seed.announced(for: "batches"))
        let records = Records()
        for plan in Self.plans {
            for partition in Int32(0)..<3 {
                let key = PlanCodec.key(plan.fingerprint)
                records.add(partition: partition, offset: 0, key: key, value: PlanCodec.encode(plan))
            }
        }
        for offset in 1..<12_000 {
            let partition = Int32(offset / 70 % 4)
            let number = UInt64(random.below(900))
            if random.chance(1, in: 9) {
                let id = RequestID(high: 0, low: number)
                records.add(partition: partition, offset: Int64(offset), key: "\(id)", value: nil)
            } else {
                let term = Int64(1 + random.below(3))
                try records.addSaga(number, term: term, partition: partition, offset: Int64(offset))
            }
        }
        var held: [[[String]]] = []
        for batch in [1, 31, 12_500] {
            // What is in no partition of its own is passed over.
            let loading = Loading(partitions: [2, 0, 1], owner: "nobody")
            try records.load(into: loading, batch: batch)
            let stores = try loading.finish()
            held.append(
                stores.keys.sorted().compactMap { stores[$0] }.map { store in
                    var timers = store.timers
                    var due: [String] = []
                    while let next = timers.popDue(nowMs: .max) { due.append("\(next.id)") }
                    let sagas = store.ids.map { "\($0) \(store.snapshot(of: $0) ?? [])" }
                    return sagas + due + ["\(store.term)", "\(store.contents.overruled.sorted())"]
                })
        }
        #expect(held[0].count == 3)
        #expect(held[0].allSatisfy { $0.count > 800 })
        #expect(held[0] == held[1])
        #expect(held[0] == held[2])
    }

    @Test(arguments: [0, 12_100])
    func `a log that nobody has cleaned up leaves one timer of each request`(forgotten: Int64) throws {
        let records = Records()
        for number in 0..<forgotten {
            let id = RequestID(high: 0, low: UInt64(100 + 2 * number))
            try records.addSaga(id.low, partition: 0, offset: 20_000 + number)
            records.add(partition: 0, offset: 40_000 + number, key: "\(id)", value: nil)
        }
        try records.addSaga(2, partition: 0, offset: 0)
        for offset in stride(from: Int64(1), to: 12_000, by: 2) {
            let id = RequestID(high: 0, low: 4)
            try records.addSaga(4, partition: 0, offset: offset)
            records.add(partition: 0, offset: offset + 1, key: "\(id)", value: nil)
        }
        try records.addSaga(4, partition: 0, offset: 12_002)
        records.add(
            partition: 0, offset: 12_003, key: PlanCodec.key(Self.plans[0].fingerprint),
            value: PlanCodec.encode(Self.plans[0]))
        let loading = Loading(partitions: [0], owner: "nobody")
        try records.load(into: loading, batch: 500)
        let store = try #require(try loading.finish()[0])
        #expect(store.timers.count == 2)
        #expect(store.takeDue(nowMs: .max, limit: 5_000).map(\.id.low) == [2, 4])
    }

    @Test func `a request that went back to an earlier due time comes up once`() throws {
        let store = PartitionStore(partition: 0)
        let (bytes, head) = try Self.snapshot(of: 2, term: 1, plans: [])
        let id = RequestID(high: 0, low: 2)
        for _ in 0..<3 {
            #expect(bytes.withUnsafeBytes { store.set(id, snapshot: $0, head: head) })
            store.remove(id)
        }
        #expect(bytes.withUnsafeBytes { store.set(id, snapshot: $0, head: head) })
        #expect(store.timers.count == 4)
        #expect(store.takeDue(nowMs: .max, limit: 10).map(\.id) == [id])
    }

    @Test func `a record that cannot be read is named with its partition, in a large batch too`() throws {
        for batch in [1, 10_000] {
            let records = Records()
            for offset in 0..<5_000 {
                try records.addSaga(UInt64(offset), partition: Int32(offset / 100 % 2), offset: Int64(offset))
            }
            let id = RequestID(high: 1, low: 1)
            records.add(partition: 1, offset: 5_000, key: "\(id)", value: [0x11])
            let loading = Loading(partitions: [0, 1], owner: "nobody")
            #expect {
                try records.load(into: loading, batch: batch)
            } throws: { error in
                guard case LaneFailure.unreadableSnapshot(partition: 1, .truncated) = error else { return false }
                return true
            }
        }
    }
}
