import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
public import Telemetry

/// The other side of a webhook: an endpoint owner's server, for the demo and for trying an integration out.
public struct OwnerServer: Service {
    let shell: HTTPShell

    /// What an owner answers.
    public struct Reply: Sendable {
        public var status: Int
        public var retryAfterSeconds: Int?
        /// A JSON object.
        public var body: String

        public init(status: Int, retryAfterSeconds: Int? = nil, body: String = "{}") {
            self.status = status
            self.retryAfterSeconds = retryAfterSeconds
            self.body = body
        }
    }

    public typealias Take = @Sendable (_ body: [UInt8], _ headers: CallbackHeaders) async -> Reply

    /// - Parameter take: answers `POST /tasks`.
    public init(
        settings: HTTPSettings, metrics: HabeasMetrics, logger: Logger,
        onBound: @escaping @Sendable (_ port: Int) -> Void, take: @escaping Take
    ) {
        let settings = settings.checked()
        let bytesMax = settings.callbackBytesMax
        let route = Route(.post, "/tasks") { request, _ in
            let body = try await request.body.collect(upTo: bytesMax)
            let reply = await take(Array(body.readableBytesView), CallbackHeaders(fields: request.headers))
            var response = Response(
                status: .init(code: reply.status), headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: reply.body)))
            if let seconds = reply.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
            return response
        }
        let edge = Edge(routes: [route], settings: settings, metrics: metrics.http, logger: logger)
        shell = HTTPShell(settings: settings, edge: edge, logger: logger, onBound: onBound)
    }

    /// - Throws: `HTTPServerError`.
    public func run() async throws { try await shell.run() }
}
