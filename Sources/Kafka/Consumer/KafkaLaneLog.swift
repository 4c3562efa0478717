public import RecordLog

/// A lane's log on Kafka: one static member of the coordinators' group and one producer.
///
/// Used on the lane's thread, except for `wake`, which any thread may call for as long as it holds the log.
/// Unchecked: apart from `waker`, which guards itself, nothing is touched from another thread.
public final class KafkaLaneLog: LaneLog, @unchecked Sendable {
    private let settings: KafkaSettings
    private let log: KafkaLog
    private(set) var consumer: LaneConsumer
    private let producer: LaneProducer
    private let waker = QueueWaker()
    private var watermarks: WatermarkClient?
    private var knownPartitionCounts: [String: Int] = [:]

    /// Makes the clients; nothing is asked of a broker before `join`.
    ///
    /// - Parameters:
    ///   - group: the coordinators' group.
    ///   - instance: unique per process; a second process with the same name takes over, and this one is fenced.
    ///   - lane: index of the lane in its process, from 0.
    ///   - inputs: names of the input topics, which must have equal partition counts.
    ///   - gatherMs: how long after the batch before `poll` hands out the next, waiting for more records meanwhile (but
    ///     never beyond its own timeout). Once a first record is there, it waits for a fifth of that in any case.
    ///   - log: takes librdkafka's log lines.
    public init(
        settings: KafkaSettings, group: String, instance: String, lane: Int, inputs: [String], gatherMs: Int = 50,
        log: @escaping KafkaLog = { _ in }
    ) throws(LogFailure) {
        self.settings = settings
        self.log = log
        consumer = try LaneConsumer(
            settings: settings, group: group, instanceID: "\(instance).\(lane)", inputs: inputs, gatherMs: gatherMs,
            log: log)
        producer = LaneProducer(settings: settings, transactionalID: "\(group).\(instance).\(lane)", log: log)
        consumer.attach(waker)
    }

    /// Takes over the producer's identity first: that ends what a predecessor left open, so that its offsets are
    /// stable by the time they are asked for.
    public func join() throws(LogFailure) {
        try producer.start()
        try consumer.subscribe()
    }

    public func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> LanePoll {
        producer.serve()
        do throws(LogFailure) {
            return try consumer.poll(maxRecords: maxRecords, timeoutMs: timeoutMs)
        } catch {
            guard case .fenced(let reason) = error, consumer.isFenceInDoubt else { throw error }
            try joinOnceMore(because: reason)
            return .revoked(lost: true)
        }
    }

    /// Another client in the place of one that was called fenced although nobody has taken its name.
    ///
    /// Once for each session that ends: the next client is in doubt only when it was a member and has lost its session
    /// too. The producer stays as it is, so that a process that was replaced is still found out by its epoch.
    private func joinOnceMore(because reason: String) throws(LogFailure) {
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        try consumer.proveNotReplaced(within: deadline)
        log(
            KafkaLogLine(
                level: .warning, client: "lane", facility: "REJOIN",
                message: "fenced after the end of the session, but by no other process; joining once more: \(reason)"))
        let old = consumer
        let successor = try old.successor()
        try successor.subscribe()
        old.close(within: Deadline(afterMs: min(settings.leaveTimeoutMs, Int(deadline.remainingMs))))
        consumer = successor
        successor.attach(waker)
    }

    /// After the end of a session librdkafka joins again by itself as soon as the revocation is answered. It would take
    /// the name back from a process that has it by now.
    ///
    /// No longer than one heartbeat: while a broker is away nobody can take a name, and a revocation without an answer
    /// lets the heartbeats without a member id go on.
    private func askWhoHasTheName() throws(LogFailure) {
        do throws(LogFailure) {
            try consumer.proveNotReplaced(within: Deadline(afterMs: settings.heartbeatMs))
        } catch {
            switch error {
            case .fenced: throw error
            case .retriable, .abortRequired, .outcomeUnknown, .partitionsLost, .fatal:
                log(
                    KafkaLogLine(
                        level: .info, client: "lane", facility: "REJOIN",
                        message: "joining again without knowing who has the name: \(error.reason)"))
            }
        }
    }

    public func assign(partitions: [Int32]) throws(LogFailure) {
        do throws(LogFailure) {
            try consumer.assign(partitions: partitions)
        } catch {
            throw consumer.unlessInDoubt(error)
        }
    }

    public func unassign() throws(LogFailure) {
        if consumer.isFenceInDoubt { try askWhoHasTheName() }
        try consumer.unassign()
    }

