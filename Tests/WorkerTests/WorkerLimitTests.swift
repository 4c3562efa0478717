import Contract
import SagaKernel
import Synchronization
import Testing

@testable import Worker

@Suite struct WorkerLimitTests {
    @Test func `two tasks of one endpoint never work at once, those of others do`() async throws {
        let working = Mutex<[String: Int]>([:])
        let clash = Mutex(false)
        let turnstile = Turnstile()
        let connector = TestConnector { task in
            let count = working.withLock { working in
                working[task.endpoint.id, default: 0] += 1
                return working[task.endpoint.id] ?? 0
            }
            if count > 1 { clash.withLock { $0 = true } }
            await turnstile.pass()
            working.withLock { $0[task.endpoint.id]? -= 1 }
            return TestConnector.erased
        }
        let bench = try Bench([connector]) { $0.limits.concurrency = 8 }
        for number in 0..<12 { bench.broker.append(Bench.task("p\(number)", endpoint: "e\(number % 3)")) }
        try await bench.run {
            try await eventually { connector.begun.count == 3 }
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 12] }
        }
        #expect(!clash.withLock { $0 })
        #expect(connector.most == 3)
        #expect(connector.begun.count == 12)
    }

    @Test func `no more tasks work at once than there are places`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector]) { $0.limits.concurrency = 2 }
        for number in 0..<6 { bench.broker.append(Bench.task("p\(number)", endpoint: "e\(number)")) }
        try await bench.run {
            try await eventually { connector.begun.count == 2 }
            try await eventually { bench.observer.events.count { $0 == .taken(connector: "test") } == 6 }
            #expect(connector.begun.count == 2)
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 6] }
        }
        #expect(connector.most == 2)
    }

    @Test func `no more records are taken than may be in flight`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector]) { settings in
            settings.limits.concurrency = 2
            settings.limits.inFlightMax = 3
            settings.limits.endpointQueueMax = 2
        }
        for number in 0..<20 { bench.broker.append(Bench.task("p\(number)", endpoint: "e\(number)")) }
        try await bench.run {
            try await eventually { connector.begun.count == 2 }
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 20] }
        }
        let counts = bench.observer.events.compactMap { event -> Int? in
            guard case .inFlight(_, let tasks) = event else { return nil }
            return tasks
        }
        #expect(counts.max() == 3)
        #expect(bench.broker.now.largestRequest <= 3)
    }

    @Test func `an endpoint's queue has an end, and who finds it full comes back at no cost`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector { task in
            if task.endpoint.id == "slow" { await turnstile.pass() }
            return TestConnector.erased
        }
        let bench = try Bench([connector]) { $0.limits.endpointQueueMax = 2 }
        for number in 0..<4 { bench.broker.append(Bench.task("p\(number)", endpoint: "slow", continuation: "c")) }
        bench.broker.append(Bench.task("other", endpoint: "other"))
        try await bench.run {
            try await eventually { bench.broker.acknowledgements.count == 2 }
            let away = try #require(bench.broker.acknowledgements.first { $0.contains("pending") })
            let resumeAt = TimeText.text(ManualClock.start.adding(milliseconds: 60_000))
            #expect(away.contains(#""reason":"throttled","resume_at":"\#(resumeAt)","continuation":"c""#))
            #expect(bench.broker.acknowledgements.contains { $0.contains("/other") && $0.contains("erased") })
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 5] }
        }
        #expect(bench.broker.acknowledgements.count { $0.contains("erased") } == 4)
    }

    @Test func `who waits too long for an endpoint comes back at no cost`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector]) { $0.limits.endpointWaitMs = 10_000 }
        bench.broker.append(Bench.task("first"))
        bench.broker.append(Bench.task("second"))
        try await bench.run {
            // The first one's timeout and the second one's wait.
            try await eventually { bench.clock.sleepers == 2 }
            bench.clock.advance(ms: 10_000)
            try await eventually { bench.broker.acknowledgements.count == 1 }
            #expect(bench.broker.acknowledgements[0].contains(#""reason":"throttled""#))
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 2] }
        }
        #expect(connector.begun.count == 1)
    }

    @Test func `who waits too long for a place leaves its endpoint and comes back at no cost`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector]) { settings in
            settings.limits.concurrency = 1
            settings.limits.endpointWaitMs = 10_000
        }
        bench.broker.append(Bench.task("first", endpoint: "a"))
        try await bench.run {
            try await eventually { connector.begun.count == 1 }
            bench.broker.append(Bench.task("second", endpoint: "b"))
            // The first one's timeout and the second one's wait.
            try await eventually { bench.clock.sleepers == 2 }
            bench.clock.advance(ms: 10_000)
            try await eventually { bench.broker.acknowledgements.count == 1 }
            #expect(bench.broker.acknowledgements[0].contains(#""reason":"throttled""#))
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 2] }
            bench.broker.append(Bench.task("third", endpoint: "b"))
            try await eventually { bench.broker.now.committed == [0: 3] }
        }
        #expect(connector.begun.count == 2)
    }

    @Test func `a rate spreads the beginnings`() async throws {
        let connector = TestConnector()
        let bench = try Bench([connector]) { $0.limits.rate = RateLimit(perSecond: 2, burst: 1) }
        for number in 0..<3 { bench.broker.append(Bench.task("p\(number)", endpoint: "e\(number)")) }
        try await bench.run {
            try await eventually { bench.broker.acknowledgements.count == 1 && bench.clock.sleepers == 2 }
            bench.clock.advance(ms: 499)
            #expect(connector.begun.count == 1)
            bench.clock.advance(ms: 1)
            try await eventually { connector.begun.count == 2 }
            bench.clock.advance(ms: 500)
            try await eventually { connector.begun.count == 3 }
        }
        #expect(bench.observer.events.contains(.rateLimited(connector: "test", delayMs: 1_000)))
    }

    @Test func `an endpoint's rate holds up that endpoint only`() async throws {
        let connector = TestConnector()
        let bench = try Bench([connector]) { $0.limits.endpointRate = RateLimit(perSecond: 1, burst: 1) }
        for number in 0..<4 { bench.broker.append(Bench.task("p\(number)", endpoint: number < 3 ? "a" : "b")) }
        try await bench.run {
            try await eventually { connector.begun.count == 2 }
            #expect(Set(connector.begun.map(\.endpoint.id)) == ["a", "b"])
        }
    }

    @Test func `a token bucket gives its burst, then its rate, and keeps no more than its burst`() {
        var bucket = TokenBucket(RateLimit(perSecond: 10, burst: 3), atMs: 0)
        func reserve(_ count: Int, atMs nowMs: Int64, waitMaxMs: Int64 = 1_000) -> [Int64?] {
            (0..<count).map { _ in bucket.reserve(atMs: nowMs, waitMaxMs: waitMaxMs) }
        }
        #expect(reserve(5, atMs: 0) == [0, 0, 0, 100, 200])
        #expect(reserve(1, atMs: 0, waitMaxMs: 299) == [nil])
        #expect(reserve(1, atMs: 0, waitMaxMs: 300) == [300])
        let fullness = [Int64(400), 60_000].map { bucket.isFull(atMs: $0) }
        #expect(fullness == [false, true])
        #expect(reserve(4, atMs: 60_000) == [0, 0, 0, 100])
        // A clock that steps back gives nothing away and takes nothing.
        #expect(reserve(1, atMs: 59_000) == [200])
    }

    @Test func `the map of recent entries forgets what was used longest ago`() {
        var map = RecentMap<Int, Int>(capacity: 3)
        func values(_ keys: [Int]) -> [Int?] { keys.map { map.value(of: $0) } }
        for number in 1...3 { map.set(number, for: number) }
        for _ in 1...100 { #expect(values([1]) == [1]) }
        map.set(4, for: 4)
        #expect(values([2, 1, 3, 4]) == [nil, 1, 3, 4])
        #expect(map.count == 3)
        map = RecentMap(capacity: 0)
        map.set(1, for: 1)
        #expect(values([1]) == [nil])
    }

    @Test func `settings out of range are told together`() {
        var settings = WorkerSettings(worker: "", connectors: ["a", "a"])
        settings.pollMs = 0
        settings.limits.concurrency = 0
        settings.limitsByConnector["b"] = ConnectorLimits()
        var limits = ConnectorLimits()
        limits.rate = RateLimit(perSecond: 0)
        limits.endpointQueueMax = limits.inFlightMax
        settings.limitsByConnector["a"] = limits
        #expect(
            settings.faults == [
                "worker", "connectors", "poll_ms", "concurrency", "a.endpoint_queue_max", "a.rate", "limits of b",
            ])
        #expect(WorkerSettings(worker: "w", connectors: ["a"]).faults == [])
    }
}
