import SagaKernel
import Testing

@Suite struct RetryTests {
    @Test func `a missing acknowledgement is a retryable failure, dispatched again at once`() {
        var walk = Walk([.of("a", .source) { $0.ackTimeoutMs = Milliseconds.minute }])
        walk.sleep(Milliseconds.minute - 1)
        #expect(walk.dispatches.count == 1)
        walk.sleep(1)
        #expect(walk.toldLast == ["timed_out", "dispatched"])
        #expect(walk.dispatches.map(\.attempt) == [1, 2])
        #expect(walk.dispatches.map(\.epoch) == [1, 1])
        #expect(walk["a/erase"].error?.code == .timeout)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: Milliseconds.minute))
    }

    @Test(arguments: 1...5)
    func `the budget is the number of failed dispatches, the first included`(_ budget: Int) {
        var timeouts = Walk([.of("a", .source) { $0.maxAttempts = budget }])
        timeouts.wait(20 * Milliseconds.day)
        #expect(timeouts.dispatches.count == budget)
        #expect(timeouts.phase("a/erase") == .failed)
        #expect(timeouts.saga.state == .failed)

        var failures = Walk([.of("a", .source) { $0.maxAttempts = budget }])
        for _ in 0..<budget {
            failures.fail("a/erase", .unavailable, retryable: true, retryAfterMs: 0)
            failures.sleep(0)
        }
        #expect(failures.dispatches.count == budget)
        #expect(failures.phase("a/erase") == .failed)
        #expect(failures["a/erase"].error?.code == .unavailable)
    }

    @Test func `timeouts and failures spend the same budget`() {
        var walk = Walk([.of("a", .source) { $0.maxAttempts = 3 }])
        walk.sleep(15 * Milliseconds.minute)
        walk.fail("a/erase", .timeout, retryable: true, retryAfterMs: 0)
        walk.sleep(0)
        #expect(walk.phase("a/erase") == .dispatched)
        walk.sleep(15 * Milliseconds.minute)
        #expect(walk.phase("a/erase") == .failed)
        #expect(walk.dispatches.count == 3)
    }

    @Test func `what is not retryable fails at once`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase", .immutable)
        #expect(walk.phase("a/erase") == .failed)
        #expect(walk.dispatches.count == 1)
    }

    @Test func `retry_after wins over the backoff, up to what is believed`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase", .throttled, retryable: true, retryAfterMs: 77_777)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: 77_777))
        walk.sleep(77_777)
        walk.fail("a/erase", .throttled, retryable: true, retryAfterMs: .max)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: walk.rules.retryAfterMaxMs))
        walk.sleep(walk.rules.retryAfterMaxMs)
        walk.fail("a/erase", .throttled, retryable: true, retryAfterMs: -5)
        #expect(walk["a/erase"].nextAt == walk.now)
    }

    @Test func `the backoff doubles up to its maximum and differs by a fifth at most`() {
        let backoff = Backoff(initialMs: 30 * Milliseconds.second, maximumMs: 10 * Milliseconds.minute)
        var shares: [Double] = []
        for seed in 0..<200 as Range<UInt64> {
            var walk = Walk([.of("a", .source) { $0.backoff = backoff }]) {
                $0.id = RequestID(high: seed &* 0x9E37_79B9, low: seed)
            }
            for failure in 0..<7 {
                walk.fail("a/erase", retryable: true)
                let plain = min(backoff.initialMs << failure, backoff.maximumMs)
                let delayMs = walk["a/erase"].nextAt?.milliseconds(since: walk.now) ?? 0
                #expect(abs(delayMs - plain) * 5 <= plain, "failure \(failure): \(delayMs) for \(plain)")
                shares.append(Double(delayMs) / Double(plain))
                walk.sleep(delayMs)
            }
        }
        // Spread over the whole width, or a thousand tasks that failed together come back together.
        #expect((shares.min() ?? 1) < 0.82)
        #expect((shares.max() ?? 1) > 1.18)
        #expect(abs(shares.reduce(0, +) / Double(shares.count) - 1) < 0.02)
    }

    @Test func `the same saga backs off the same`() {
        func delays() -> [Timestamp?] {
            var walk = Walk([.of("a", .source)])
            return (0..<6).map { _ in
                walk.fail("a/erase", retryable: true)
                let nextAt = walk["a/erase"].nextAt
                walk.wait(8 * Milliseconds.hour)
                return nextAt
            }
        }
        #expect(delays() == delays())
    }

    @Test func `a backoff without jitter is exact, and the largest one does not overflow`() {
        var rules = SagaRules()
        rules.jitterPercent = 0
        let backoff = Backoff(initialMs: .max / 4 + 1, maximumMs: .max / 2)
        var walk = Walk([.of("a", .source) { $0.backoff = backoff }], rules: rules)
        walk.fail("a/erase", retryable: true)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: .max / 4 + 1))
        walk.sleep(.max / 4 + 1)
        walk.fail("a/erase", retryable: true)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: .max / 2))
    }

    @Test func `pending costs no budget and comes back with its continuation`() {
        var walk = Walk([.of("a", .source) { $0.maxAttempts = 1 }])
        for page in 1...20 {
            walk.pend("a/erase", .operationRunning, resumeIn: Milliseconds.minute, continuation: "page-\(page)")
            #expect(walk.phase("a/erase") == .waiting(.operationRunning))
            walk.sleep(Milliseconds.minute)
            #expect(walk.dispatches.last?.continuation == "page-\(page)")
            #expect(walk.dispatches.last?.attempt == page + 1)
        }
        #expect(walk["a/erase"].failures == 0)
        walk.fail("a/erase", retryable: true)
        #expect(walk.phase("a/erase") == .failed)
        walk.replay()
        #expect(walk.dispatches.last?.continuation == nil)
    }

    @Test(arguments: [-5 * Milliseconds.day, 0, 1, 999])
    func `a worker that always answers now does not spin`(_ resumeInMs: Int64) {
        var walk = Walk([.of("a", .source)])
        walk.pend("a/erase", .throttled, resumeIn: resumeInMs)
        #expect(walk["a/erase"].nextAt == walk.now.adding(milliseconds: walk.rules.resumeDelayMinMs))
    }

    @Test func `a pending without a moment waits for an acknowledgement alone`() {
        var walk = Walk([.of("a", .source)])
        walk.pend("a/erase", .operationRunning)
        #expect(walk["a/erase"].nextAt == nil)
        walk.wait(20 * Milliseconds.day)
        #expect(walk.dispatches.count == 1)
        walk.complete("a/erase")
        #expect(walk.saga.state == .completed)
    }

    @Test func `a late timer counts one timeout, however late it is`() {
        var walk = Walk([.of("a", .source) { $0.ackTimeoutMs = Milliseconds.minute }])
        walk.sleep(Milliseconds.hour)
        #expect(walk.dispatches.count == 2)
        #expect(walk["a/erase"].failures == 1)
    }

    @Test func `an owner is asked once and waited for without a moment`() {
        var walk = Walk([
            .of("partner", .source) {
                $0.connector = Endpoint.attestationConnector
                $0.awaitsOwner = true
            }
        ])
        #expect(walk.dispatches.count == 1)
        #expect(walk.phase("partner/erase") == .waiting(.awaitingOwner))
        #expect(walk["partner/erase"].nextAt == nil)
        walk.wait(20 * Milliseconds.day)
        #expect(walk.dispatches.count == 1)
        walk.complete("partner/erase", .attested)
        #expect(walk.saga.state == .completed)
    }
}
