import Contract
import RecordLog
import SagaKernel
import Synchronization
import Testing

@testable import Worker

@Suite struct WorkerEndingTests {
    @Test func `a stop lets what is at work end, and leaves what has not begun to others`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector]) { $0.limits.concurrency = 1 }
        for number in 0..<3 { bench.broker.append(Bench.task("p\(number)", endpoint: "e\(number)")) }
        let running = Task { try await bench.worker.run() }
        try await eventually { connector.begun.count == 1 }
        bench.worker.stop()
        try await eventually { bench.clock.sleepers >= 2 }
        turnstile.open()
        try await running.value
        #expect(connector.begun.count == 1)
        #expect(bench.broker.acknowledgements.count == 1)
        #expect(bench.broker.now.left == 1)
        // Which of the three began is the worker's affair; what is committed is exactly what was acknowledged in order.
        let begunFirst = connector.begun[0].endpoint.id == "e0"
        #expect(bench.broker.now.committed == (begunFirst ? [0: 1] : [:]))
    }

    @Test func `when the grace is over the work is cancelled and nothing is acknowledged`() async throws {
        let turnstile = Turnstile()
        let wasCancelled = Mutex(false)
        let connector = TestConnector { _ in
            await turnstile.passUnlessCancelled()
            wasCancelled.withLock { $0 = Task.isCancelled }
            return TestConnector.erased
        }
        let bench = try Bench([connector]) { $0.graceMs = 3_000 }
        bench.broker.append(Bench.task())
        let running = Task { try await bench.worker.run() }
        try await eventually { connector.begun.count == 1 }
        bench.worker.stop()
        bench.worker.stop()
        try await eventually { bench.clock.sleepers == 2 }
        bench.clock.advance(ms: 3_000)
        try await running.value
        try await eventually { wasCancelled.withLock { $0 } }
        #expect(bench.broker.acknowledgements.isEmpty)
        #expect(bench.broker.now.committed.isEmpty)
        #expect(bench.broker.now.left == 1)
    }

    @Test func `a stop does not wait for work that heeds nothing`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector]) { $0.graceMs = 0 }
        bench.broker.append(Bench.task())
        let running = Task { try await bench.worker.run() }
        try await eventually { connector.begun.count == 1 }
        bench.worker.stop()
        try await running.value
        #expect(bench.broker.acknowledgements.isEmpty)
        turnstile.open()
    }

    @Test func `cancelling the run is a stop without grace`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector { _ in
            await turnstile.passUnlessCancelled()
            return TestConnector.erased
        }
        let bench = try Bench([connector])
        bench.broker.append(Bench.task())
        let running = Task { try await bench.worker.run() }
        try await eventually { connector.begun.count == 1 }
        running.cancel()
        try await running.value
        #expect(bench.broker.now.committed.isEmpty)
        #expect(bench.broker.now.left == 1)
    }

    @Test func `a worker runs once, and a stop before it counts`() async throws {
        let bench = try Bench([TestConnector()])
        bench.broker.append(Bench.task())
        bench.worker.stop()
        try await bench.worker.run()
        #expect(bench.broker.acknowledgements.isEmpty)
        await #expect(throws: WorkerFailure.alreadyRun) { try await bench.worker.run() }
    }

    @Test func `work for partitions that were taken away is acknowledged and not committed`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector { task in
            if task.endpoint.id == "slow" { await turnstile.pass() }
            return TestConnector.erased
        }
        let bench = try Bench([connector], partitions: [0, 1]) { $0.commitIntervalMs = 60_000 }
        bench.broker.append(Bench.task("done", endpoint: "fast"), partition: 0)
        bench.broker.append(Bench.task("late", endpoint: "slow"), partition: 0)
        try await bench.run {
            try await eventually { connector.begun.count == 2 }
            try await eventually { bench.observer.events.last == .inFlight(connector: "test", tasks: 1) }
            #expect(bench.broker.now.commits.isEmpty)
            bench.events.push(.revoked(lost: false))
            try await eventually { bench.broker.now.committed == [0: 1] }
            bench.events.push(.assigned([1]))
            turnstile.open()
            try await eventually { bench.broker.acknowledgements.count == 2 }
            bench.broker.append(Bench.task("next", endpoint: "fast"), partition: 1)
            try await eventually { bench.broker.acknowledgements.count == 3 }
            // An end hurries the clock beyond the grace period, in which the last task is waited for.
            try await eventually { bench.observer.events.last == .inFlight(connector: "test", tasks: 0) }
        }
        #expect(bench.broker.now.committed == [0: 1, 1: 1])
    }

    @Test func `partitions that were lost are not committed at all`() async throws {
        let bench = try Bench([TestConnector()]) { $0.commitIntervalMs = 60_000 }
        bench.broker.append(Bench.task())
        try await bench.run {
            try await eventually { bench.observer.events.contains(.inFlight(connector: "test", tasks: 0)) }
            bench.events.push(.revoked(lost: true))
            try await eventually { bench.observer.events.contains(.partitions(connector: "test", count: 0)) }
        }
        #expect(bench.broker.now.commits.isEmpty)
    }

    @Test func `an acknowledgement is published again until it is durable`() async throws {
        let bench = try Bench([TestConnector()])
        bench.broker.change { state in
            state.publishFailures = [.retriable(reason: "a"), .outcomeUnknown(reason: "b"), .retriable(reason: "c")]
        }
        bench.broker.append(Bench.task())
        try await bench.run {
            for (number, waitMs) in [Int64(100), 200, 400].enumerated() {
                try await eventually {
                    bench.observer.events.count { $0 == .publishRetried(connector: "test") } == number + 1
                        && bench.clock.sleepers == 1
                }
                #expect(bench.broker.now.commits.isEmpty)
                bench.clock.advance(ms: waitMs - 1)
                #expect(bench.clock.sleepers == 1)
                bench.clock.advance(ms: 1)
            }
            try await eventually { bench.broker.now.committed == [0: 1] }
        }
        #expect(bench.broker.acknowledgements.count == 1)
    }

    @Test func `a reply that can never be written makes a dead letter, and stops nobody`() async throws {
        let bench = try Bench([TestConnector()])
        bench.broker.change { $0.deadTopics = ["habeas.acks"] }
        bench.broker.append(Bench.task())
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 1] } }
        #expect(bench.broker.published(to: "habeas.dead-letters") == [Bench.task()])
    }

    @Test func `a reply that fails for too long is buried only while a dead letter can be written`() async throws {
        let bench = try Bench([TestConnector()]) { settings in
            settings.replyPatienceMs = 1_000
            settings.publishRetryMaxMs = 1_000
        }
        bench.broker.change { $0.stubbornTopics = ["habeas.acks", "habeas.dead-letters"] }
        bench.broker.append(Bench.task("kept"))
        try await bench.run {
            // All topics fail: a broker that is away is no reason to bury anything.
            for _ in 0..<20 {
                try await eventually { bench.clock.sleepers == 1 && bench.broker.now.refused > 0 }
                bench.broker.change { $0.refused = 0 }
                bench.clock.advance(ms: 1_000)
            }
            bench.broker.change { $0.stubbornTopics = [] }
            try await eventually {
                bench.clock.advance(ms: 100)
                return bench.broker.now.committed == [0: 1]
            }
            #expect(bench.broker.acknowledgements.count == 1)
            bench.broker.change { $0.stubbornTopics = ["habeas.acks"] }
            bench.broker.append(Bench.task("buried"))
            try await eventually {
                bench.clock.advance(ms: 100)
                return bench.broker.now.committed == [0: 2]
            }
        }
        #expect(bench.broker.published(to: "habeas.dead-letters") == [Bench.task("buried")])
    }

    @Test func `a worker that can write nothing ends and says why`() async throws {
        let bench = try Bench([TestConnector()])
        bench.broker.change { $0.deadTopics = ["habeas.acks", "habeas.dead-letters"] }
        bench.broker.append(Bench.task())
        await #expect(throws: WorkerFailure.publishing(.fatal(reason: "no such topic"))) {
            try await bench.worker.run()
        }
        #expect(bench.broker.now.committed.isEmpty)
        #expect(bench.broker.now.left == 1)
    }

    @Test func `passing failures of the topic are survived, a final one ends the worker`() async throws {
        let bench = try Bench([TestConnector()])
        bench.broker.change { state in
            state.pollFailures = [.retriable(reason: "a"), .retriable(reason: "b")]
            state.commitFailures = [.retriable(reason: "c"), .outcomeUnknown(reason: "d")]
        }
        bench.broker.append(Bench.task())
        let running = Task { try await bench.worker.run() }
        try await eventually { bench.broker.now.committed == [0: 1] }
        bench.broker.change { $0.pollFailures = [.fatal(reason: "no right to read")] }
        let result = await running.result
        #expect(throws: WorkerFailure.consuming(connector: "test", .fatal(reason: "no right to read"))) {
            try result.get()
        }
        #expect(bench.observer.events.count { $0 == .sourceRetried(connector: "test") } == 4)
    }

    @Test func `faults in the settings stop the start`() {
        #expect(throws: WorkerFailure.settings(["connectors"])) { try Bench([], names: []) }
        #expect(throws: WorkerFailure.connectorTwice("test")) { try Bench([TestConnector(), TestConnector()]) }
    }

    @Test func `a late answer is published like any other acknowledgement`() async throws {
        let bench = try Bench([TestConnector()])
        let record = TaskRecord(
            partition: 0, offset: 0, key: nil, value: Array(Bench.task().utf8), headers: HeaderBlock())
        let task = try record.withViews { TaskReader().read(value: $0, headers: $1) }.get()
        try await bench.worker.publish(TestConnector.erased, of: task)
        #expect(bench.broker.acknowledgements.count == 1)
        bench.broker.change { $0.publishFailures = [.retriable(reason: "x")] }
        await #expect(throws: LogFailure.retriable(reason: "x")) {
            try await bench.worker.publish(TestConnector.erased, of: task)
        }
    }
}
