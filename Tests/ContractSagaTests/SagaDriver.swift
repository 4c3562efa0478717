import Contract
import SagaKernel
import TestSeed

/// One saga in an unfriendly world: workers that answer, duplicate, delay, lose, reorder and lie, operators who do
/// anything at any time, timers that fire late and early, a catalogue that changes. Everything follows from one seed.
struct SagaDriver {
    var random: SeededRandom
    private(set) var saga: Saga
    private(set) var now: Timestamp
    let rules: SagaRules
    private(set) var ledger: Ledger
    /// Acknowledgements that may arrive: in any order, more than once, or never.
    private(set) var inFlight: [Acknowledgement] = []
    /// What the newest turn began with.
    private(set) var turnStart: Saga?
    private(set) var turnEvents: [TimelineEvent] = []
    private(set) var eventCount = 0
    private var commandCount = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        now = Timestamp(milliseconds: 1_793_631_600_000 + random.duration(upTo: 400 * Milliseconds.day))
        rules = RandomRequests.rules(&random)
        let plans = RandomRequests.plans(&random)
        let request = RandomRequests.request(for: plans, now: now, &random)
        let begun = Saga.begin(request, plans: plans, homePartition: 3, now: now, rules: rules)
        saga = begun.saga
        ledger = Ledger(taskCount: saga.tasks.count)
        var blank = begun.saga
        for index in blank.tasks.indices { blank.tasks[index].phase = .blocked }
        let first = Step(
            event: .requestedAgain, before: blank, after: begun.saga, directives: begun.directives, now: now,
            rules: rules)
        ledger.note(first)
        work(on: first)
        turnEvents = first.events
    }

    /// Lets one event happen and says what it was; the ledger still tells the past, so that it can be judged.
    mutating func happen(_ event: SagaEvent) -> Step {
        let before = saga
        var directives = Directives()
        switch event {
        case .acknowledgement(let acknowledgement):
            saga.acknowledged(acknowledgement, now: now, rules: rules, &directives)
        case .command(let command): saga.commanded(command, now: now, rules: rules, &directives)
        case .timer(let time):
            now = max(now, time)
            saga.timeCame(now: now, rules: rules, &directives)
        case .catalogue(let isChanged):
            let plans = saga.plans
            saga.catalogueChanged(
                fingerprint: { host in isChanged ? nil : plans.first { $0.host == host }?.fingerprint }, now: now,
                rules: rules, &directives)
        case .requestedAgain: saga.requestedAgain(now: now, &directives)
        }
        eventCount += 1
        return Step(event: event, before: before, after: saga, directives: directives, now: now, rules: rules)
    }

    /// Remembers a step that was judged, and lets the workers see its dispatches.
    mutating func accept(_ step: Step) {
        ledger.note(step)
        turnEvents += step.events
        work(on: step)
    }

    mutating func beginTurn() {
        turnStart = saga
        turnEvents = []
    }

    /// Whether the turn has a status to publish.
    mutating func endTurn() -> Bool { saga.seal(since: turnStart, term: 1, now: now) }

    /// As a restart would find it.
    mutating func replaceSaga(by other: Saga) { saga = other }

    mutating func loseEverythingInFlight() { inFlight = [] }

    private mutating func work(on step: Step) {
        for dispatch in step.dispatches {
            if random.chance(12) { continue }
            inFlight.append(answer(to: dispatch, of: step.after))
            // Some change their minds.
            if random.chance(8) { inFlight.append(answer(to: dispatch, of: step.after)) }
        }
        while inFlight.count > 40 { inFlight.remove(at: Int(random.next() % UInt64(inFlight.count))) }
    }

    private mutating func answer(to dispatch: Dispatch, of saga: Saga) -> Acknowledgement {
        let task = saga.tasks[dispatch.task]
        return Acknowledgement(
            requestID: saga.id, taskPath: saga.path(of: task), epoch: dispatch.epoch, attempt: dispatch.attempt,
            verdict: verdict(for: task.action))
    }
}

extension SagaDriver {
    mutating func nextEvent() -> SagaEvent {
        switch random.number(0...99) {
        case 0..<48:
            if let acknowledgement = arriving() { return .acknowledgement(acknowledgement) }
            return .timer(nextTime())
        case 48..<56: return .acknowledgement(lie())
        case 56..<84: return .timer(nextTime())
        case 84..<97: return .command(command())
        case 97: return .catalogue(isChanged: random.chance(50))
        default: return .requestedAgain
        }
    }

