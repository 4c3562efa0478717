import Contract
import Logging
import RecordLog
import SagaKernel

/// Writes acknowledgements and dead letters, and does not give up before the worker does.
struct Publisher: Sendable {
    enum Delivery: Hashable, Sendable {
        case delivered
        /// The worker stopped first; nobody knows whether it was written.
        case stopped
        case failed(LogFailure)
    }

    let connector: String
    let settings: WorkerSettings
    let sink: any RecordSink
    let clock: any WorkerClock
    let ending: Ending
    let observer: any WorkerObserver
    let logger: Logger

    /// What became of the answer to a record.
    enum Answered: Hashable, Sendable {
        case acknowledged
        /// It lies with the dead letters: somebody will look at it, and the offset may be passed.
        case buried
        /// The record must come again.
        case abandoned
    }

    /// An acknowledgement that cannot be written, because the reply's topic or partition does not exist, must not hold
    /// up its partition for ever. It is buried when a dead letter can be written while it still cannot.
    func acknowledge(_ task: WorkerTask, _ verdict: Acknowledgement.Verdict, of record: TaskRecord) async -> Answered {
        let acknowledgement = Self.acknowledgement(task, verdict, settings.worker, clock.now())
        let refusal = Refusal(code: .malformed, message: "reply cannot be written to", requestID: task.requestID)
        while true {
            let failure: LogFailure
            switch await deliver(acknowledgement, patienceMs: settings.replyPatienceMs) {
            case .delivered: return .acknowledged
            case .stopped: return .abandoned
            case .failed(let reason): failure = reason
            }
            logger.log(
                .error, "the acknowledgement cannot be written",
                [.connector: connector, .taskID: task.taskID, .reason: failure.reason])
            switch await attempt(letter(record, refusal)) {
            case .delivered:
                tellBuried(record, refusal)
                return .buried
            case .stopped: return .abandoned
            case .failed(let second):
                guard failure.isPassing || second.isPassing else {
                    giveUp(second)
                    return .abandoned
                }
            }
            guard await ending.sleep(forMs: settings.publishRetryMaxMs, until: .graceOver, clock: clock) else {
                return .abandoned
            }
        }
    }

    func deadLetter(_ record: TaskRecord, _ refusal: Refusal) async -> Answered {
        switch await deliver(letter(record, refusal), patienceMs: nil) {
        case .delivered:
            tellBuried(record, refusal)
            return .buried
        case .stopped: return .abandoned
        case .failed(let failure):
            giveUp(failure)
            return .abandoned
        }
    }

    private func letter(_ record: TaskRecord, _ refusal: Refusal) -> OutgoingRecord {
        let source = RecordSource(
            topic: settings.tasksTopic(of: connector), partition: record.partition, offset: record.offset)
        let key = record.key ?? []
        return key.withUnsafeBytes { key in
            record.withViews { value, headers in
                let letter = DeadLetter.letter(
                    key: record.key == nil ? nil : key, value: value, original: headers, refusal: refusal,
                    source: source, time: clock.now(), bytesMax: settings.recordBytesMax)
                return OutgoingRecord(
                    topic: settings.deadLettersTopic, partition: nil, key: letter.key.map { Array($0) },
                    value: letter.value.map { Array($0) }, headers: letter.headers)
            }
        }
    }

    private func tellBuried(_ record: TaskRecord, _ refusal: Refusal) {
        observer.observe(.deadLettered(connector: connector, code: refusal.code.rawValue))
        logger.log(
            .warning, "a task was written to the dead letters",
            [
                .connector: connector, .code: refusal.code.rawValue, .reason: refusal.message,
                .partition: "\(record.partition)", .offset: "\(record.offset)",
            ])
    }

    /// Nothing can be written any more. What is not acknowledged comes again, to a worker that can.
    private func giveUp(_ failure: LogFailure) {
        logger.log(.critical, "a dead letter cannot be written", [.connector: connector, .reason: failure.reason])
        ending.fail(.publishing(failure))
    }

