import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
public import Telemetry

/// A worker's HTTP server: readiness, metrics, and the address to which an endpoint's owner sends a late answer.
public struct WorkerServer: Service {
    let shell: HTTPShell

    /// Takes an answer to a task that was handed out earlier. The token says which; it is checked by the closure, and
    /// is never logged here.
    public typealias TakeCallback =
        @Sendable (
            _ token: String, _ body: [UInt8], _ headers: CallbackHeaders
        ) async -> CallbackAnswer

    /// - Parameters:
    ///   - awaited: what has to happen before `/readyz` says 200. Asked on every call; must not block.
    ///   - illness: why `/healthz` should say 503; nil while all is well. Must not block.
    ///   - onBound: called with the port once it listens.
    public init(
        settings: HTTPSettings, metrics: HabeasMetrics, logger: Logger,
        awaited: @escaping @Sendable () -> [Awaited],
        illness: @escaping @Sendable () -> String? = { nil },
        onBound: @escaping @Sendable (_ port: Int) -> Void = { _ in },
        callback: @escaping TakeCallback
    ) {
        let settings = settings.checked()
        let operational = OperationalRoutes(registry: metrics.registry, awaited: awaited, illness: illness)
        let callbacks = CallbackRoutes(bytesMax: settings.callbackBytesMax, take: callback)
        let edge = Edge(
            routes: callbacks.routes + operational.routes, settings: settings, metrics: metrics.http, logger: logger)
        shell = HTTPShell(settings: settings, edge: edge, logger: logger, onBound: onBound)
    }

    /// The port that it listens on; nil before.
    public var port: Int? { shell.port }

    /// - Throws: `HTTPServerError`.
    public func run() async throws { try await shell.run() }
}

/// The headers that came with a callback.
public struct CallbackHeaders: Sendable {
    let fields: HTTPFields

    /// The values of a header, whatever its case; several are joined by a comma and a blank.
    public subscript(name: String) -> String? {
        HTTPField.Name(name).flatMap { fields[$0] }
    }
}

/// What a callback is answered with.
public struct CallbackAnswer: Sendable {
    /// 200...299 without a problem, else the problem's.
    public var status: Int
    public var problem: Problem?

    public init(status: Int) {
        precondition((200...299).contains(status), "anything but success needs a problem")
        self.status = status
    }

    public init(problem: Problem) {
        status = problem.status
        self.problem = problem
    }

    /// 202: the answer is taken and will be acknowledged.
    public static let accepted = CallbackAnswer(status: 202)

    /// 404: no task waits under this token, or its signature is wrong; the two look alike on purpose.
    public static let unknownToken = CallbackAnswer(
        problem: Problem(
            slug: "unknown-callback", title: "No task waits for this answer", status: 404,
            detail: "The address may be mistyped, too old, or answered already."))

    /// 400: the body is not what a callback should hold.
    public static func malformed(_ detail: String) -> CallbackAnswer {
        CallbackAnswer(
            problem: Problem(slug: "malformed", title: "The body cannot be read", status: 400, detail: detail))
    }

    /// 503: the answer could not be passed on; send it again later.
    public static func unavailable(retryAfterSeconds: Int) -> CallbackAnswer {
        var problem = Problem(
            slug: "unavailable", title: "The answer could not be passed on", status: 503, detail: "Send it again.")
        problem.retryAfterSeconds = retryAfterSeconds
        return CallbackAnswer(problem: problem)
    }
}

struct CallbackRoutes: Sendable {
    let bytesMax: Int
    let take: WorkerServer.TakeCallback

    var routes: [Route] {
        [Route(.post, "/v1/callbacks/{token}") { request, token in try await post(request, token: token ?? "") }]
    }

    private func post(_ request: Request, token: String) async throws -> Response {
        _ = try QueryParameters(request, known: [])
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bytesMax {
            throw Problem.tooLarge(bytesMax: bytesMax)
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: bytesMax)
        } catch let error as NIOTooManyBytesError {
            throw error
        } catch {
            throw UnreadableBody(underlying: error)
        }
        let answer = await take(token, Array(body.readableBytesView), CallbackHeaders(fields: request.headers))
        if let problem = answer.problem { throw problem }
        return Response(status: HTTPResponse.Status(code: answer.status))
    }
}
