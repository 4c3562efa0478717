import Contract
import Dispatch
import Foundation
import Kafka
import RecordLog
import SagaKernel
import Synchronization

/// Requests at an even pace through a lane and a worker that answers at once, each with its own readers of committed
/// records, as a worker and a backend would have them.
struct LatencyRun: Sendable {
    /// How long to wait for what is not completed when the last request is sent.
    private static let patienceNs: UInt64 = 30_000_000_000
    private static let batch = 2_000

    private let rig: BenchRig
    private let loop: OpenLoop
    private let isOver = Flag()

    /// Requests a second that are completed when more are sent than are: what sender, lane, worker and readers sustain
    /// together on a machine that they share.
    ///
    /// - Parameter offered: requests a second, at least as many as can be completed.
    static func sustained(
        kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, offered: Double
    ) async throws -> Double {
        var plan = plan
        plan.seconds = max(1, plan.seconds / overloadParts)
        let (ledger, loop, _) = try await run(kafka: kafka, turn: turn, plan: plan, requestsPerSecond: offered)
        return ledger.completedPerSecond(since: loop)
    }

    /// An overload need not last as long as what percentiles are taken of.
    private static let overloadParts = 4

    /// - Parameter load: the part of what the machine sustains that `requestsPerSecond` is.
    static func measure(
        kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, load: Double, requestsPerSecond: Double
    ) async throws -> BenchReport.Latency {
        let (ledger, loop, requests) = try await run(
            kafka: kafka, turn: turn, plan: plan, requestsPerSecond: requestsPerSecond)
        return figures(ledger, loop, turn, requests, load: load)
    }

    /// With `BenchPlan.pacedTasks` tasks a second, and as many coordinators as the plan says.
    static func paced(kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan) async throws -> BenchReport.Latency {
        let (ledger, loop, requests) = try await run(
            kafka: kafka, turn: turn, plan: plan.halfAsLong, requestsPerSecond: plan.pacedRequestsPerSecond)
        return figures(ledger, loop, turn, requests)
    }

    /// The same in the topics of a rig, with all that waits in them.
    static func paced(beside rig: BenchRig) async throws -> BenchReport.Latency {
        let pace = rig.plan.pacedRequestsPerSecond
        let own = try BenchRig(beside: rig, requests: rig.plan.halfAsLong.count(ofRequestsPerSecond: pace))
        defer { own.producer.close() }
        let (ledger, loop) = try await run(own, requestsPerSecond: pace)
        return figures(ledger, loop, rig.turn, own.plan.requests)
    }

    private static func figures(
        _ ledger: LatencyLedger, _ loop: OpenLoop, _ turn: TurnSection, _ requests: Int, load: Double? = nil
    ) -> BenchReport.Latency {
        BenchReport.Latency(
            guarantee: turn.guarantee.rawValue, load: load, requestsPerS: loop.requestsPerSecond, requests: requests,
            unfinished: ledger.unfinished, tasks: ledger.tasks(since: loop), completion: ledger.completion(since: loop),
            worker: ledger.worker(), sending: ledger.sending(since: loop))
    }

    private static func run(
        kafka: KafkaSettings, turn: TurnSection, plan: BenchPlan, requestsPerSecond: Double
    ) async throws -> (ledger: LatencyLedger, loop: OpenLoop, requests: Int) {
        var plan = plan
        plan.requests = plan.count(ofRequestsPerSecond: requestsPerSecond)
        let rig = try await BenchRig(kafka: kafka, turn: turn, plan: plan)
        let (ledger, loop) = try await run(rig, requestsPerSecond: requestsPerSecond)
        try await rig.close()
        return (ledger, loop, plan.requests)
    }

    private static func run(
        _ rig: BenchRig, requestsPerSecond: Double
    ) async throws -> (ledger: LatencyLedger, loop: OpenLoop) {
        let plan = rig.plan
        let lanes = BenchLanes(rig, count: plan.coordinators, records: .max)
        try await lanes.ready()
        // The readers have to be there before the first task.
        let startNs = DispatchTime.now().uptimeNanoseconds + 1_000_000_000
        let loop = OpenLoop(startNs: startNs, requestsPerSecond: requestsPerSecond, count: plan.requests)
        let run = LatencyRun(rig: rig, loop: loop)
        async let sent = BlockingCall.run { try run.send() }
        async let worked = BlockingCall.run { try run.work() }
        async let completed = BlockingCall.run { try run.watch() }
        var ledger = LatencyLedger(count: plan.requests)
        (ledger.sentNs, ledger.completedNs) = (try await sent, try await completed)
        (ledger.tasksNs, ledger.answeredNs) = try await worked
        try await lanes.stop()
        return (ledger, loop)
    }