    /// - Parameter patienceMs: for how long passing failures are tried again; nil as long as the worker lives.
    private func deliver(_ record: OutgoingRecord, patienceMs: Int64?) async -> Delivery {
        let startMs = clock.monotonicMs()
        var waitMs = settings.publishRetryMs
        while true {
            switch await attempt(record) {
            case .delivered: return .delivered
            case .stopped: return .stopped
            case .failed(let failure):
                let isPatient = patienceMs.map { clock.monotonicMs() - startMs < $0 } ?? true
                guard failure.isPassing, isPatient else { return .failed(failure) }
                observer.observe(.publishRetried(connector: connector))
                logger.log(
                    .warning, "a record is published again", [.connector: connector, .reason: failure.reason])
            }
            guard await ending.sleep(forMs: waitMs, until: .graceOver, clock: clock) else { return .stopped }
            waitMs = min(waitMs * 2, settings.publishRetryMaxMs)
        }
    }

    /// One attempt, which the end of the grace period does not wait for.
    private func attempt(_ record: OutgoingRecord) async -> Delivery {
        let promise = Promise<Delivery>()
        let sink = sink
        Task {
            do throws(LogFailure) {
                try await sink.publish(record)
                promise.keep(.delivered)
            } catch {
                promise.keep(.failed(error))
            }
        }
        let id = ending.when(.graceOver) { promise.keep(.stopped) }
        let delivery = await promise.value
        ending.forget(id)
        return delivery
    }

    static func acknowledgement(
        _ task: WorkerTask, _ verdict: Acknowledgement.Verdict, _ worker: String, _ now: Timestamp
    ) -> OutgoingRecord {
        var headers = EnvelopeHeaders(.ack, source: "/habeas/worker/\(worker)")
        let prefix = "\(task.requestID)/"
        let path = task.taskID.hasPrefix(prefix) ? task.taskID.dropFirst(prefix.count) : task.taskID[...]
        // One attempt may be acknowledged more than once, with different verdicts: the time tells them apart.
        headers.begin(
            subject: task.requestID, path: "\(path)/ack/\(now.milliseconds)", Int64(task.epoch), Int64(task.attempt),
            time: now, traceparent: task.traceparent)
        return OutgoingRecord(
            topic: task.replyTopic, partition: task.replyPartition, key: Array(task.requestID.description.utf8),
            value: readable(task, verdict, worker, now), headers: headers.block)
    }

    /// A verdict that the coordinator would refuse (too long, too many artifacts) ends as a dead letter there, and its
    /// task would be tried again and again until it has timed out for the last time. So the worker says it itself.
    private static func readable(
        _ task: WorkerTask, _ verdict: Acknowledgement.Verdict, _ worker: String, _ now: Timestamp
    ) -> [UInt8] {
        let bytes = AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: worker, time: now)
        let read = bytes.withUnsafeBytes {
            AcknowledgementReader().read(value: $0, headers: UnsafeBufferPointer(start: nil, count: 0))
        }
        guard case .failure(let refusal) = read else { return bytes }
        return AcknowledgementWriter.bytes(
            task: task, verdict: substitute(for: verdict, refusal), worker: worker, time: now)
    }

    /// A failure stays the failure that it is, without its words.
    private static func substitute(for verdict: Acknowledgement.Verdict, _ refusal: Refusal) -> Acknowledgement.Verdict
    {
        let detail = "the answer cannot be acknowledged: \(refusal.message)"
        switch verdict {
        case .failed(let error, let retryable, let retryAfterMs):
            return .failed(
                TaskError(code: error.code, detail: detail), retryable: retryable, retryAfterMs: retryAfterMs)
        case .completed, .pending:
            return .failed(TaskError(code: .internal, detail: detail), retryable: false, retryAfterMs: nil)
        }
    }
}

extension LogFailure {
    /// Worth another attempt with the same client.
    fileprivate var isPassing: Bool {
        switch self {
        case .retriable, .abortRequired, .outcomeUnknown, .partitionsLost: true
        case .fenced, .fatal: false
        }
    }
}
