import Contract
import RecordLog
import SagaKernel

/// The independent account of a run: what was asked, what was said, and what the coordinators made of it, read from the
/// committed records alone. It holds them to what must be true, at every record.
final class Ledger {
    private let options: SimulationOptions
    private let trace: Trace
    private var chronicles: [RequestID: Chronicle] = [:]
    /// Hub plans as the partitions' logs hold them.
    private var plans: [Fingerprint: HubPlan] = [:]
    /// The highest term that was claimed in each partition: its present owner's.
    private var claims: [Int32: Int64] = [:]
    private var foreignWrites = ForeignWrites()
    private var nonsense: Set<String> = []
    private var deadLetters: [String: Int] = [:]
    private(set) var violation: String?
    private(set) var tasks = 0
    private(set) var ended: Set<RequestID> = []
    private(set) var states: Set<String> = []

    init(_ options: SimulationOptions, trace: Trace) {
        self.options = options
        self.trace = trace
    }

    private var isExactlyOnce: Bool { options.guarantee == .exactlyOnce }

    /// What others have to know of records that became certain.
    struct Findings {
        var tasks: [WorkerTask] = []
        var homes: [RequestID: Int32] = [:]
    }

    func violate(_ what: String, nowMs: Int64) {
        guard violation == nil else { return }
        violation = "\(Trace.text(nowMs)) \(what)"
        trace.close(nowMs, what)
    }

    func submitted(_ id: RequestID) { chronicles[id, default: Chronicle()].isForgotten = false }

    func sentNonsense(_ key: String) { nonsense.insert(key) }

    func acknowledged(_ task: WorkerTask, _ verdict: Acknowledgement.Verdict) {
        let path = String(task.taskID.dropFirst("\(task.requestID)/".count))
        let attempt = Chronicle.Attempt(path: path, epoch: task.epoch, attempt: task.attempt)
        switch verdict {
        case .completed(let completion):
            chronicles[task.requestID]?.completions[attempt, default: []].append(completion.outcome)
            if completion.outcome == .reappeared { chronicles[task.requestID]?.reappearances += 1 }
        case .pending(let reason, _, _): chronicles[task.requestID]?.patience[attempt, default: []].insert(reason)
        case .failed: chronicles[task.requestID]?.failures.insert(attempt)
        }
    }

    func commanded(_ command: Command) { chronicles[command.requestID]?.commands[command.id] = command }

    func paths(of id: RequestID) -> [String] {
        guard let saga = chronicles[id]?.saga else { return [] }
        return saga.tasks.map { saga.path(of: $0) }
    }

    /// Takes records that became certain together, in the order in which they were written.
    func take(_ records: [(place: Place, record: SimulatedRecord)], nowMs: Int64) -> Findings {
        var findings = Findings()
        let topics = World.topics
        for (place, record) in records {
            switch place.topic {
            case topics.sagas: takeSnapshot(record, place, nowMs)
            case topics.status: takeStatus(record, place, nowMs, &findings)
            case topics.deadLetters: deadLetters[String(decoding: record.key ?? [], as: UTF8.self), default: 0] += 1
            case topics.timeline, topics.requests, topics.acks, topics.commands: break
            default: takeTask(record, nowMs, &findings)
            }
        }
        // After the snapshots of the same commit: a task is judged by what is true with it.
        for task in findings.tasks { judge(task, nowMs) }
        return findings
    }