    /// Not held up by anything that happens to earlier requests, except where the client's own queue is full.
    private func send() throws -> [UInt64] {
        let producer = try promptProducer()
        defer { producer.close() }
        try producer.prepare(topic: rig.topics.requests)
        var sentNs = [UInt64](repeating: 0, count: loop.count)
        var next = 0
        while next < loop.count, !isOver.isSet {
            let now = DispatchTime.now().uptimeNanoseconds
            let due = loop.due(nowNs: now)
            if due == next {
                Thread.sleep(forTimeInterval: Double(loop.intendedNs(next) - now) / 1e9)
                continue
            }
            for index in next..<due {
                try rig.writeRequest(index, to: producer)
                sentNs[index] = DispatchTime.now().uptimeNanoseconds
            }
            next = due
        }
        try producer.flush()
        return sentNs
    }

    private func work() throws -> (tasks: [UInt64], answered: [UInt64]) {
        let reader = try open(rig.topics.tasks(connector: BenchRig.connector))
        defer { reader.close() }
        let producer = try promptProducer()
        defer { producer.close() }
        try producer.prepare(topic: rig.topics.acks)
        let tasks = TaskReader()
        var counts = [Int](repeating: 0, count: loop.count)
        var tasksNs = [UInt64](repeating: 0, count: loop.count)
        var answeredNs = tasksNs
        while !isOver.isSet {
            let records = try reader.poll(maxRecords: Self.batch, timeoutMs: 50)
            let cameNs = DispatchTime.now().uptimeNanoseconds
            for record in records {
                let task = try tasks.read(value: record.value, headers: record.headers).get()
                guard let index = rig.index(of: task.requestID) else { continue }
                try producer.enqueue(
                    topic: task.replyTopic, partition: task.replyPartition, key: Array(task.requestID.description.utf8),
                    value: AcknowledgementWriter.bytes(
                        task: task, verdict: BenchRig.erased, worker: "bench", time: SystemClock().now()))
                counts[index] += 1
                guard counts[index] == rig.plan.endpoints else { continue }
                tasksNs[index] = cameNs
                answeredNs[index] = DispatchTime.now().uptimeNanoseconds
            }
        }
        return (tasksNs, answeredNs)
    }

    private func watch() throws -> [UInt64] {
        defer { isOver.set() }
        let reader = try open(rig.topics.status)
        defer { reader.close() }
        var completedNs = [UInt64](repeating: 0, count: loop.count)
        var remaining = loop.count
        let deadlineNs = loop.intendedNs(loop.count) + Self.patienceNs
        while remaining > 0, DispatchTime.now().uptimeNanoseconds < deadlineNs {
            let records = try reader.poll(maxRecords: Self.batch, timeoutMs: 50)
            let cameNs = DispatchTime.now().uptimeNanoseconds
            for record in records {
                guard let head = record.value.flatMap({ StatusHead.read($0) }), head.state == "completed",
                    let index = rig.index(of: head.requestID), completedNs[index] == 0
                else { continue }
                completedNs[index] = cameNs
                remaining -= 1
            }
        }
        return completedNs
    }

    private func open(_ topic: String) throws -> KafkaLogReader {
        guard let reader = try KafkaLogReader.openAll(settings: rig.kafka, topic: topic) else {
            throw CommandFailure.unreachable("the topic \(topic) is gone")
        }
        return reader
    }

    /// Sends each record at once: lingering would be the bench's own, and no coordinator's.
    private func promptProducer() throws -> PlainProducer {
        var kafka = rig.kafka
        kafka.lingerMs = 0
        return try PlainProducer(settings: kafka)
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }
}

extension BenchPlan {
    /// What is measured for many steps need not last as long as what is measured once.
    fileprivate var halfAsLong: BenchPlan {
        var plan = self
        plan.seconds = max(1, seconds / 2)
        return plan
    }

    /// How many requests come at a pace in the plan's seconds.
    fileprivate func count(ofRequestsPerSecond pace: Double) -> Int { max(1, Int(pace * Double(seconds))) }
}
