import Contract
import Foundation
import Kafka
import RecordLog
import SagaKernel
import Synchronization
import TestKit

/// A worker of the driver's own, for what good workers do not do: it answers slowly, twice, too late, not at all, in
/// the wrong partition, and for requests that nobody sent.
///
/// How it answers an attempt follows from the seed and the attempt's name, so that it is the same in every run.
final class TaskAnswerer: @unchecked Sendable {
    private let settings: KafkaSettings
    private let topics: TopicNames
    private let producer: SteadyProducer
    private let partitions: Int32
    private let seed: UInt64
    private let isOver = Atomic(false)
    private let answered = Atomic(0)
    private let waiting = Atomic(0)
    private let ended = DispatchSemaphore(value: 0)
    // Of the answerer's own thread.
    private var seen: Set<String> = []
    private var later: [(due: Date, send: () -> Void)] = []

    init(settings: KafkaSettings, topics: TopicNames, producer: SteadyProducer, partitions: Int, seed: UInt64) {
        self.settings = settings
        self.topics = topics
        self.producer = producer
        self.partitions = Int32(partitions)
        self.seed = seed
    }

    var answers: Int { answered.load(ordering: .relaxed) }
    /// Answers that are still held back.
    var held: Int { waiting.load(ordering: .relaxed) }

    func start() {
        Thread { [self] in
            var reader: KafkaLogReader?
            while !isOver.load(ordering: .relaxed) {
                do throws(LogFailure) {
                    let topic = topics.tasks(connector: SoakCatalogue.ownConnector)
                    if reader == nil { reader = try KafkaLogReader.openAll(settings: settings, topic: topic) }
                    if let reader { try read(reader) }
                } catch {
                    // The broker is away, or this client's connection is worn out: another reads everything again.
                    if case .retriable = error { continue }
                    reader?.close()
                    reader = nil
                    Pause.wait(0.5)
                }
                let now = Date()
                for item in later where item.due <= now { item.send() }
                later.removeAll { $0.due <= now }
                waiting.store(later.count, ordering: .relaxed)
            }
            reader?.close()
            ended.signal()
        }.start()
    }

    func end() {
        isOver.store(true, ordering: .relaxed)
        ended.wait()
    }

    private func read(_ reader: KafkaLogReader) throws(LogFailure) {
        for record in try reader.poll(maxRecords: 1_000, timeoutMs: 50) {
            guard case .success(let task) = TaskReader().read(value: record.value, headers: record.headers),
                seen.insert("\(task.taskID) \(task.epoch) \(task.attempt)").inserted
            else { continue }
            answer(task)
        }
    }

    private func answer(_ task: WorkerTask) {
        let done = completion(of: task)
        let error = TaskError(code: .unavailable, detail: "drawn by the soak")
        switch roll(task) {
        case 0..<40:
            send(task, done)
            send(task, done, after: 1)
        case 40..<80: send(task, done, partition: (task.replyPartition + 1) % partitions)
        case 80..<110: send(task, done, after: 4)
        case 110..<125: send(task, done, after: Double(SoakCatalogue.ackTimeoutMs) / 1_000 + 3)
        case 125..<135 where task.attempt <= 2: break
        case 135..<155 where task.attempt <= 3: send(task, .failed(error, retryable: true, retryAfterMs: nil))
        case 155..<175 where task.attempt == 1:
            let resumeAt = TestClock().now().adding(milliseconds: 2_500)
            send(task, .pending(.operationRunning, resumeAt: resumeAt, continuation: "page-2"))
        case 175..<178: send(task, .failed(error, retryable: false, retryAfterMs: nil))
        case 178..<190:
            send(task, .failed(error, retryable: false, retryAfterMs: nil))
            send(task, done, after: 5)
        case 190..<200:
            send(task, done)
            sendForeign(task)
        case 200..<206:
            send(task, done)
            producer.send(
                topic: task.replyTopic, partition: task.replyPartition, key: task.requestID.description,
                value: Array("{\"task_id\"".utf8), headers: [(SoakHeader.expect, "malformed")])
        case 206..<216:
            send(task, done)
            // Contradicts itself: what is done is done.
            send(task, .failed(error, retryable: true, retryAfterMs: nil), after: 1)
        default: send(task, done)
        }
    }

    private func completion(of task: WorkerTask) -> Acknowledgement.Verdict {
        switch task.action {
        case .erase: .completed(Completion(outcome: .erased, recordCount: 3))
        case .export: .completed(Completion(outcome: .noData))
        case .verify:
            .completed(Completion(outcome: task.epoch == 1 && roll(task, salt: 1) < 30 ? .reappeared : .absent))
        }
    }

    private func send(
        _ task: WorkerTask, _ verdict: Acknowledgement.Verdict, partition: Int32? = nil, after seconds: Double = 0
    ) {
        let send = { [self] in
            answered.add(1, ordering: .relaxed)
            producer.send(
                topic: task.replyTopic, partition: partition ?? task.replyPartition,
                key: task.requestID.description,
                value: AcknowledgementWriter.bytes(
                    task: task, verdict: verdict, worker: "soak", time: TestClock().now()))
        }
        if seconds > 0 { later.append((Date().addingTimeInterval(seconds), send)) } else { send() }
    }

    /// An answer for a request that nobody sent.
    private func sendForeign(_ task: WorkerTask) {
        var foreign = task
        foreign.requestID = RequestID(high: task.requestID.low, low: task.requestID.high)
        foreign.taskID = "\(foreign.requestID)/identity/erase"
        producer.send(
            topic: task.replyTopic, partition: task.replyPartition, key: foreign.requestID.description,
            value: AcknowledgementWriter.bytes(
                task: foreign, verdict: .completed(Completion(outcome: .erased)), worker: "soak",
                time: TestClock().now()),
            headers: [(SoakHeader.expect, "unknown_request")])
    }

    /// From 0 to 999.
    private func roll(_ task: WorkerTask, salt: UInt64 = 0) -> Int {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed &+ salt
        for byte in "\(task.taskID) \(task.epoch) \(task.attempt)".utf8 {
            state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        state = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        return Int((state ^ state >> 31) % 1_000)
    }
}
