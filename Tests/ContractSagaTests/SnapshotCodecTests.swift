import Contract
import SagaKernel
import TestSeed
import Testing

@Suite struct SnapshotCodecTests {
    private let anID = RequestID(high: 1, low: 2)

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
            #expect(try StatusText.decode(bytes, of: saga.id, plans: saga.plans) == saga)
            for length in 0..<bytes.count {
                #expect(throws: SnapshotError.self) {
                    try StatusText.decode(Array(bytes[..<length]), of: saga.id, plans: saga.plans)
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
                do { _ = try StatusText.decode(damaged, of: saga.id, plans: saga.plans) } catch { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    @Test func `a snapshot of another format is refused with its number`() {
        #expect(throws: SnapshotError.unknownFormat(0x7F)) { try StatusText.decode([0x7F, 1, 2], of: anID, plans: []) }
        #expect(throws: SnapshotError.truncated) { try StatusText.decode([], of: anID, plans: []) }
    }

    @Test func `a snapshot without its plan is refused`() {
        let saga = randomSaga(3)
        let bytes = SnapshotCodec.encode(saga, wake: nil)
        #expect(throws: SnapshotError.missingPlan) { try StatusText.decode(bytes, of: saga.id, plans: []) }
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
        let bytes = SnapshotCodec.encode(husk, id: anID)
        let content = try bytes.withUnsafeBytes { bytes in try SnapshotCodec.decode(bytes, of: anID) { _ in nil } }
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
                try Array(bytes[..<length]).withUnsafeBytes { bytes in
                    try SnapshotCodec.decode(bytes, of: anID) { _ in nil }
                }
            }
        }
    }

    @Test func `references, hubs and flags come back in every combination`() throws {
        let (one, other) = (SubjectRef(1, 2, 3, 4), SubjectRef(5, 6, 7, 8))
        for refs in [[], [one], [other], [one, other], [one, one]] {
            for hubs in [["a.example"], ["b.example"], ["c.example"], ["b.example", "c.example", "a.example"]] {
                for flags in 0..<8 {
                    var saga = randomSaga(9)
                    saga.tasks = []
                    saga.plans = ["a.example", "b.example"].enumerated().map { place, host in
                        var plan = saga.plans[0]
                        plan.host = host
                        plan.fingerprint = Fingerprint(high: 0, low: UInt64(place))
                        return plan
                    }
                    saga.request.subjects = hubs.map { Subject(hub: $0, deviceID: "d", moduleID: "m") }
                    saga.request.subjectRefs = refs
                    saga.request.subjectRef = one
                    saga.request.dryRun = flags & 1 != 0
                    saga.request.requestedBy = flags & 2 != 0 ? "portal" : nil
                    saga.request.traceparent = flags & 4 != 0 ? "00-1-2-00" : nil
                    let bytes = SnapshotCodec.encode(saga, wake: nil)
                    #expect(try StatusText.decode(bytes, of: saga.id, plans: saga.plans) == saga)
                }
            }
        }
    }

    @Test func `tasks come back whatever stands in front of them`() throws {
        var random = SeededRandom(seed: 37)
        for _ in 0..<400 {
            var saga = randomSaga(5)
            let plan = saga.plans[0]
            let ends = plan.endpoints.count - 1
            saga.tasks = (0..<random.number(0...6)).map { _ in
                var task = SagaTask(
                    hub: random.number(0...(saga.plans.count - 1)), endpoint: random.number(0...ends),
                    action: TaskAction.allCases[random.number(0...2)], ordinal: random.number(0...2),
                    stage: Stage.allCases[random.number(0...4)], since: saga.received)
                task.epoch = random.number(1...2)
                task.attempts = random.number(0...1)
                task.failures = random.number(0...1)
                task.rounds = random.number(0...1)
                task.settles = random.number(0...1) == 0
                return task
            }
            saga.plans = saga.plans.map { other in
                var other = other
                other.endpoints = plan.endpoints
                return other
            }
            let bytes = SnapshotCodec.encode(saga, wake: nil)
            #expect(try StatusText.decode(bytes, of: saga.id, plans: saga.plans) == saga)
        }
    }

    @Test func `a part that this version does not know is refused`() throws {
        let saga = randomSaga(5)
        let bytes = SnapshotCodec.encode(saga, wake: nil)
        var known: Set<String> = []
        for place in bytes.indices {
            var other = bytes
            other[place] = 0xFF
            do { _ = try StatusText.decode(other, of: saga.id, plans: saga.plans) } catch let error as SnapshotError {
                known.insert("\(error)")
            }
        }
        #expect(known.contains("\(SnapshotError.badValue(field: "request"))"))
        #expect(known.contains("\(SnapshotError.badValue(field: "task"))"))
    }

    @Test func `a saga takes little more than what nothing else says of it`() throws {
        var request = try #require(Story.all.first).saga.request
        request.subjectRefs = [request.subjectRef]
        let plan = try #require(Story.all.first).saga.plans[0]
        func bytes(endpoints: Int) -> Int {
            var plan = plan
            plan.disclosures = []
            plan.endpoints = (0..<endpoints).map { index in
                var endpoint = plan.endpoints[0]
                endpoint.id = "place-\(index)"
                endpoint.reverifyMs = []
                return endpoint
            }
            let saga = Saga.begin(request, plans: [plan], homePartition: 1, now: request.submitted, rules: SagaRules())
            return SnapshotCodec.encode(saga.saga, wake: nil).count
        }
        // Identifier, reference, meaning and plan are 64 bytes and the text; moments and stages the rest.
        #expect(bytes(endpoints: 0) < 160)
        // What is pending: parts, phase, since when, until when, begun when.
        #expect(bytes(endpoints: 8) - bytes(endpoints: 0) <= 8 * 8 + 3)
    }

    @Test func `a saga that was received at the end of time is read`() throws {
        for far in [Int64.min, .min + 1, 0, .max] {
            var saga = randomSaga(5)
            saga.received = Timestamp(milliseconds: far)
            saga.request.submitted = Timestamp(milliseconds: far)
            let bytes = SnapshotCodec.encode(saga, wake: nil)
            #expect(try StatusText.decode(bytes, of: saga.id, plans: saga.plans) == saga)
        }
    }

    @Test func `moments far from the reception survive`() throws {
        for far in [Int64.min, -1, 0, .max] {
            var saga = randomSaga(5)
            saga.due = Timestamp(milliseconds: far)
            if !saga.tasks.isEmpty { saga.tasks[0].nextAt = Timestamp(milliseconds: far) }
            let bytes = SnapshotCodec.encode(saga, wake: Timestamp(milliseconds: far))
            #expect(try StatusText.decode(bytes, of: saga.id, plans: saga.plans) == saga)
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