    private func takeTask(_ record: SimulatedRecord, _ nowMs: Int64, _ findings: inout Findings) {
        let read = (record.value ?? []).withUnsafeBytes { bytes in
            TaskReader().read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0))
        }
        switch read {
        case .failure(let refusal): violate("a task that no worker can read: \(refusal.message)", nowMs: nowMs)
        case .success(let task):
            tasks += 1
            findings.tasks.append(task)
            guard chronicles[task.requestID] != nil else {
                return violate("a task of a request that nobody sent: \(task.taskID)", nowMs: nowMs)
            }
            note(task, nowMs)
        }
    }

    private func note(_ task: WorkerTask, _ nowMs: Int64) {
        let path = String(task.taskID.dropFirst("\(task.requestID)/".count))
        let attempt = Chronicle.Attempt(path: path, epoch: task.epoch, attempt: task.attempt)
        let isNew = chronicles[task.requestID]?.dispatched.insert(attempt).inserted ?? true
        if !isNew, isExactlyOnce {
            violate("task \(task.taskID) epoch \(task.epoch) attempt \(task.attempt) was committed twice", nowMs: nowMs)
        }
        let key = "\(path) \(task.epoch)"
        if chronicles[task.requestID]?.dispatchedAtMs[key] == nil {
            chronicles[task.requestID]?.dispatchedAtMs[key] = nowMs
        }
        guard task.attempt > 1, isExactlyOnce else { return }
        let before = Chronicle.Attempt(path: path, epoch: task.epoch, attempt: task.attempt - 1)
        if chronicles[task.requestID]?.dispatched.contains(before) != true {
            violate("task \(task.taskID) has an attempt \(task.attempt) without the one before", nowMs: nowMs)
        }
    }

    private func judge(_ task: WorkerTask, _ nowMs: Int64) {
        guard isExactlyOnce, let chronicle = chronicles[task.requestID], let saga = chronicle.saga else { return }
        let path = String(task.taskID.dropFirst("\(task.requestID)/".count))
        if let fault = SagaRulebook.fault(ofDispatch: path, task, in: saga, chronicle) {
            violate("\(task.taskID): \(fault)", nowMs: nowMs)
        }
    }

    private func takeSnapshot(_ record: SimulatedRecord, _ place: Place, _ nowMs: Int64) {
        let key = record.key ?? []
        guard let id = RequestID(ascii: key) else {
            let name = String(decoding: key, as: UTF8.self)
            if name.hasPrefix(PlanCodec.keyPrefix) { takePlan(record, nowMs) }
            if name == "term" { takeClaim(record, place, nowMs) }
            return
        }
        guard let value = record.value else {
            forget(id)
            return
        }
        do throws(SnapshotError) {
            let plans = plans
            let content = try value.withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in try SnapshotCodec.decode(bytes, of: id) { plans[$0] } }
            }.get()
            switch content {
            case .saga(let saga):
                take(saga, value, nowMs)
                foreignWrites.wrote(id, term: saga.term, nowMs: nowMs)
            case .husk(let husk):
                take(husk, id)
                foreignWrites.wrote(id, term: husk.term, nowMs: nowMs)
            }
        } catch {
            violate("a snapshot that cannot be read: \(error)", nowMs: nowMs)
        }
    }

    /// Whoever sends it once more begins another life, of which nothing has been said yet. Without transactions the
    /// tombstone may be a former owner's, over which the present one writes what it knows; so what was said is kept.
    private func forget(_ id: RequestID) {
        let old = chronicles[id] ?? Chronicle()
        chronicles[id] = Chronicle(isForgotten: true, commands: old.commands)
        foreignWrites.forgot(id)
        guard !isExactlyOnce else { return }
        chronicles[id]?.completions = old.completions
        chronicles[id]?.failures = old.failures
    }

    private func takePlan(_ record: SimulatedRecord, _ nowMs: Int64) {
        // Dropped plans are remembered: another partition may hold them still.
        guard let value = record.value else { return }
        do throws(SnapshotError) {
            let plan = try value.withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in try PlanCodec.decode(bytes) }
            }.get()
            plans[plan.fingerprint] = plan
        } catch {
            violate("a hub plan that cannot be read: \(error)", nowMs: nowMs)
        }
    }

    /// `<term> <owner>`.
    private func takeClaim(_ record: SimulatedRecord, _ place: Place, _ nowMs: Int64) {
        let digits = (record.value ?? []).prefix { $0 != UInt8(ascii: " ") }
        guard let term = Int64(String(decoding: digits, as: UTF8.self)) else {
            return violate("a claim of a term that cannot be read", nowMs: nowMs)
        }
        claims[place.partition] = max(claims[place.partition] ?? 0, term)
    }

    private func take(_ husk: Husk, _ id: RequestID) {
        chronicles[id]?.hasHusk = true
        chronicles[id]?.saga = nil
        chronicles[id]?.snapshotRank = StatusRank(term: husk.term, version: husk.version)
    }

    private func take(_ saga: Saga, _ bytes: [UInt8], _ nowMs: Int64) {
        guard let chronicle = chronicles[saga.id] else {
            return violate("a saga of a request that nobody sent: \(saga.id)", nowMs: nowMs)
        }
        let rank = StatusRank(term: saga.term, version: saga.version)
        states.insert(saga.state.rawValue)
        let head = bytes.withUnsafeBytes { bytes in
            Result { () throws(SnapshotError) in try SnapshotCodec.head(of: bytes) }
        }
        if case .success(let head) = head, SnapshotCodec.encode(saga, wake: head.wake) != bytes {
            violate("the snapshot of \(saga.id) is another one when it is read and written", nowMs: nowMs)
        }
        if let fault = SagaRulebook.fault(of: saga) { violate("\(saga.id): \(fault)", nowMs: nowMs) }
        // Without transactions a former owner may still write; its lower rank says so, and it is written over again.
        let isStale = !isExactlyOnce && chronicle.snapshotRank.map { rank < $0 } ?? false
        if !isStale, isExactlyOnce,
            let fault = SagaRulebook.fault(
                from: chronicle.saga, to: saga, chronicle, nowMs: nowMs, skewMs: 2 * options.clockJumpMaxMs)
        {
            violate("\(saga.id): \(fault)", nowMs: nowMs)
        }
        if let fault = SagaRulebook.unjustified(in: saga, since: isExactlyOnce ? chronicle.saga : nil, chronicle) {
            violate("\(saga.id): \(fault)", nowMs: nowMs)
        }
        keep(saga, rank, nowMs)
    }

    private func keep(_ saga: Saga, _ rank: StatusRank, _ nowMs: Int64) {
        let before = chronicles[saga.id]?.saga
        for (index, task) in saga.tasks.enumerated() where task.phase == .succeeded {
            let known = before.flatMap { index < $0.tasks.count ? $0.tasks[index] : nil }
            if known?.phase != .succeeded || known?.epoch != task.epoch {
                chronicles[saga.id]?.succeededAtMs[saga.path(of: task)] = nowMs
            }
        }
        if isExactlyOnce, saga.state == .completed, let chronicle = chronicles[saga.id],
            let fault = SagaRulebook.staleSweep(in: saga, chronicle)
        {
            violate("\(saga.id): \(fault)", nowMs: nowMs)
        }
        chronicles[saga.id]?.saga = saga
        chronicles[saga.id]?.snapshotRank = rank
        if saga.state.isEnded { ended.insert(saga.id) } else { ended.remove(saga.id) }
    }

    private func takeStatus(
        _ record: SimulatedRecord, _ place: Place, _ nowMs: Int64, _ findings: inout Findings
    ) {
        guard let id = RequestID(ascii: record.key ?? []) else {
            return violate("a status under a key that is no request id", nowMs: nowMs)
        }
        guard let value = record.value else {
            chronicles[id]?.statusRank = nil
            chronicles[id]?.statusState = nil
            chronicles[id]?.statusBodies = [:]
            return
        }
        guard let head = StatusHead.read(value) else {
            return violate("a status that cannot be read", nowMs: nowMs)
        }
        findings.homes[id] = place.partition
        if let before = chronicles[id]?.statusRank {
            if isExactlyOnce, !(before < head.rank), chronicles[id]?.statusBodies[head.rank] != value {
                violate("the status of \(id) went from \(before) to \(head.rank)", nowMs: nowMs)
            }
            if let known = chronicles[id]?.statusBodies[head.rank], known != value {
                violate("two statuses of \(id) have the rank \(head.rank)", nowMs: nowMs)
            }
        }
        if chronicles[id]?.statusRank.map({ $0 < head.rank }) ?? true {
            chronicles[id]?.statusRank = head.rank
            chronicles[id]?.statusState = head.state
        }
        chronicles[id]?.statusBodies[head.rank] = value
    }
}

