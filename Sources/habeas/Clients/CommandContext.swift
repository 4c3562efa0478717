import Foundation
import SagaKernel

/// Everything outside the process that a command touches. Tests bind `current` to one of their own.
struct CommandContext: Sendable {
    var console: Console
    var environment: [String: String]
    var now: @Sendable () -> Timestamp
    /// Waits so many milliseconds; throws `CancellationError`.
    var pause: @Sendable (Int64) async throws -> Void
    /// A new random UUID, lower case.
    var newID: @Sendable () -> String
    var statusClient: @Sendable (APISection) -> StatusClient
    var broker: @Sendable (BrokerSection) throws -> BrokerClient
    /// From now on SIGTERM ends the process with 0.
    var endQuietlyOnTermination: @Sendable () -> Void

    @TaskLocal static var current: CommandContext = .live
}

extension CommandContext {
    static let live: CommandContext = {
        let environment = ProcessInfo.processInfo.environment
        return CommandContext(
            console: .live(environment: environment), environment: environment,
            now: { Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down))) },
            pause: { try await Task.sleep(for: .milliseconds($0)) }, newID: { UUID().uuidString.lowercased() },
            statusClient: { LiveStatusClient.make($0) }, broker: { try LiveBroker.make($0) },
            endQuietlyOnTermination: { TerminationSignal.endWithZero() })
    }()
}
