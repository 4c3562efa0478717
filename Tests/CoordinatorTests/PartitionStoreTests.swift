import Contract
import RecordLog
import SagaKernel
import TestSeed
import Testing

@testable import Coordinator

@Suite struct `The memory of a partition` {
    private static let plans = (1...4).map {
        HubPlan(host: "hub-\($0)", fingerprint: Fingerprint(high: 7, low: $0), endpoints: [])
    }

    private static func snapshot(
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
        var store = PartitionStore(partition: 0)
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
                #expect(store.set(id, snapshot: new.bytes, head: new.head) == isLater)
                if isLater { known[id] = (term, plans) }
            }
            for plan in Self.plans {
                let users = known.values.count { $0.plans.contains(plan) }
                try #require(store.plans[plan.fingerprint]?.sagas ?? 0 == users)
            }
            try #require(store.ids == known.keys.sorted())
        }
        let before = store.ids.map { store.snapshot(of: $0) }
        store.makeRoom(forRequests: 100_000)
        store.giveBackRoom()
        #expect(store.ids.map { store.snapshot(of: $0) } == before)
    }

    @Test func `gives back room only where there is far too much`() {
        var store = PartitionStore(partition: 0)
        store.makeRoom(forRequests: 3_000)
        #expect(store.entries.capacity >= 3_000)
        store.giveBackRoom()
        #expect(store.entries.capacity >= 3_000)
        store.makeRoom(forRequests: 100_000)
        store.giveBackRoom()
        #expect(store.entries.capacity < 5_000)
    }

    @Test func `makes room for as many requests as the rest of its partition will bring`() throws {
        var loading = Loading(partitions: [4, 2], owner: "nobody")
        // Offsets of a compacted topic begin anywhere.
        for offset in 5_000..<5_200 {
            let saga = try Self.snapshot(of: UInt64(offset / 2), term: 1, plans: [Self.plans[0]])
            try Array(RequestID(high: 0, low: UInt64(offset / 2)).description.utf8).withUnsafeBytes { key in
                try saga.bytes.withUnsafeBytes { value in
                    try loading.take(
                        RecordView(
                            topic: 0, partition: 2, offset: Int64(offset), timestampMs: nil, key: key, value: value,
                            headers: UnsafeBufferPointer(start: nil, count: 0)))
                }
            }
        }
        loading.makeRoom(bounds: [90_000, 5_000 + 16 * 200 + 16], positions: [0, 5_200])
        // Too little was read to guess from it.
        #expect(loading.stores[1].entries.capacity < 1_000)
        loading.makeRoom(bounds: [90_000, 5_000 + 16 * 200], positions: [0, 5_200])
        #expect((1_600..<4_000).contains(loading.stores[1].entries.capacity))
        #expect(loading.stores[0].entries.capacity == 0)
    }
}
