import Contract
import Coordinator
import Kafka
import Logging
import ReadModel
import RecordLog
import SagaKernel
import ServiceLifecycle
import StatusAPI
import Telemetry

/// A coordinator put together: lanes, read model, status API, and what watches over them.
///
/// The one place where the coordinator's concrete parts meet; `habeas coordinator` runs it alone, `habeas demo` beside
/// workers.
struct CoordinatorRuntime: Sendable {
    struct Options: Sendable {
        var kafka: KafkaSettings
        var topics: TopicNames
        var plans: LanePlans
        var subjectKey: SubjectKey
        var instance: String
        var lanes = 1
        var commitIntervalMs = 50
        var http: HTTPSettings
        var readModelPath: String?
        /// Which cluster and prefix a read model's file is made from.
        var identity: String
        var lane: LaneSettings
        var watchdogMs: Int64 = 60_000
        var stopMs = 10_000
    }

    let options: Options
    let logger: Logger
    let metrics: HabeasMetrics
    let readModel: ReadModel
    let feeder: ReadModelFeeder
    let lanes: [LaneThread]
    let telemetry: [LaneTelemetry]
    let server: StatusServer

    init(
        _ options: Options, logger: Logger, metrics: HabeasMetrics,
        onBound: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(ReadModelError) {
        self.options = options
        self.logger = logger
        self.metrics = metrics
        readModel = try ReadModel(path: options.readModelPath, identity: options.identity, logger: logger)
        readModel.report(to: metrics)
        lanes = (0..<options.lanes).map { LaneThread(index: $0) }
        telemetry = (0..<options.lanes).map { LaneTelemetry(index: $0, metrics: metrics.coordinator) }
        feeder = CoordinatorRuntime.feeder(options, readModel, logger)
        let readiness = Readiness(telemetry: telemetry, feeder: feeder)
        server = StatusServer(
            settings: options.http, source: readModel, metrics: metrics, logger: logger,
            awaited: { readiness.awaited }, illness: { readiness.illness },
            fault: { ($0 as? ReadModelError)?.queryFault }, onBound: onBound)
    }

    /// In the order of dependency: what is first is stopped last.
    var services: [any Service] {
        let lag = LagService(
            kafka: options.kafka, group: options.topics.coordinatorGroup, topics: options.topics.inputs,
            prefix: options.topics.prefix, metrics: metrics.coordinator, feeder: feeder, logger: logger)
        return [server, FeederService(feeder: feeder, stopMs: options.stopMs), lag] + lanes.map(service)
    }

    /// Plans new requests with another catalogue.
    func reload(_ plans: LanePlans) {
        for lane in lanes { lane.mailbox.reload(plans) }
    }

    func startWatchdog() {
        Watchdog(lanes: telemetry, limitMs: options.watchdogMs, logger: logger).start()
    }

    private func service(_ lane: LaneThread) -> any Service {
        let parts = Lane.Parts(
            settings: options.lane, subjectKey: options.subjectKey, plans: options.plans, clock: SystemClock(),
            directory: ReadModelDirectory(readModel: readModel, logger: logger), observer: telemetry[lane.index],
            logger: logger, source: "/habeas/coordinator/\(options.instance)",
            owner: "\(options.instance).\(UInt64.random(in: 0 ... .max))")
        let options = options
        let log = logger.kafka
        let telemetry = telemetry[lane.index]
        return LaneService(lane: lane, parts: parts, onEnd: { telemetry.end() }) { () throws(LogFailure) in
            try KafkaLaneLog(
                settings: options.kafka, group: options.topics.coordinatorGroup, instance: options.instance,
                lane: lane.index, inputs: options.topics.inputs, gatherMs: options.commitIntervalMs, log: log)
        }
    }

    private static func feeder(_ options: Options, _ model: ReadModel, _ logger: Logger) -> ReadModelFeeder {
        let kafka = options.kafka
        let log = logger.kafka
        func open(_ topic: String) -> ReadModelFeeder.OpenReader {
            { (_) throws(LogFailure) in
                guard let reader = try KafkaLogReader.openAll(settings: kafka, topic: topic, for: .contents, log: log)
                else {
                    throw .retriable(reason: "the topic \(topic) does not exist")
                }
                return ReadModelFeeder.OpenedReader(partitions: reader.partitions, reader: reader)
            }
        }
        return ReadModelFeeder(
            model: model, status: open(options.topics.status), timeline: open(options.topics.timeline),
            logger: logger)
    }
}

/// What has to happen before requests are served as they should be.
private struct Readiness: Sendable {
    let telemetry: [LaneTelemetry]
    let feeder: ReadModelFeeder

    var awaited: [Awaited] {
        var awaited: [Awaited] = []
        let waiting = telemetry.count { !$0.isReady }
        if waiting > 0 { awaited.append(Awaited(name: "assignment", detail: "of \(waiting) lanes")) }
        if !feeder.reachedEndSeenAtStart { awaited.append(Awaited(name: "read_model", detail: feeder.failure)) }
        return awaited
    }

    /// Nothing heals by a restart but a lane that has ended, and then the process ends by itself.
    var illness: String? { nil }
}

extension ReadModelError {
    /// What of it is the asker's fault.
    var queryFault: QueryFault? {
        switch self {
        case .invalidCursor: .invalidCursor
        case .limitOutOfRange, .unknownState: .invalid("\(self)")
        case .foreignFile, .newerFile, .unusableFile: nil
        }
    }
}

/// Where the read model knows a request to live.
private struct ReadModelDirectory: RequestDirectory {
    let readModel: ReadModel
    let logger: Logger

    func homePartition(of id: RequestID) -> Int32? {
        do {
            return try readModel.locate(id)?.homePartition
        } catch {
            // Not knowing is an answer that the lane can live with: the record is taken where it is, or becomes a dead
            // letter that says so.
            logger.error("the read model cannot be asked", metadata: ["reason": "\(error)"])
            return nil
        }
    }
}