    /// Any of those in flight, which may stay there and arrive again.
    private mutating func arriving() -> Acknowledgement? {
        guard !inFlight.isEmpty else { return nil }
        let index = Int(random.next() % UInt64(inFlight.count))
        if random.chance(25) { return inFlight[index] }
        return inFlight.remove(at: index)
    }

    /// Exact, early, late.
    private mutating func nextTime() -> Timestamp {
        guard let wake = saga.nextWake(rules: rules) else {
            return now.adding(milliseconds: random.duration(upTo: Milliseconds.day))
        }
        switch random.number(0...9) {
        case 0..<6: return wake
        case 6: return wake.adding(milliseconds: -1)
        case 7: return now.adding(milliseconds: random.duration(upTo: Milliseconds.hour))
        case 8: return wake.adding(milliseconds: random.duration(upTo: 2 * Milliseconds.day))
        default: return now
        }
    }

    mutating func verdict(for action: TaskAction) -> Acknowledgement.Verdict {
        switch random.number(0...99) {
        case 0..<55:
            var completion = Completion(
                outcome: outcome(for: action), recordCount: random.chance(50) ? Int64(random.number(0...9_999)) : nil,
                method: random.chance(30) ? "rewrite" : nil, verified: random.pick(Verified.allCases))
            if random.chance(20) {
                completion.artifacts = [Artifact(uri: "https://store.example/a\"b", sha256: "9f2c", bytes: 88_211)]
            }
            if random.chance(30) {
                completion.evidence = [Evidence(name: "operation_id", value: "purge-\u{7}970318e7")]
            }
            return .completed(completion)
        case 55..<75:
            let delay = random.pick([-Milliseconds.hour, 0, Milliseconds.minute, 3 * Milliseconds.day])
            return .pending(
                random.pick(PendingReason.allCases),
                resumeAt: random.chance(70) ? now.adding(milliseconds: delay) : nil,
                continuation: random.chance(40) ? "page-\(random.number(0...99))" : nil)
        default:
            return .failed(
                TaskError(code: random.pick(TaskErrorCode.allCases), detail: random.chance(30) ? "no\nluck" : nil),
                retryable: random.chance(70),
                retryAfterMs: random.chance(40) ? random.pick([-1, 0, 60_000, .max]) : nil)
        }
    }

    private mutating func outcome(for action: TaskAction) -> Outcome {
        if random.chance(5) { return random.pick(Outcome.allCases) }
        return switch action {
        case .export: random.pick([.exported, .noData])
        case .erase: random.pick([.erased, .alreadyAbsent, .expired])
        case .verify: random.chance(25) ? .reappeared : .absent
        }
    }

    /// A word about a task, an epoch or an attempt of which nobody asked.
    private mutating func lie() -> Acknowledgement {
        guard let task = saga.tasks.indices.randomElement(using: &random).map({ saga.tasks[$0] }) else {
            return Acknowledgement(
                requestID: saga.id, taskPath: "nowhere/erase", epoch: 1, attempt: 1, verdict: verdict(for: .erase))
        }
        return Acknowledgement(
            requestID: saga.id, taskPath: random.chance(90) ? saga.path(of: task) : "nowhere/erase",
            epoch: task.epoch + random.number(-1...1), attempt: max(0, task.attempts + random.number(-1...1)),
            verdict: verdict(for: random.chance(80) ? task.action : random.pick(TaskAction.allCases)))
    }

    mutating func command() -> Command {
        commandCount += 1
        // One in ten comes twice.
        let number = random.chance(10) ? max(1, commandCount - 1) : commandCount
        return Command(
            id: "command-\(number)", requestID: saga.id, verb: verb(),
            reason: random.chance(95) ? "INC-\(number)" : nil,
            operator: "dana")
    }

    private mutating func verb() -> Command.Verb {
        switch random.number(0...99) {
        case 0..<20: .replay(tasks: names(), scope: .failed)
        case 20..<32: .replay(tasks: names(), scope: .all)
        case 32..<35: .cancel
        case 35..<50: .hold
        case 50..<70: .release
        case 70..<76: .extend(until: saga.due.adding(milliseconds: random.duration(upTo: 70 * Milliseconds.day)))
        case 76..<86: .skip(tasks: names())
        default:
            .attest(
                tasks: names(), outcome: random.chance(80) ? .attested : random.pick(Outcome.allCases),
                evidence: [Evidence(name: "ticket", value: "INC-42")])
        }
    }

    private mutating func names() -> [String] {
        guard !saga.tasks.isEmpty else { return [] }
        return (0..<random.number(0...2)).map { _ in
            let task = random.pick(saga.tasks)
            return random.chance(97) ? saga.path(of: task) : "nowhere/erase"
        }
    }
}
