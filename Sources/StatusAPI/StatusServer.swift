public import Contract
import Hummingbird
public import Logging
public import ServiceLifecycle
public import Telemetry

/// The coordinator's HTTP server: statuses, readiness, metrics. Read only.
public struct StatusServer: Service {
    let shell: HTTPShell

    /// - Parameters:
    ///   - source: its errors are logged, so that their descriptions may hold no identifier.
    ///   - awaited: what has to happen before `/readyz` says 200. Asked on every call; must not block.
    ///   - illness: why `/healthz` should say 503; nil while all is well. Must not block.
    ///   - fault: tells a source's refusals, which are the client's fault, from its failures.
    ///   - onBound: called with the port once it listens.
    public init(
        settings: HTTPSettings, source: any StatusSource, metrics: HabeasMetrics, logger: Logger,
        awaited: @escaping @Sendable () -> [Awaited],
        illness: @escaping @Sendable () -> String? = { nil },
        fault: @escaping @Sendable (any Error) -> QueryFault? = { _ in nil },
        onBound: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        let settings = settings.checked()
        let status = StatusRoutes(source: source, settings: settings, fault: fault)
        let operational = OperationalRoutes(registry: metrics.registry, awaited: awaited, illness: illness)
        let edge = Edge(
            routes: status.routes + operational.routes, settings: settings, metrics: metrics.http, logger: logger)
        shell = HTTPShell(settings: settings, edge: edge, logger: logger, onBound: onBound)
    }

    /// The port that it listens on; nil before.
    public var port: Int? { shell.port }

    /// - Throws: `HTTPServerError`.
    public func run() async throws { try await shell.run() }
}
