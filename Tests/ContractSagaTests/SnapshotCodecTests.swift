import Contract
import SagaKernel
import TestSeed
import Testing

@Suite struct SnapshotCodecTests {
    private func randomSaga(_ seed: UInt64) -> Saga {
        var driver = SagaDriver(seed: seed)
        for _ in 0..<40 {
            let event = driver.nextEvent()
            driver.accept(driver.happen(event))
        }
        _ = driver.endTurn()
        return driver.saga
    }

    @Test func `a snapshot that was cut anywhere is refused`() throws {
        for seed in 0..<8 as Range<UInt64> {
            let saga = randomSaga(seed)
            let bytes = SnapshotCodec.encode(saga, wake: saga.updated)
            #expect(try StatusText.decode(bytes, plans: saga.plans) == saga)
            for length in 0..<bytes.count {
                #expect(throws: SnapshotError.self) {
                    try StatusText.decode(Array(bytes[..<length]), plans: saga.plans)
                }
            }
        }
    }

    @Test func `a damaged snapshot is read or refused, never trapped on`() {
        var random = SeededRandom(seed: 11)
        var refused = 0
        for seed in 0..<8 as Range<UInt64> {
            let saga = randomSaga(seed)
            let bytes = SnapshotCodec.encode(saga, wake: nil)
            for _ in 0..<400 {
                var damaged = bytes
                for _ in 0..<random.number(1...4) {
                    damaged[random.number(0...(bytes.count - 1))] = UInt8(truncatingIfNeeded: random.next())
                }
                do { _ = try StatusText.decode(damaged, plans: saga.plans) } catch { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    @Test func `a snapshot of another format is refused with its number`() {
        #expect(throws: SnapshotError.unknownFormat(0x7F)) { try StatusText.decode([0x7F, 1, 2], plans: []) }
        #expect(throws: SnapshotError.truncated) { try StatusText.decode([], plans: []) }
    }

    @Test func `a snapshot without its plan is refused`() {
        let saga = randomSaga(3)
        let bytes = SnapshotCodec.encode(saga, wake: nil)
        #expect(throws: SnapshotError.missingPlan) { try StatusText.decode(bytes, plans: []) }
    }

    @Test func `a head tells what a restore needs`() throws {
        for seed in 0..<30 as Range<UInt64> {
            let saga = randomSaga(seed)
            let wake = saga.nextWake(rules: SagaRules())
            let head = try SnapshotCodec.encode(saga, wake: wake).withUnsafeBytes { try SnapshotCodec.head(of: $0) }
            #expect(!head.isHusk)
            #expect(head.wake == wake)
            #expect(head.term == saga.term)
            #expect(head.version == saga.version)
            #expect(Array(head.plans) == saga.plans.map(\.fingerprint))
        }
    }

    @Test func `a husk comes back as it was`() throws {
        let husk = Husk(
            kind: .rejected, meaning: Fingerprint(high: .max, low: 1), term: 3, version: 9,
            forgetAt: Timestamp(milliseconds: 1_793_631_600_123))
        let bytes = SnapshotCodec.encode(husk, id: RequestID(high: 1, low: 2))
        let content = try bytes.withUnsafeBytes { bytes in try SnapshotCodec.decode(bytes) { _ in nil } }
        guard case .husk(let decoded) = content else {
            Issue.record("no husk")
            return
        }
        #expect(decoded == husk)
        let head = try bytes.withUnsafeBytes { try SnapshotCodec.head(of: $0) }
        #expect(head.isHusk)
        #expect(head.wake == husk.forgetAt)
        #expect([head.term, head.version] == [3, 9])
        for length in 0..<bytes.count {
            #expect(throws: SnapshotError.self) {
                try Array(bytes[..<length]).withUnsafeBytes { bytes in try SnapshotCodec.decode(bytes) { _ in nil } }
            }
        }
    }

    @Test func `moments far from the reception survive`() throws {
        for far in [Int64.min, -1, 0, .max] {
            var saga = randomSaga(5)
            saga.due = Timestamp(milliseconds: far)
            if !saga.tasks.isEmpty { saga.tasks[0].nextAt = Timestamp(milliseconds: far) }
            let bytes = SnapshotCodec.encode(saga, wake: Timestamp(milliseconds: far))
            #expect(try StatusText.decode(bytes, plans: saga.plans) == saga)
        }
    }

    @Test func `a plan comes back as it was, and is refused when it was cut`() throws {
        var random = SeededRandom(seed: 23)
        for _ in 0..<40 {
            for plan in RandomRequests.plans(&random) {
                let bytes = PlanCodec.encode(plan)
                #expect(try bytes.withUnsafeBytes { try PlanCodec.decode($0) } == plan)
                for length in 0..<bytes.count {
                    #expect(throws: SnapshotError.self) {
                        try Array(bytes[..<length]).withUnsafeBytes { try PlanCodec.decode($0) }
                    }
                }
            }
        }
    }

    @Test func `a plan's key cannot be taken for a request id`() {
        let key = PlanCodec.key(Fingerprint(high: 0x0123_4567_89AB_CDEF, low: 1))
        #expect(key == "plan/0123456789abcdef0000000000000001")
        #expect(RequestID(key) == nil)
    }
}
