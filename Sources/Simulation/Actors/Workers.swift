import Contract
import SagaKernel
import TestSeed

/// Those who do tasks: most of them well, some slowly, twice, late, never, or not as they say.
final class Workers {
    private unowned let world: World
    /// Every answer is plain and soon: what the end of a run needs to come to its end.
    var areHonest = false

    init(_ world: World) { self.world = world }

    /// A task has become visible.
    func see(_ task: WorkerTask) {
        let delayMs = Int64(world.random.below(areHonest ? 1_000 : 20_000))
        world.scheduler.after(delayMs) { [self] in work(on: task) }
        if !areHonest, world.random.chance(1, in: 15) {
            // A worker that was restarted reads it once more.
            world.scheduler.after(delayMs + Int64(world.random.below(600_000))) { [self] in work(on: task) }
        }
    }

    private func work(on task: WorkerTask) {
        if !areHonest, world.random.below(100) < world.options.oddAnswersPercent { return answerOddly(task) }
        acknowledge(task, plain(task))
    }

    private func plain(_ task: WorkerTask) -> Acknowledgement.Verdict {
        switch task.action {
        case .export: .completed(Completion(outcome: .exported, recordCount: 3))
        case .erase: .completed(Completion(outcome: .erased, verified: .readBack))
        case .verify: .completed(Completion(outcome: .absent))
        }
    }

    private func answerOddly(_ task: WorkerTask) {
        let laterMs = Int64(world.random.below(40)) * Milliseconds.minute
        switch world.random.below(16) {
        case 0, 1, 2: fail(task, retryable: true)
        case 3: fail(task, retryable: false)
        case 4, 5: askForPatience(task)
        // Deaf.
        case 6, 7: break
        case 8:
            acknowledge(task, plain(task))
            world.scheduler.after(laterMs) { [self] in acknowledge(task, plain(task)) }
        case 9, 10: world.scheduler.after(laterMs) { [self] in acknowledge(task, plain(task)) }
        case 11:
            let partition = Int32(world.random.below(Int(world.options.partitions)))
            acknowledge(task, plain(task), to: partition)
        case 12:
            fail(task, retryable: true)
            world.scheduler.after(laterMs) { [self] in fail(task, retryable: true) }
        case 13 where task.action == .verify:
            acknowledge(task, .completed(Completion(outcome: .reappeared)))
        default: lie(task)
        }
    }

    private func fail(_ task: WorkerTask, retryable: Bool) {
        let afterMs = world.random.chance(1, in: 3) ? Int64(world.random.below(120_000)) : nil
        acknowledge(task, .failed(TaskError(code: .unavailable), retryable: retryable, retryAfterMs: afterMs))
    }

    private func askForPatience(_ task: WorkerTask) {
        let reason = world.random.pick(PendingReason.allCases)
        let resumes = reason != .awaitingOwner
        let resumeAt = resumes ? world.now.adding(milliseconds: Int64(world.random.below(1_200_000))) : nil
        acknowledge(task, .pending(reason, resumeAt: resumeAt, continuation: "page-2"))
        guard !resumes else { return }
        // The owner answers some time or other.
        world.scheduler.after(Int64(world.random.below(240)) * Milliseconds.minute) { [self] in
            acknowledge(task, plain(task))
        }
    }

    /// Says something that is not so, of this task or of another.
    private func lie(_ task: WorkerTask) {
        var other = task
        switch world.random.below(5) {
        case 0: other.epoch += 1
        case 1: other.epoch = max(0, other.epoch - 1)
        case 2: other.attempt += 1
        case 3: other.taskID = "\(task.requestID)/nowhere/erase"
        default:
            let wrong: Outcome = task.action == .export ? .erased : .exported
            return acknowledge(task, .completed(Completion(outcome: wrong)))
        }
        acknowledge(other, plain(task))
    }

    /// Workers are patient: what they cannot send now they send later.
    func acknowledge(_ task: WorkerTask, _ verdict: Acknowledgement.Verdict, to partition: Int32? = nil) {
        guard world.isBrokerUp else {
            return world.scheduler.after(1_000) { [self] in acknowledge(task, verdict, to: partition) }
        }
        world.ledger.acknowledged(task, verdict)
        world.note("worker", "says \(verdict.short) of \(task.taskID) epoch \(task.epoch) attempt \(task.attempt)")
        let bytes = AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "w", time: world.now)
        world.broker.append(
            SimulatedRecord(key: Array("\(task.requestID)".utf8), value: bytes),
            to: Place(topic: World.topics.acks, partition: partition ?? task.replyPartition))
    }
}

extension Acknowledgement.Verdict {
    /// For the trace.
    fileprivate var short: String {
        switch self {
        case .completed(let completion): completion.outcome.rawValue
        case .pending(let reason, _, _): reason.rawValue
        case .failed(_, let retryable, _): retryable ? "failed" : "failed for good"
        }
    }
}
