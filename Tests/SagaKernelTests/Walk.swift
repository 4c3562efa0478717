import SagaKernel

/// A saga with a clock, walked by hand: one call for each thing that can happen to it.
struct Walk {
    private(set) var saga: Saga
    var now: Timestamp
    var rules = SagaRules()
    private(set) var dispatches: [Dispatch] = []
    private(set) var timeline: [TimelineEvent] = []
    /// What the newest happening answered.
    private(set) var last = Directives()
    private var commands = 0

    init(
        _ endpoints: [Endpoint], type: RequestType = .erasure, disclosures: [Disclosure] = [],
        at now: Timestamp = .start, rules: SagaRules = SagaRules(), change: (inout Request) -> Void = { _ in }
    ) {
        self.init(
            plans: [HubPlan.of("hub.example", endpoints, disclosures: disclosures)], type: type, at: now, rules: rules,
            change: change)
    }

    init(
        plans: [HubPlan], type: RequestType = .erasure, at now: Timestamp = .start, rules: SagaRules = SagaRules(),
        change: (inout Request) -> Void = { _ in }
    ) {
        var request = Request.sample(type: type, hubs: plans.map(\.host), submitted: now)
        change(&request)
        let begun = Saga.begin(request, plans: plans, homePartition: 3, now: now, rules: rules)
        saga = begun.saga
        self.now = now
        self.rules = rules
        take(begun.directives)
    }

    subscript(path: String) -> SagaTask {
        guard let index = saga.task(path: path) else { preconditionFailure("no task \(path)") }
        return saga.tasks[index]
    }

    func phase(_ path: String) -> TaskPhase { self[path].phase }

    /// Dispatches of one task, oldest first.
    func dispatches(of path: String) -> [Dispatch] {
        dispatches.filter { $0.task == saga.task(path: path) }
    }

    /// What the timeline tells, as `kind` or `kind:code`.
    var told: [String] { timeline.map(\.text) }
    var toldLast: [String] { last.events.map(\.text) }

    func stage(_ stage: Stage) -> Saga.StageRecord? { saga.stages.first { $0.stage == stage } }

    mutating func complete(_ path: String, _ outcome: Outcome = .erased, epoch: Int? = nil, attempt: Int? = nil) {
        say(path, .completed(Completion(outcome: outcome)), epoch: epoch, attempt: attempt)
    }

    mutating func pend(
        _ path: String, _ reason: PendingReason = .operationRunning, resumeIn delayMs: Int64? = nil,
        continuation: String? = nil
    ) {
        let resumeAt = delayMs.map { now.adding(milliseconds: $0) }
        say(path, .pending(reason, resumeAt: resumeAt, continuation: continuation))
    }

    mutating func fail(
        _ path: String, _ code: TaskErrorCode = .unavailable, retryable: Bool = false, retryAfterMs: Int64? = nil,
        epoch: Int? = nil, attempt: Int? = nil
    ) {
        say(
            path, .failed(TaskError(code: code), retryable: retryable, retryAfterMs: retryAfterMs), epoch: epoch,
            attempt: attempt)
    }

    /// Of the present epoch and attempt, where nothing else is said.
    mutating func say(
        _ path: String, _ verdict: Acknowledgement.Verdict, epoch: Int? = nil, attempt: Int? = nil
    ) {
        let task = saga.task(path: path).map { saga.tasks[$0] }
        let acknowledgement = Acknowledgement(
            requestID: saga.id, taskPath: path, epoch: epoch ?? task?.epoch ?? 1,
            attempt: attempt ?? task?.attempts ?? 1, verdict: verdict)
        happen { [now, rules] saga, directives in
            saga.acknowledged(acknowledgement, now: now, rules: rules, &directives)
        }
    }

    mutating func command(_ verb: Command.Verb, reason: String? = "asked for", id: String? = nil) {
        commands += 1
        let command = Command(
            id: id ?? "command-\(commands)", requestID: saga.id, verb: verb, reason: reason, operator: "dana")
        happen { [now, rules] saga, directives in saga.commanded(command, now: now, rules: rules, &directives) }
    }

