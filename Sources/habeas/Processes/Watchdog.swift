import ArgumentParser
import Foundation
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ends the process when a lane has not looked at its log for too long.
///
/// A call into a client library that never returns cannot be interrupted from outside. What is lost by ending at once
/// is nothing: everything that matters is in the log, and the partitions move to a process that works.
final class Watchdog: Sendable {
    private let lanes: [LaneTelemetry]
    private let limitMs: Int64
    private let logger: Logger

    init(lanes: [LaneTelemetry], limitMs: Int64, logger: Logger) {
        self.lanes = lanes
        self.limitMs = limitMs
        self.logger = logger
    }

    func start() {
        let thread = Thread { [self] in
            while true {
                Thread.sleep(forTimeInterval: min(1, Double(limitMs) / 4_000))
                look()
            }
        }
        thread.name = "habeas.watchdog"
        thread.start()
    }

    private func look() {
        for (index, lane) in lanes.enumerated() where !lane.hasEnded {
            let silenceMs = lane.silenceMs
            guard silenceMs > limitMs else { continue }
            logger.critical(
                "a lane is stuck; the process ends itself",
                metadata: ["lane": "\(index)", "silence_ms": "\(silenceMs)"])
            _exit(CommandExit.stuck.rawValue)
        }
    }
}
