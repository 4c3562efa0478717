import Contract
import Foundation
import SagaKernel
import Testing

/// Random sagas in an unfriendly world, judged after every event.
///
/// `HABEAS_SEED` runs the one saga that a failure named; `HABEAS_PROPERTY_EVENTS` says how many events there are.
@Suite struct SagaPropertyTests {
    @Test func `whatever happens, every saga keeps its promises`() {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["HABEAS_SEED"].flatMap({ UInt64($0) }) {
            var run = PropertyRun(seed: seed)
            run.play()
            return
        }
        let target = environment["HABEAS_PROPERTY_EVENTS"].flatMap { Int($0) } ?? 100_000
        let first = UInt64.random(in: 0..<1_000_000_000)
        print("property run: \(target) events from seed \(first)")
        var seed = first
        var tally = Tally()
        while tally.events < target, tally.failures == 0 {
            var run = PropertyRun(seed: seed)
            run.play()
            tally.add(run)
            seed += 1
        }
        print("property run: \(tally)")
        // A driver that never gets anywhere proves nothing.
        for state in SagaState.allCases { #expect(tally.ends[state, default: 0] > 0, "no saga was ever \(state)") }
        for phase in TaskPhase.allCases { #expect(tally.phases.contains(phase), "no task was ever \(phase)") }
        for kind in TimelineEvent.Kind.allCases where kind != .redacted {
            #expect(tally.kinds.contains(kind), "never told: \(kind)")
        }
    }
}

/// What the runs reached together.
struct Tally: CustomStringConvertible {
    var sagas = 0
    var events = 0
    var failures = 0
    var statuses = 0
    var roundTrips = 0
    var ends: [SagaState: Int] = [:]
    var phases: Set<TaskPhase> = []
    var kinds: Set<TimelineEvent.Kind> = []

    mutating func add(_ run: PropertyRun) {
        sagas += 1
        events += run.driver.eventCount
        statuses += run.statuses
        roundTrips += run.roundTrips
        if run.isBroken { failures += 1 }
        for state in run.states { ends[state, default: 0] += 1 }
        phases.formUnion(run.phases)
        kinds.formUnion(run.kinds)
    }

    var description: String {
        "\(sagas) sagas, \(events) events, \(statuses) statuses, \(roundTrips) round trips, states \(ends)"
    }
}

/// One saga from its request to its end.
struct PropertyRun {
    let seed: UInt64
    var driver: SagaDriver
    var isBroken = false
    var statuses = 0
    var roundTrips = 0
    var states: Set<SagaState> = []
    var phases: Set<TaskPhase> = []
    var kinds: Set<TimelineEvent.Kind> = []
    private var history: [Step] = []
    private var eventsAfterEnd = 0
    private var published: [UInt8] = []

    init(seed: UInt64) {
        self.seed = seed
        driver = SagaDriver(seed: seed)
    }

    mutating func play() {
        kinds.formUnion(driver.turnEvents.map(\.kind))
        _ = driver.endTurn()
        publish()
        let length = driver.random.number(20...140)
        // An ended saga still has to bear late records and commands, but not for long.
        while driver.eventCount < length, eventsAfterEnd < 8, !isBroken { playTurn() }
        if !isBroken { settleDown() }
    }

    private mutating func playTurn() {
        driver.beginTurn()
        for _ in 0..<driver.random.number(1...3) where !isBroken {
            let event = driver.nextEvent()
            step(event)
        }
        closeTurn()
        if driver.random.chance(10) { roundTrip() }
        if driver.random.chance(25) { expectIdleUntilWake() }
    }

    mutating func step(_ event: SagaEvent) {
        let step = driver.happen(event)
        if history.count > 25 { history.removeFirst() }
        history.append(step)
        for (name, check) in Invariants.all {
            if let complaint = check(step, driver.ledger) { broken("\(name): \(complaint)") }
        }
        states.insert(step.after.state)
        for task in step.after.tasks { phases.insert(task.phase) }
        kinds.formUnion(step.events.map(\.kind))
        eventsAfterEnd = step.after.state.isEnded ? eventsAfterEnd + 1 : 0
        driver.accept(step)
    }

    mutating func broken(_ complaint: String) {
        isBroken = true
        let story = history.map { step in
            let told = step.events.map { "\($0.kind.rawValue):\($0.code ?? "")" }.joined(separator: " ")
            return "\(step.now.milliseconds) \(step.event)\n    \(told)"
        }.joined(separator: "\n")
        Issue.record("\(complaint)\nHABEAS_SEED=\(seed), event \(driver.eventCount)\n\(story)")
    }
}

extension PropertyRun {
    /// The version rises exactly when the face changes, and the same version has the same bytes.
    mutating func closeTurn() {
        guard let start = driver.turnStart else { return }
        let isNew = driver.endTurn()
        let saga = driver.saga
        if saga.version != start.version + (isNew ? 1 : 0) { broken("version \(start.version) to \(saga.version)") }
        guard isNew else {
            if saga != start, StatusText.bytes(saga) != published { broken("other bytes for one version") }
            return
        }
        publish()
        var relabelled = start
        relabelled.version = saga.version
        relabelled.term = saga.term
        relabelled.updated = saga.updated
        // When a stage was opened or left, and whether a task settles, decides when the end is expected, also where the
        // sum happens to be the same.
        let isSameInside = start.stages == saga.stages && start.tasks.map(\.settles) == saga.tasks.map(\.settles)
        if isSameInside, StatusText.bytes(relabelled) == published { broken("a new version of the same face") }
    }

    mutating func publish() {
        statuses += 1
        published = StatusText.bytes(driver.saga)
        var timeline = JSONWriter()
        TimelineWriter.write(driver.turnEvents, of: driver.saga.id, version: driver.saga.version, to: &timeline)
        for mark in [RandomRequests.deviceMark, RandomRequests.aliasMark] {
            if StatusText.contains(published, mark) { broken("the status names the subject") }
            if StatusText.contains(timeline.bytes, mark) { broken("the timeline names the subject") }
        }
    }

    /// As after a restart: what was written is read, and life goes on with that.
    mutating func roundTrip() {
        roundTrips += 1
        let saga = driver.saga
        let wake = saga.nextWake(rules: driver.rules)
        let bytes = SnapshotCodec.encode(saga, wake: wake)
        do {
            let decoded = try StatusText.decode(bytes, of: driver.saga.id, plans: saga.plans)
            if decoded != saga { broken("the decoded saga differs") }
            let head = try bytes.withUnsafeBytes { try SnapshotCodec.head(of: $0) }
            if head.wake != wake || head.version != saga.version { broken("the head differs") }
            driver.replaceSaga(by: decoded)
        } catch {
            broken("the snapshot cannot be read: \(error)")
        }
    }

    /// The saga wakes neither too late nor for nothing: before its wake there is nothing to do, at its wake there is.
    mutating func expectIdleUntilWake() {
        let saga = driver.saga
        let now = driver.now
        guard !saga.state.isEnded else { return }
        // Only what concluded has looked at the clock; an ignored record has not.
        var looked = saga
        var directives = Directives()
        looked.timeCame(now: now, rules: driver.rules, &directives)
        let wake = looked.nextWake(rules: driver.rules)
        if let wake, wake <= now { return broken("it asks to be woken in the past") }
        var idle = looked
        let early = wake?.adding(milliseconds: -1) ?? now.adding(milliseconds: 1_000 * Milliseconds.day)
        directives = Directives()
        idle.timeCame(now: early, rules: driver.rules, &directives)
        if !directives.isEmpty || idle != looked {
            broken("something fell due before its wake")
        }
        guard let wake else { return }
        idle.timeCame(now: wake, rules: driver.rules, &directives)
        if directives.isEmpty { broken("it was woken for nothing") }
    }
}

extension PropertyRun {
    /// The faults stop: operators release, owners and workers answer honestly. Every saga must then end, or be parked
    /// where its state says why, within a bounded number of steps; and a replay must bring a parked one to its end.
    mutating func settleDown() {
        driver.loseEverythingInFlight()
        if driver.saga.isHeld { step(.command(driver.saga.command("release", .release))) }
        endQuietly()
        if driver.saga.state == .failed, !isBroken {
            step(.command(driver.saga.command("replay", .replay(tasks: [], scope: .failed))))
            endQuietly()
            if driver.saga.state == .failed { broken("a replay with honest workers did not heal it") }
        }
        if !driver.saga.state.isEnded, !isBroken { broken("it did not end: \(driver.saga.tasks.map(\.phase))") }
    }

    private mutating func endQuietly() {
        var steps = 0
        while driver.saga.state == .inProgress, !isBroken {
            steps += 1
            if steps > 40 + 30 * driver.saga.tasks.count { return broken("no end in sight") }
            step(driver.saga.honestEvent(wake: driver.saga.nextWake(rules: driver.rules)))
        }
    }
}

extension Saga {
    func command(_ id: String, _ verb: Command.Verb) -> Command {
        Command(id: "last-\(id)-\(version)", requestID: self.id, verb: verb, reason: "the end", operator: "dana")
    }

    /// What an honest world does next: whoever has a task completes it; otherwise the clock moves on.
    fileprivate func honestEvent(wake: Timestamp?) -> SagaEvent {
        for task in tasks {
            let isWithWorker: Bool
            switch task.phase {
            case .dispatched: isWithWorker = true
            case .waiting(let reason): isWithWorker = PendingReason(rawValue: reason.rawValue) != nil
            case .blocked, .succeeded, .failed, .skipped, .cancelled: isWithWorker = false
            }
            guard isWithWorker else { continue }
            let outcome: Outcome =
                switch task.action {
                case .export: .exported
                case .erase: .erased
                case .verify: .absent
                }
            return .acknowledgement(
                Acknowledgement(
                    requestID: id, taskPath: path(of: task), epoch: task.epoch, attempt: task.attempts,
                    verdict: .completed(Completion(outcome: outcome))))
        }
        return .timer(wake ?? updated)
    }
}

/// Bytes of a saga, as text where a test needs to look.
enum StatusText {
    static func bytes(_ saga: Saga) -> [UInt8] {
        var json = JSONWriter(capacity: 4_096)
        StatusWriter.write(saga, to: &json)
        return json.bytes
    }

    static func contains(_ bytes: [UInt8], _ mark: String) -> Bool {
        Data(bytes).range(of: Data(mark.utf8)) != nil
    }

    static func decode(_ bytes: [UInt8], of id: RequestID, plans: [HubPlan]) throws -> Saga {
        let content = try bytes.withUnsafeBytes { bytes in
            try SnapshotCodec.decode(bytes, of: id) { fingerprint in
                plans.first { $0.fingerprint == fingerprint }
            }
        }
        switch content {
        case .saga(let saga): return saga
        case .husk: throw SnapshotError.badValue(field: "kind")
        }
    }
}
