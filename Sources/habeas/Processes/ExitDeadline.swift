import ArgumentParser
import Dispatch
import Foundation
import Logging
import ServiceLifecycle

/// Ends the process when its services take much longer to stop than they were given.
///
/// A call into the client library that does not come back can be cancelled by nobody, and a process that has stopped
/// working without ending is one that no supervisor starts again.
final class ExitDeadline: Service {
    private let limitMs: Int
    private let logger: Logger
    private let lifted = DispatchSemaphore(value: 0)

    init(limitMs: Int, logger: Logger) {
        self.limitMs = limitMs
        self.logger = logger
    }

    /// Half as long again as the services have, since they end each other when their time is up.
    private var patienceMs: Int { limitMs + limitMs / 2 }

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // The others are cancelled too, which may take as long.
        }
        let (lifted, patienceMs, logger) = (lifted, patienceMs, logger)
        Thread {
            guard lifted.wait(timeout: .now() + .milliseconds(patienceMs)) == .timedOut else { return }
            logger.critical("the process did not come to an end by itself", metadata: ["after_ms": "\(patienceMs)"])
            _exit(CommandExit.stuck.rawValue)
        }.start()
    }

    /// The services have ended.
    func lift() { lifted.signal() }
}
