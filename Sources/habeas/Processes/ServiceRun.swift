import ArgumentParser
import Coordinator
import Logging
import RecordLog
import ServiceLifecycle
import StatusAPI
import UnixSignals

/// Runs services until SIGTERM or until one of them cannot go on.
enum ServiceRun {
    /// - Parameter stopMs: from the signal to the end of the process. The services have two thirds of it; what is not
    ///   at an end just before it is over is ended with 76.
    static func run(_ services: [any Service], stopMs: Int, logger: Logger) async throws -> ExitCode {
        let guardian = ExitDeadline(limitMs: stopMs * 19 / 20, logger: logger)
        defer { guardian.lift() }
        var configuration = ServiceGroupConfiguration(
            services: (services + [guardian]).map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(stopMs * 2 / 3)
        do {
            try await ServiceGroup(configuration: configuration).run()
            return CommandExit.done
        } catch let failure as LaneFailure {
            logger.critical("a lane cannot go on", metadata: ["reason": "\(failure.explanation)"])
            return failure.exitCode
        } catch let error as HTTPServerError {
            logger.critical("the server cannot serve", metadata: ["reason": "\(error)"])
            return CommandExit.unreachable
        }
    }
}

extension LaneFailure {
    /// What a supervisor can branch on.
    var exitCode: ExitCode {
        switch self {
        case .log(.fenced): CommandExit.fenced
        case .log, .unavailable: CommandExit.unreachable
        case .unreadableSnapshot, .missingPlans, .restoreStalled: CommandExit.unreadableLog
        case .stopping: CommandExit.done
        case .missingTopic, .unequalPartitions: CommandExit.configuration
        }
    }

    /// What happened and what to do about it.
    var explanation: String {
        switch self {
        case .log(.fenced(let reason)):
            "another process took over this instance's name (\(reason)); give each process its own `instance`"
        case .log(let failure): failure.reason
        case .unreadableSnapshot(let partition, let error):
            "a snapshot in partition \(partition) cannot be read (\(error)): was it written by a newer version?"
        case .missingPlans(let partition, let count):
            "partition \(partition) lacks \(count) endpoint records that its snapshots refer to; is it compacted?"
        case .restoreStalled(let topic, let remaining):
            "reading \(topic) came to nothing for too long, \(remaining) offsets before the end"
        case .stopping: "it was asked to end"
        case .missingTopic(let topic):
            "the topic \(topic) does not exist; `habeas topics create` makes all that are needed"
        case .unequalPartitions(let counts):
            "topics that belong together have unequal partition counts: "
                + counts.map { "\($0.topic) \($0.partitions)" }.joined(separator: ", ")
        case .unavailable(let reason): "the broker asked to try again for too long: \(reason)"
        }
    }
}
