import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Binds, serves, and ends: what both servers have in common.
final class HTTPShell: Sendable {
    let settings: HTTPSettings
    let edge: Edge
    private let logger: Logger
    private let boundPort = Mutex<Int?>(nil)
    private let onBound: @Sendable (_ port: Int) -> Void

    init(settings: HTTPSettings, edge: Edge, logger: Logger, onBound: @escaping @Sendable (_ port: Int) -> Void) {
        self.settings = settings
        self.edge = edge
        self.logger = logger
        self.onBound = onBound
    }

    var port: Int? { boundPort.withLock { $0 } }

    var application: Application<Edge> {
        Application(
            responder: edge,
            server: .http1(
                configuration: .init(
                    idleTimeout: .milliseconds(Int64(settings.idleTimeoutMs)),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: settings.headerBytesMax, maxHeaderListSize: settings.headerBytesMax,
                        maxHeaderFieldCount: 200))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.address.host, port: settings.address.port),
                availableConnectionsDelegate: .maximum(settings.connectionsMax, logger: logger)),
            onServerRunning: { [self] channel in
                let port = channel.localAddress?.port ?? settings.address.port
                boundPort.withLock { $0 = port }
                onBound(port)
            },
            logger: logger)
    }

    /// Until the task is cancelled, or the service group shuts down and the answers under way are given or out of time.
    func run() async throws {
        let shutdown = Duration.milliseconds(settings.shutdownMs)
        let application = application
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                group.addTask {
                    try await gracefulShutdown()
                    try await Task.sleep(for: shutdown)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as IOError {
            throw HTTPServerError.cannotListen(address: settings.address, reason: "\(error)")
        }
    }
}

/// Why a server does not serve.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has the port, or this machine does not have the address.
    case cannotListen(address: ListenAddress, reason: String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}