    mutating func replay(_ paths: String..., scope: Command.ReplayScope = .failed) {
        command(.replay(tasks: paths, scope: scope))
    }

    mutating func skip(_ paths: String...) { command(.skip(tasks: paths)) }

    mutating func attest(_ paths: String..., outcome: Outcome = .attested) {
        command(.attest(tasks: paths, outcome: outcome, evidence: []))
    }

    /// Time passes without anybody looking, then the saga is woken once.
    mutating func sleep(_ delayMs: Int64) {
        now = now.adding(milliseconds: delayMs)
        timeCame()
    }

    /// Time passes and the saga is woken whenever it had asked for it.
    mutating func wait(_ delayMs: Int64) {
        let end = now.adding(milliseconds: delayMs)
        var wakes = 0
        while let wake = saga.nextWake(rules: rules), wake <= end, saga.finished == nil {
            wakes += 1
            // A saga that asks for the same moment again and again would keep a test, and a lane, for ever.
            guard wakes <= 10_000 else { preconditionFailure("it never sleeps") }
            now = max(now, wake)
            timeCame()
        }
        now = end
        timeCame()
    }

    mutating func catalogue(_ fingerprint: (String) -> Fingerprint?) {
        happen { [now, rules] saga, directives in
            saga.catalogueChanged(fingerprint: fingerprint, now: now, rules: rules, &directives)
        }
    }

    mutating func requestAgain() {
        happen { [now] saga, directives in saga.requestedAgain(now: now, &directives) }
    }

    private mutating func timeCame() {
        happen { [now, rules] saga, directives in saga.timeCame(now: now, rules: rules, &directives) }
    }

    private mutating func happen(_ body: (inout Saga, inout Directives) -> Void) {
        var directives = Directives()
        body(&saga, &directives)
        take(directives)
    }

    private mutating func take(_ directives: Directives) {
        last = directives
        dispatches += directives.dispatches
        timeline += directives.events
    }

    /// Closes a turn that began with `before`.
    mutating func seal(since before: Saga?) -> Bool { saga.seal(since: before, term: 1, now: now) }

    mutating func change(_ body: (inout Saga) -> Void) { body(&saga) }
}

extension TimelineEvent {
    var text: String {
        if let code { "\(kind.rawValue):\(code)" } else { kind.rawValue }
    }
}

extension Timestamp {
    /// 2026-11-02T15:00:00Z.
    static let start = Timestamp.at(2026, 11, 2, hour: 15)

    static func at(_ year: Int, _ month: Int, _ day: Int, hour: Int64 = 0) -> Timestamp {
        let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
        return Timestamp(milliseconds: days * Milliseconds.day + hour * Milliseconds.hour)
    }
}

extension Endpoint {
    static func of(_ id: String, _ stage: Stage, _ change: (inout Endpoint) -> Void = { _ in }) -> Endpoint {
        var endpoint = Endpoint(id: id, kind: "other", connector: "sample", stage: stage)
        change(&endpoint)
        return endpoint
    }
}

extension HubPlan {
    static func of(_ host: String, _ endpoints: [Endpoint], disclosures: [Disclosure] = []) -> HubPlan {
        let fingerprint = Fingerprint(high: UInt64(host.utf8.count), low: UInt64(endpoints.count))
        return HubPlan(host: host, fingerprint: fingerprint, endpoints: endpoints, disclosures: disclosures)
    }
}

extension Request {
    static func sample(type: RequestType, hubs: [String], submitted: Timestamp) -> Request {
        let ref = SubjectRef(1, 2, 3, 4)
        return Request(
            id: RequestID(high: 0xa755_1968_d5d6_44b2, low: 0x9831_815a_c901_7798), type: type, submitted: submitted,
            subjects: hubs.map { Subject(hub: $0, deviceID: "Thermostat-17") }, subjectRefs: hubs.map { _ in ref },
            subjectRef: ref, meaning: Fingerprint(high: 7, low: 8))
    }
}
