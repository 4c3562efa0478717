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

    /// True when the record's offset may be passed: its acknowledgement is durable, or, where that can never be written
    /// (a reply topic that does not exist), its dead letter.
    func acknowledge(_ task: WorkerTask, _ verdict: Acknowledgement.Verdict, of record: TaskRecord) async -> Bool {
        switch await deliver(Self.acknowledgement(task, verdict, settings.worker, clock.now())) {
        case .delivered: return true
        case .stopped: return false
        case .failed(let failure):
            logger.log(
                .error, "the acknowledgement cannot be written",
                [.connector: connector, .taskID: task.taskID, .reason: failure.reason])
            let refusal = Refusal(code: .malformed, message: "reply cannot be written to", requestID: task.requestID)
            return await deadLetter(record, refusal)
        }
    }

    /// True when the record's offset may be passed.
    func deadLetter(_ record: TaskRecord, _ refusal: Refusal) async -> Bool {
        let source = RecordSource(
            topic: settings.tasksTopic(of: connector), partition: record.partition, offset: record.offset)
        let headers = record.withViews { _, headers in
            DeadLetter.headers(original: headers, refusal: refusal, source: source, time: clock.now())
        }
        let letter = OutgoingRecord(
            topic: settings.deadLettersTopic, partition: nil, key: record.key, value: record.value, headers: headers)
        switch await deliver(letter) {
        case .delivered:
            observer.observe(.deadLettered(connector: connector, code: refusal.code.rawValue))
            logger.log(
                .warning, "a task could not be read",
                [
                    .connector: connector, .code: refusal.code.rawValue, .reason: refusal.message,
                    .partition: "\(record.partition)", .offset: "\(record.offset)",
                ])
            return true
        case .stopped: return false
        case .failed(let failure):
            logger.log(.critical, "a dead letter cannot be written", [.connector: connector, .reason: failure.reason])
            // Nothing can be written any more. What is not acknowledged is sent again to a worker that can.
            ending.fail(.publishing(failure))
            return false
        }
    }

    private func deliver(_ record: OutgoingRecord) async -> Delivery {
        var waitMs = settings.publishRetryMs
        while true {
            switch await attempt(record) {
            case .delivered: return .delivered
            case .stopped: return .stopped
            case .failed(.fenced(let reason)): return .failed(.fenced(reason: reason))
            case .failed(.fatal(let reason)): return .failed(.fatal(reason: reason))
            case .failed(.retriable(let reason)), .failed(.abortRequired(let reason)),
                .failed(.outcomeUnknown(let reason)), .failed(.partitionsLost(let reason)):
                observer.observe(.publishRetried(connector: connector))
                logger.log(.warning, "a record is published again", [.connector: connector, .reason: reason])
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
            value: AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: worker, time: now),
            headers: headers.block)
    }
}