    public func openReader(topic: String, partitions: [Int32]) throws(LogFailure) -> any LogReader {
        let watermarks: WatermarkClient
        if let known = self.watermarks {
            watermarks = known
        } else {
            watermarks = try WatermarkClient(settings, log: log)
            self.watermarks = watermarks
        }
        return try KafkaLogReader(
            settings, topic, partitions, for: .restore, watermarks: watermarks, ownsWatermarks: false, log)
    }

    public func partitionCount(topic: String) throws(LogFailure) -> Int? {
        try consumer.client.partitionCount(topic: topic, within: Deadline(afterMs: settings.operationTimeoutMs))
    }

    /// Fatal where there is no such topic: a producer that asks for one may create it, with the wrong partitions.
    public func output(topic: String) throws(LogFailure) -> Int {
        if knownPartitionCounts[topic] == nil {
            guard let count = try partitionCount(topic: topic) else {
                throw .fatal(reason: "output topic \(topic) does not exist")
            }
            knownPartitionCounts[topic] = count
        }
        return try producer.output(topic: topic)
    }

    /// Records whose delivery reports were not taken yet, which librdkafka keeps until then, and reports that wait; 0
    /// where there are neither.
    var unreportedRecords: Int { producer.unreportedRecords }

    public var isTransactional: Bool { settings.guarantee == .exactlyOnce }

    public func begin() throws(LogFailure) {
        if producer.mustRecycle {
            log(
                KafkaLogLine(
                    level: .notice, client: "lane", facility: "RECYCLE",
                    message: "the last transaction failed or ended late; the producer begins anew"))
            try recycleProducer()
        }
        try producer.begin()
    }

    public func produce(
        output: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: HeaderBlock
    ) throws(LogFailure) {
        try producer.produce(output: output, partition: partition, key: key, value: value, headers: headers)
    }

    public func barrier() throws(LogFailure) {
        switch settings.guarantee {
        case .exactlyOnce: return
        case .atLeastOnce: try producer.flush()
        }
    }

    public func commit(positions: [InputPosition]) throws(LogFailure) {
        do throws(LogFailure) {
            switch settings.guarantee {
            case .exactlyOnce:
                // A transaction without offsets is not checked against the group: a lane that had been asleep could
                // still write what its timers tell it, after its partitions went to another one. So it commits once
                // more what is committed already.
                let proven = positions.isEmpty ? consumer.fence : positions
                try producer.commitTransaction(offsets: consumer.offsets(proven), member: consumer.groupMetadata)
                consumer.moveFence(with: positions)
            case .atLeastOnce:
                try producer.flush()
                try commitOffsets(positions)
            }
        } catch {
            if case .partitionsLost = error { consumer.markLost() }
            throw error
        }
    }

    private func commitOffsets(_ positions: [InputPosition]) throws(LogFailure) {
        guard !positions.isEmpty else { return }
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        while let error = consumer.commit(positions, within: deadline) {
            if error.meaning == .passing, !error.isFatal, !deadline.hasPassed { continue }
            switch error.meaning {
            case .fenced: throw consumer.unlessInDoubt(.fenced(reason: error.reason("commit offsets")))
            case .partitionsLost: throw .partitionsLost(reason: error.reason("commit offsets"))
            case .hopeless: throw .fatal(reason: error.reason("commit offsets"))
            // The records are durable, the offsets perhaps: reading both again gives one truth.
            case .passing: throw .outcomeUnknown(reason: error.reason("commit offsets"))
            }
        }
    }

    public func abort() throws(LogFailure) {
        try producer.abort()
    }

    public func recycleProducer() throws(LogFailure) {
        // One deadline for all of it, so that whoever watches over the lane hears of it in time.
        let deadline = Deadline(afterMs: settings.operationTimeoutMs)
        if producer.mayHaveBeenReplaced { try consumer.proveIdentity(within: deadline) }
        try producer.recycle(within: deadline)
    }

    public var wake: @Sendable () -> Void { { [waker] in waker.wake() } }

    public func leave() {
        let deadline = Deadline(afterMs: settings.leaveTimeoutMs)
        do throws(LogFailure) {
            // An open transaction would hold up whoever reads its topics until the broker gives it up.
            try producer.abort(withinMs: settings.leaveTimeoutMs / 4)
        } catch {
            log(
                KafkaLogLine(
                    level: .warning, client: "lane", facility: "LEAVE",
                    message: "the open transaction is left to its timeout: \(error.reason)"))
        }
        consumer.close(within: deadline)
        producer.stop(within: deadline)
        watermarks?.close()
        watermarks = nil
    }
}