extension Ledger {
    /// Notes what has not been mended in time.
    func timeHasPassed(nowMs: Int64) {
        guard let id = foreignWrites.neglected(nowMs: nowMs) else { return }
        violate("the snapshot of \(id) has been a former owner's for too long", nowMs: nowMs)
    }

    /// Requests that have not come to an end: what they are by their newest snapshot, nil where they have none.
    var unfinished: [(id: RequestID, saga: Saga?)] {
        chronicles.sorted { $0.key < $1.key }.compactMap { id, chronicle in
            if chronicle.saga == nil, chronicle.isForgotten || chronicle.hasHusk { return nil }
            if let saga = chronicle.saga, saga.state.isEnded { return nil }
            return (id, chronicle.saga)
        }
    }

    /// What is not as it must be when everything has come to its end; nil: nothing.
    var endFault: String? {
        for (id, chronicle) in chronicles.sorted(by: { $0.key < $1.key }) {
            guard let saga = chronicle.saga else { continue }
            guard chronicle.statusState == saga.state.rawValue else {
                return "\(id) is \(saga.state.rawValue) and its readers see \(chronicle.statusState ?? "nothing")"
            }
            // Without transactions an owner may have come to its end between a status and its snapshot, and what it
            // decided may have been in a former owner's snapshot already. The next status then has a higher term.
            if let snapshot = chronicle.snapshotRank, let status = chronicle.statusRank, snapshot < status,
                isExactlyOnce || status.term >= claims[saga.homePartition] ?? 0
            {
                return "the snapshot of \(id) is older than its status: \(snapshot), \(status)"
            }
        }
        for key in nonsense.sorted() {
            let count = deadLetters[key] ?? 0
            if count == 0 || isExactlyOnce && count > 1 {
                return "\(count) dead letters of the nonsense record \(key)"
            }
        }
        return nil
    }
}
