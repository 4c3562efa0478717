import SagaKernel
import Testing

@Suite struct VersionTests {
    @Test func `the version rises with a change of the face and not without`() {
        var walk = Walk([.of("a", .source), .of("b", .sinks)])
        func seal(_ body: (inout Walk) -> Void) -> Bool {
            let before = walk.saga
            body(&walk)
            let version = walk.saga.version
            let isNew = walk.seal(since: before)
            #expect(walk.saga.version == version + (isNew ? 1 : 0))
            return isNew
        }
        let isFirst = walk.seal(since: nil)
        #expect(isFirst)
        #expect(walk.saga.version == 1)
        #expect(!seal { $0.complete("nowhere/erase") })
        #expect(!seal { $0.complete("a/erase", epoch: 7) })
        #expect(!seal { $0.sleep(1) })
        #expect(!seal { $0.command(.release) })
        #expect(!seal { $0.requestAgain() })
        #expect(seal { $0.complete("a/erase") })
        #expect(walk.saga.updated == walk.now)
        #expect(!seal { $0.complete("a/erase") })
        #expect(seal { $0.command(.hold) })
        #expect(seal { $0.catalogue { _ in nil } })
        #expect(!seal { $0.catalogue { _ in nil } })
        #expect(seal { $0.command(.extend(until: $0.saga.due.adding(milliseconds: 1))) })
        #expect(seal { $0.wait(60 * Milliseconds.day) })
        #expect(walk.saga.deadline == .breached)
    }

    @Test func `a command that shortens the way changes the face`() {
        // The status shows when the end is expected; a replay that drops the settle time moves it.
        var walk = Walk([.of("a", .source), .of("b", .sinks) { $0.settleMs = Milliseconds.day }])
        let before = walk.saga
        walk.replay("b/erase", scope: .all)
        let now = walk.now
        #expect(before.expectedCompletion(now: now) != walk.saga.expectedCompletion(now: now))
        let isNew = walk.seal(since: before)
        #expect(isNew)
    }
}

@Suite struct HuskTests {
    @Test func `an ended saga is kept for its grace, then leaves a husk`() {
        var walk = Walk([.of("a", .source)])
        walk.rules.graceMs = 30 * Milliseconds.day
        walk.rules.statusGraceMs = 90 * Milliseconds.day
        #expect(walk.saga.husk(now: .at(2999, 1, 1), rules: walk.rules) == nil)
        walk.complete("a/erase")
        let end = walk.now
        let grace = end.adding(milliseconds: 30 * Milliseconds.day)
        #expect(walk.saga.nextWake(rules: walk.rules) == grace)
        #expect(walk.saga.husk(now: grace.adding(milliseconds: -1), rules: walk.rules) == nil)
        let husk = walk.saga.husk(now: grace, rules: walk.rules)
        #expect(husk?.kind == .ended)
        #expect(husk?.meaning == walk.saga.request.meaning)
        #expect(husk?.version == walk.saga.version)
        #expect(husk?.forgetAt == end.adding(milliseconds: 90 * Milliseconds.day))
    }

    @Test func `a status is never forgotten before its snapshot`() {
        var walk = Walk([.of("a", .source)])
        walk.rules.statusGraceMs = 1
        walk.complete("a/erase")
        let grace = walk.now.adding(milliseconds: walk.rules.graceMs)
        #expect(walk.saga.husk(now: grace, rules: walk.rules)?.forgetAt == grace)
    }

    @Test func `a failed saga is parked, not ended, and leaves no husk`() {
        var walk = Walk([.of("a", .source)])
        walk.fail("a/erase")
        #expect(walk.saga.husk(now: .at(2999, 1, 1), rules: walk.rules) == nil)
    }
}

@Suite struct TimelineTests {
    @Test func `one happening tells a bounded number of things`() {
        var walk = Walk((0..<60).map { .of("e-\($0)", $0 == 0 ? .source : .sinks) })
        walk.complete("e-0/erase")
        // The acknowledgement, the stage, one dispatch a task.
        #expect(walk.toldLast.count == 2 + 59)
        walk.sleep(15 * Milliseconds.minute)
        // A timeout and a dispatch a task.
        #expect(walk.toldLast.count == 2 * 59)
    }

    @Test func `an entry about a task names its path, epoch and attempt`() {
        var walk = Walk([.of("a", .source)])
        walk.sleep(15 * Milliseconds.minute)
        walk.complete("a/erase", attempt: 1)
        let event = walk.timeline.last { $0.kind == .acknowledged }
        #expect(event?.taskPath == "a/erase")
        #expect(event?.epoch == 1)
        #expect(event?.attempt == 1)
        #expect(event?.code == "erased")
        #expect(event?.time == walk.now)
        let dispatched = walk.timeline.last { $0.kind == .dispatched }
        #expect(dispatched?.attempt == 2)
    }
}
