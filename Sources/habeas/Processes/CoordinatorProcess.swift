import ArgumentParser
import Contract
import Coordinator
import Foundation
import Kafka
import Logging
import ReadModel
import RecordLog
import SagaKernel
import ServiceLifecycle
import StatusAPI
import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `habeas coordinator`.
enum CoordinatorProcess {
    /// Runs until SIGTERM; returns the exit code.
    static func run(_ settings: Settings) async throws -> ExitCode {
        // First of all: a reload that is asked for while the process starts must not end it, nor be forgotten.
        let hangup = ProcessSignal(SIGHUP)
        defer { withExtendedLifetime(hangup) {} }
        let section = try CoordinatorSection(settings)
        let logger = Logger(label: "habeas", factory: LogOutput.factory(try LogSection(settings)))
        let catalogue = try CatalogueSource.catalogue(
            path: section.cataloguePath, endpointsPerHub: section.tuning.endpointsPerHub)
        var options = try options(settings, section, plans: catalogue.lanePlans)
        if options.readModelPath != nil {
            options.identity = try await ReadModelIdentity.text(options.kafka, options.topics, logger: logger)
        }
        let metrics = HabeasMetrics(version: HabeasVersion.text, role: "coordinator")
        let runtime = try runtime(options, settings, logger: logger, metrics: metrics)
        RecordMemory.keepBetweenBatches()
        runtime.startWatchdog()
        hangup.answer {
            do throws(ConfigurationFaults) {
                let catalogue = try CatalogueSource.catalogue(
                    path: section.cataloguePath, endpointsPerHub: section.tuning.endpointsPerHub)
                runtime.reload(catalogue.lanePlans)
            } catch {
                logger.error("the catalogue was not reloaded", metadata: ["faults": "\(error)"])
            }
        }
        return try await ServiceRun.run(runtime.services, stopMs: options.stopMs, logger: logger)
    }

    /// Lets the client send the largest record that the limits allow, unless it was told otherwise.
    private static func size(
        _ lane: inout LaneSettings, _ kafka: inout KafkaSettings, _ broker: BrokerSection
    ) throws(ConfigurationFaults) {
        let needed = lane.recordBytesNeeded
        kafka.messageMaxBytes = max(kafka.messageMaxBytes, needed)
        lane.recordBytesMax = kafka.messageMaxBytes
        if let fault = kafka.queueFault() { throw ConfigurationFaults(faults: [broker.placed(fault)]) }
        guard let given = broker.recordBytesGiven else { return }
        lane.recordBytesMax = given.bytes
        guard given.bytes < needed else { return }
        throw ConfigurationFaults(faults: [
            ConfigurationFault(
                origin: given.origin,
                message:
                    "kafka.message.max.bytes: \(given.bytes) is less than the \(needed) bytes that a request may need; "
                    + "raise it, or lower limits.request_bytes, limits.tasks or limits.kept_bytes")
        ])
    }

    /// A call that may take as long as the watchdog waits would be taken for a stuck one.
    private static func checkWatchdog(
        _ section: CoordinatorSection, _ broker: BrokerSection, _ settings: Settings
    ) throws(ConfigurationFaults) {
        guard section.tuning.watchdogMs < broker.timeoutMs + broker.timeoutMs / 2 else { return }
        throw ConfigurationFaults(faults: [
            ConfigurationFault(
                origin: settings.origin(of: .watchdog) ?? .defaultValue,
                message: "watchdog: must be at least one and a half times broker_timeout (\(broker.timeoutMs) ms)")
        ])
    }

    private static func runtime(
        _ options: CoordinatorRuntime.Options, _ settings: Settings, logger: Logger, metrics: HabeasMetrics
    ) throws(ConfigurationFaults) -> CoordinatorRuntime {
        do throws(ReadModelError) {
            return try CoordinatorRuntime(options, logger: logger, metrics: metrics) { port in
                logger.info("serving", metadata: ["address": "\(options.http.address.host):\(port)"])
            }
        } catch {
            let place = options.readModelPath.map { " \($0)" } ?? ""
            throw ConfigurationFaults(
                faults: [
                    ConfigurationFault(
                        origin: settings.origin(of: .readModel) ?? .missing, message: "read_model\(place): \(error)")
                ])
        }
    }

    private static func options(
        _ settings: Settings, _ section: CoordinatorSection, plans: LanePlans
    ) throws -> CoordinatorRuntime.Options {
        let broker = try BrokerSection(settings)
        let topics = TopicNames(prefix: broker.topicPrefix)
        var kafka = try broker.kafkaSettings(
            clientID: "habeas-coordinator", guarantee: section.tuning.turn.kafkaGuarantee)
        var lane = LaneSettings(topics: topics)
        // A group that does not answer must not keep the process from ending in time.
        kafka.leaveTimeoutMs = min(kafka.leaveTimeoutMs, Int(section.stopTimeoutMs) / 3)
        lane.turnRecordsMax = section.tuning.turn.records
        lane.restoreStallMs = section.tuning.restoreTimeoutMs
        lane.rules.graceMs = section.tuning.graceMs
        lane.rules.statusGraceMs = section.tuning.statusGraceMs
        let tuning = section.tuning
        lane.requestLimits = RequestLimits(requestBytes: tuning.requestBytes, identities: tuning.identities)
        lane.rules.tasksMax = tuning.tasks
        lane.rules.keptBytesMax = tuning.keptBytes
        try size(&lane, &kafka, broker)
        try checkWatchdog(section, broker, settings)
        lane.watchesForeignWrites = section.tuning.turn.guarantee == .atLeastOnce
        let key: SubjectKey
        do throws(SubjectKeyFault) {
            key = try SubjectKey(bytes: section.subjectKey.bytes)
        } catch {
            throw ConfigurationFaults(
                faults: [
                    ConfigurationFault(
                        origin: settings.origin(of: .subjectKey) ?? .missing, message: "subject_key: \(error.message)")
                ])
        }
        return CoordinatorRuntime.Options(
            kafka: kafka, topics: topics, plans: plans, subjectKey: key, instance: section.instance,
            lanes: section.tuning.lanes, commitIntervalMs: Int(section.tuning.turn.commitIntervalMs),
            http: HTTPSettings(address: ListenAddress(host: section.http.host, port: section.http.port)),
            readModelPath: section.readModelPath, identity: "", lane: lane,
            watchdogMs: section.tuning.watchdogMs, stopMs: Int(section.stopTimeoutMs))
    }
}
