import ArgumentParser
import Connectors
import Contract
import Kafka
import Logging
import StatusAPI
import Telemetry
import Worker

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `habeas worker`.
enum WorkerProcess {
    /// Runs until SIGTERM; returns the exit code.
    static func run(_ settings: Settings) async throws -> ExitCode {
        let section = try WorkerSection(settings)
        let broker = try BrokerSection(settings)
        let logger = Logger(label: "habeas", factory: LogOutput.factory(try LogSection(settings)))
        // Meant for the coordinators, as a rule; without this it would end the worker.
        let hangup = ProcessSignal(SIGHUP) { logger.info("a worker has no catalogue to read again") }
        defer { withExtendedLifetime(hangup) {} }
        let webhook = section.connectors.contains("webhook") ? try WebhookSecrets.read(section) : nil
        var worker = WorkerSettings(worker: section.instance, connectors: section.connectors)
        worker.topicPrefix = broker.topicPrefix
        // Tasks under way have half of the time, so that what they come to can still be published.
        worker.graceMs = section.stopTimeoutMs / 2
        worker.limits.concurrency = section.concurrency
        worker.limits.inFlightMax = max(worker.limits.inFlightMax, section.concurrency)
        worker.limits.taskTimeoutMs = section.taskTimeoutMs
        worker.limits.rate = section.rate.map { RateLimit(perSecond: Double($0) / 60) }
        worker.limits.endpointRate = section.endpointRate.map { RateLimit(perSecond: Double($0) / 60) }
        let kafka = try broker.kafkaSettings(clientID: "habeas-worker", guarantee: .atLeastOnce)
        worker.recordBytesMax = broker.recordBytesGiven?.bytes ?? kafka.messageMaxBytes
        let options = WorkerRuntime.Options(
            kafka: kafka, worker: worker,
            connectors: try connectors(section, webhook: webhook), webhook: webhook,
            http: HTTPSettings(address: ListenAddress(host: section.http.host, port: section.http.port)))
        let metrics = HabeasMetrics(version: HabeasVersion.text, role: "worker")
        do {
            let runtime = try WorkerRuntime(options, logger: logger, metrics: metrics)
            return try await ServiceRun.run(
                try runtime.services, stopMs: Int(section.stopTimeoutMs), logger: logger)
        } catch let failure as WorkerFailure {
            logger.critical("the worker cannot go on", metadata: ["reason": "\(failure)"])
            return failure.exitCode
        }
    }

    private static func connectors(
        _ section: WorkerSection, webhook: WebhookConfiguration?
    ) throws(ConfigurationFaults) -> [any Connector] {
        do throws(ConnectorFault) {
            var connectors: [any Connector] = []
            if section.connectors.contains("directory") {
                connectors.append(try DirectoryConnector(roots: section.directoryRoots))
            }
            if section.connectors.contains("retention") { connectors.append(RetentionConnector()) }
            if let webhook { connectors.append(try WebhookConnector(configuration: webhook)) }
            return connectors
        } catch {
            throw ConfigurationFaults(faults: [ConfigurationFault(origin: .missing, message: "\(error)")])
        }
    }
}

extension WorkerFailure {
    var exitCode: ExitCode {
        switch self {
        case .settings, .connectorTwice: CommandExit.configuration
        case .alreadyRun: CommandExit.internal
        case .consuming, .publishing: CommandExit.unreachable
        }
    }
}
