import ArgumentParser
import Dispatch
import Foundation
import Logging
import ServiceLifecycle

/// Ends the process when its services take longer to stop than it was given.
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

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // The others are cancelled too, which may take as long.
        }
        let (lifted, limitMs, logger) = (lifted, limitMs, logger)
        Thread {
            guard lifted.wait(timeout: .now() + .milliseconds(limitMs)) == .timedOut else { return }
            logger.critical("the process did not come to an end by itself", metadata: ["after_ms": "\(limitMs)"])
            _exit(CommandExit.stuck.rawValue)
        }.start()
    }

    /// The services have ended.
    func lift() { lifted.signal() }
}
