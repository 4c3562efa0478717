import SagaKernel
import Testing

@Suite struct DeadlineTests {
    static let dues: [(Regulation, Timestamp, Timestamp)] = [
        (.gdpr, .at(2026, 11, 2, hour: 15), .at(2026, 12, 2, hour: 15)),
        (.gdpr, .at(2027, 1, 31, hour: 9), .at(2027, 2, 28, hour: 9)),
        (.gdpr, .at(2028, 1, 31, hour: 9), .at(2028, 2, 29, hour: 9)),
        (.gdpr, .at(2028, 1, 29), .at(2028, 2, 29)),
        (.gdpr, .at(2100, 1, 31), .at(2100, 2, 28)),
        (.gdpr, .at(2000, 1, 31), .at(2000, 2, 29)),
        (.gdpr, .at(2026, 12, 31, hour: 23), .at(2027, 1, 31, hour: 23)),
        (.ukGDPR, .at(2026, 3, 31), .at(2026, 4, 30)),
        (.ccpa, .at(2026, 11, 2, hour: 15), .at(2026, 12, 17, hour: 15)),
        (.ccpa, .at(2028, 1, 31), .at(2028, 3, 16)),
    ]

    @Test(arguments: dues)
    func `the due time follows the calendar of the regulation`(
        _ regulation: Regulation, _ submitted: Timestamp, _ due: Timestamp
    ) {
        let walk = Walk([.of("a", .source)]) {
            $0.regulation = regulation
            $0.submitted = submitted
        }
        #expect(walk.saga.due == due)
    }

    @Test(arguments: [
        (Regulation.gdpr, Timestamp.at(2027, 2, 2, hour: 15)), (.ukGDPR, .at(2027, 2, 2, hour: 15)),
        (.ccpa, .at(2027, 1, 31, hour: 15)),
    ])
    func `an extension reaches as far as the regulation allows, once`(_ regulation: Regulation, _ limit: Timestamp) {
        var walk = Walk([.of("a", .source)]) { $0.regulation = regulation }
        walk.command(.extend(until: limit.adding(milliseconds: 1)))
        #expect(walk.toldLast == ["command_refused:beyond_limit"])
        walk.command(.extend(until: walk.saga.due))
        #expect(walk.toldLast == ["command_refused:not_later"])
        walk.command(.extend(until: limit))
        #expect(walk.saga.due == limit)
        #expect(walk.saga.isExtended)
        walk.command(.extend(until: limit))
        #expect(walk.toldLast == ["command_refused:already_extended"])
    }

    @Test func `a purge of thirty days is at risk on the first day of a short month`() {
        let purge = Endpoint.of("workspace", .logs) { $0.worstCaseMs = 30 * Milliseconds.day }
        let february = Walk([purge], at: .at(2027, 2, 1))
        #expect(february.saga.deadline == .atRisk)
        #expect(february.told.contains("sla_changed:at_risk"))
        let march = Walk([purge], at: .at(2027, 3, 1))
        #expect(march.saga.deadline == .onTrack)
    }

    @Test func `the worst cases of the stages add up, those of a stage do not`() {
        let hour = Milliseconds.hour
        let walk = Walk([
            .of("a", .source) { $0.worstCaseMs = 2 * hour }, .of("a2", .source) { $0.worstCaseMs = 5 * hour },
            .of("b", .sinks) {
                $0.settleMs = 3 * hour
                $0.worstCaseMs = 10 * hour
                $0.reverifyMs = [24 * hour]
                $0.ackTimeoutMs = 1 * hour
            },
            .of("c", .logs) { $0.worstCaseMs = 20 * hour },
        ])
        // source 5; sinks 3 + 10; then the logs' 20 beside the verification's 24 + 1.
        #expect(walk.saga.expectedCompletion(now: walk.now) == walk.now.adding(milliseconds: (5 + 13 + 25) * hour))
    }

    @Test func `what has begun ends a worst case after its beginning`() {
        var walk = Walk([.of("a", .source) { $0.worstCaseMs = 10 * Milliseconds.hour }])
        walk.pend("a/erase", .operationRunning, resumeIn: 8 * Milliseconds.hour)
        walk.now = walk.now.adding(milliseconds: 4 * Milliseconds.hour)
        let end = Timestamp.start.adding(milliseconds: 10 * Milliseconds.hour)
        #expect(walk.saga.expectedCompletion(now: walk.now) == end)
        walk.now = walk.now.adding(milliseconds: 20 * Milliseconds.hour)
        #expect(walk.saga.expectedCompletion(now: walk.now) == walk.now)
    }

    @Test func `a wait that is known to outlast the deadline puts it at risk`() {
        var walk = Walk([.of("a", .source)])
        walk.pend("a/erase", .retention, resumeIn: 40 * Milliseconds.day)
        #expect(walk.saga.deadline == .atRisk)
        #expect(walk.saga.expectedCompletion(now: walk.now) == walk["a/erase"].nextAt)
    }

    @Test func `the state flips at the exact moment, for which the saga has asked`() {
        var walk = Walk([.of("a", .source) { $0.worstCaseMs = 3 * Milliseconds.day }])
        walk.fail("a/erase")
        let due = walk.saga.due
        let risky = due.adding(milliseconds: -3 * Milliseconds.day + 1)
        #expect(walk.saga.nextWake(rules: walk.rules) == risky)
        walk.sleep(risky.milliseconds(since: walk.now) - 1)
        #expect(walk.saga.deadline == .onTrack)
        walk.sleep(1)
        #expect(walk.saga.deadline == .atRisk)
        #expect(walk.toldLast == ["sla_changed:at_risk"])
        #expect(walk.saga.nextWake(rules: walk.rules) == due.adding(milliseconds: 1))
        walk.sleep(due.milliseconds(since: walk.now))
        #expect(walk.saga.deadline == .atRisk)
        walk.sleep(1)
        #expect(walk.saga.deadline == .breached)
        #expect(walk.saga.nextWake(rules: walk.rules) == nil)
    }

    @Test func `a deadline never stops work`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks)])
        walk.pend("a/erase", .operationRunning)
        walk.wait(60 * Milliseconds.day)
        #expect(walk.saga.deadline == .breached)
        walk.complete("a/erase")
        #expect(walk.phase("b/erase") == .dispatched)
        walk.complete("b/erase")
        #expect(walk.saga.state == .completed)
        #expect(walk.saga.deadline == .breached)
    }

    @Test func `what ended in time stays in time for ever`() {
        var walk = Walk([.of("a", .source) { $0.worstCaseMs = 90 * Milliseconds.day }])
        #expect(walk.saga.deadline == .atRisk)
        walk.complete("a/erase")
        #expect(walk.saga.deadline == .onTrack)
        let before = walk.saga
        walk.sleep(90 * Milliseconds.day)
        #expect(walk.saga == before)
        #expect(walk.saga.expectedCompletion(now: walk.now) == nil)
    }

    @Test func `an extension takes the risk away`() {
        var walk = Walk([.of("a", .source) { $0.worstCaseMs = 45 * Milliseconds.day }])
        #expect(walk.saga.deadline == .atRisk)
        walk.command(.extend(until: .at(2027, 1, 31)))
        #expect(walk.saga.deadline == .onTrack)
    }

    @Test func `a request that comes too late is breached from the start`() {
        let walk = Walk([.of("a", .source)]) { $0.submitted = .at(2026, 1, 1) }
        #expect(walk.saga.deadline == .breached)
    }
}
