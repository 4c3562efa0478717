import Connectors
import Contract
import Kafka
import Logging
import RecordLog
import SagaKernel
import ServiceLifecycle
import StatusAPI
import Synchronization
import Telemetry
import Worker

/// A worker put together: its connectors, its producer, and the server that takes late answers.
struct WorkerRuntime: Sendable {
    struct Options: Sendable {
        var kafka: KafkaSettings
        var worker: WorkerSettings
        var connectors: [any Connector]
        /// nil where no owner can answer late.
        var webhook: WebhookConfiguration?
        /// nil: no server.
        var http: HTTPSettings?
    }

    let options: Options
    let logger: Logger
    let metrics: HabeasMetrics
    let worker: TaskWorker
    let sink: KafkaRecordSink
    private let observer: WorkerTelemetry

    init(_ options: Options, logger: Logger, metrics: HabeasMetrics) throws {
        self.options = options
        self.logger = logger
        self.metrics = metrics
        sink = try KafkaRecordSink(settings: options.kafka, log: logger.kafka)
        observer = WorkerTelemetry(metrics: metrics, connectors: options.worker.connectors)
        let kafka = options.kafka
        let prefix = options.worker.topicPrefix
        let log = logger.kafka
        worker = try TaskWorker(
            settings: options.worker, connectors: options.connectors, sink: sink, observer: observer, logger: logger
        ) { (connector) throws(LogFailure) in
            try KafkaTaskSource(settings: kafka, topicPrefix: prefix, connector: connector, log: log)
        }
    }

    var services: [any Service] {
        get throws {
            let webhooks = options.connectors.compactMap { $0 as? WebhookConnector }
            var services: [any Service] = [WorkerService(worker: worker, sink: sink, webhooks: webhooks)]
            if let server = try server() { services.insert(server, at: 0) }
            return services
        }
    }

    private func server() throws -> WorkerServer? {
        guard let http = options.http else { return nil }
        var handler: CallbackHandler?
        if let webhook = options.webhook, webhook.callbackKey != nil {
            let worker = worker
            handler = try CallbackHandler(configuration: webhook) { task, verdict in
                try await worker.publish(verdict, of: task)
            }
        }
        let callbacks = handler
        let observer = observer
        let logger = logger
        return WorkerServer(
            settings: http, metrics: metrics, logger: logger, awaited: { observer.awaited },
            onBound: { logger.info("serving", metadata: ["address": "\(http.address.host):\($0)"]) }
        ) { token, body, headers in
            guard let callbacks else { return .unknownToken }
            let answer = await callbacks.handle(token: token, signature: headers["Habeas-Signature"], body: body)
            return answer.http
        }
    }
}

extension Connectors.CallbackAnswer {
    /// The same as the server says it.
    var http: StatusAPI.CallbackAnswer {
        switch self {
        case .accepted: .accepted
        case .unknownToken: .unknownToken
        case .unavailable: .unavailable(retryAfterSeconds: 5)
        case .expiredToken, .badSignature, .tooLarge, .unusable:
            StatusAPI.CallbackAnswer(
                problem: Problem(
                    slug: "callback-refused", title: "The answer was not taken", status: status, detail: detail))
        }
    }
}

/// A worker as a service.
struct WorkerService: Service {
    let worker: TaskWorker
    let sink: KafkaRecordSink
    /// Their HTTP clients want to be closed.
    let webhooks: [WebhookConnector]

    func run() async throws {
        let worker = worker
        let result: Result<Void, WorkerFailure> = await withGracefulShutdownHandler {
            do throws(WorkerFailure) { return .success(try await worker.run()) } catch { return .failure(error) }
        } onGracefulShutdown: {
            worker.stop()
        }
        for webhook in webhooks { await webhook.close() }
        let sink = sink
        await BlockingCall.run { sink.close() }
        try result.get()
    }
}

/// Turns what a worker tells into metrics, and knows whether it has been given work to wait for.
final class WorkerTelemetry: WorkerObserver {
    private let metrics: WorkerMetrics
    private let coordinator: CoordinatorMetrics
    private let assigned: Mutex<Set<String>>
    private let connectors: Set<String>

    init(metrics: HabeasMetrics, connectors: [String]) {
        self.metrics = metrics.worker
        coordinator = metrics.coordinator
        self.connectors = Set(connectors)
        assigned = Mutex([])
    }

    var awaited: [Awaited] {
        let missing = connectors.subtracting(assigned.withLock { $0 }).sorted()
        return missing.isEmpty ? [] : [Awaited(name: "assignment", detail: "of \(missing.joined(separator: ", "))")]
    }

    func observe(_ event: WorkerEvent) {
        switch event {
        case .acknowledged(let connector, let action, let status, _, let durationMs):
            metrics.tasks.with(connector, action.rawValue, status.rawValue).add()
            metrics.taskDuration.with(connector).observe(Double(durationMs) / 1_000)
        case .repeated(let connector): metrics.tasks.with(connector, "any", "duplicate").add()
        case .deadLettered(_, let code): coordinator.deadLetters.with(code).add()
        case .inFlight(let connector, let tasks): metrics.tasksInFlight.with(connector).set(Double(tasks))
        case .rateLimited(let connector, let delayMs):
            metrics.rateLimitWait.with(connector).observe(Double(delayMs) / 1_000)
        case .partitions(let connector, _): assigned.withLock { _ = $0.insert(connector) }
        case .redacted(_, let strings): coordinator.redactions.with("worker").add(strings)
        case .taken, .turnedAway, .publishRetried, .sourceRetried: break
        }
    }
}
