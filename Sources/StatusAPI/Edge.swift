import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Telemetry

/// The one way in and out of a server: finds the route, bounds the time, turns every error into a problem, and adds
/// what all answers have in common.
///
/// Nothing of a request's path or query reaches the log or the metrics, only the pattern of its route.
struct Edge: HTTPResponder {
    typealias Context = BasicRequestContext

    let routes: [Route]
    let settings: HTTPSettings
    let metrics: HTTPMetrics
    let logger: Logger
    private let clock = ContinuousClock()

    init(routes: [Route], settings: HTTPSettings, metrics: HTTPMetrics, logger: Logger) {
        self.routes = routes
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let began = clock.now
        let (pattern, resolution) = resolve(request)
        var response: Response
        switch resolution {
        case .success(let (route, parameter)): response = try await answer(request, route, parameter)
        case .failure(let problem): response = refuse(problem, pattern: pattern)
        }
        Self.secure(&response)
        // Content-Length stays that of the answer to a GET.
        if request.method == .head { response = response.createHeadResponse() }
        note(request, pattern: pattern, status: response.status.code, took: clock.now - began)
        return response
    }

    private func resolve(_ request: Request) -> (pattern: String, Result<(Route, String?), Problem>) {
        guard request.uri.string.utf8.count <= settings.targetBytesMax else {
            return ("too_long", .failure(.targetTooLong))
        }
        var allowed: [String] = []
        var pattern = "none"
        for route in routes {
            guard case .yes(let parameter) = route.match(request.uri.path) else { continue }
            pattern = route.pattern
            if route.methods.contains(request.method) { return (pattern, .success((route, parameter))) }
            allowed += route.methods.map(\.rawValue)
        }
        if allowed.isEmpty { return (pattern, .failure(.notFound("There is nothing at this address."))) }
        return (pattern, .failure(.methodNotAllowed(allowed)))
    }

    private func answer(_ request: Request, _ route: Route, _ parameter: String?) async throws -> Response {
        do {
            return try await withTimeout { try await route.handler(request, parameter) }
        } catch let problem as Problem {
            return refuse(problem, pattern: route.pattern)
        } catch is NIOTooManyBytesError {
            return refuse(.tooLarge(bytesMax: settings.callbackBytesMax), pattern: route.pattern)
        } catch let error as UnreadableBody {
            // The server has to see what is wrong with the connection, and closes it.
            throw error.underlying
        } catch {
            return refuse(.internal, pattern: route.pattern, error: error)
        }
    }

    /// The handler is cancelled when its time is over, and the answer waits for it to notice.
    private func withTimeout(
        _ body: @escaping @Sendable () async throws -> Response
    ) async throws -> Response {
        let timeout = Duration.milliseconds(settings.requestTimeoutMs)
        return try await withThrowingTaskGroup(of: Response?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let response = first else { throw Problem.timedOut }
            return response
        }
    }

    /// An error of ours is an error in the log, where it says what it is (a source's errors hold nothing of the
    /// question, see `StatusServer.init`); one of the client is not.
    private func refuse(_ problem: Problem, pattern: String, error: (any Error)? = nil) -> Response {
        let instance = Problem.newInstance()
        let level: Logger.Level = problem.status == 500 ? .error : .debug
        var metadata: Logger.Metadata = [
            "http.route": "\(pattern)", "problem": "\(problem.slug)", "problem.instance": "\(instance)",
        ]
        if let error { metadata["error"] = "\(error)" }
        logger.log(level: level, "a request was not answered as asked", metadata: metadata)
        return problem.response(instance: instance)
    }

    /// The answers are data for programs: no browser may run, frame, sniff or keep them.
    private static func secure(_ response: inout Response) {
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.crossOriginResourcePolicy] = "same-origin"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    }

    private func note(_ request: Request, pattern: String, status: Int, took: Duration) {
        let method = Self.label(request.method)
        metrics.requests.with(pattern, method, String(status)).add()
        metrics.duration.with(pattern).observe(took)
        logger.debug(
            "request answered",
            metadata: ["http.route": "\(pattern)", "http.method": "\(method)", "http.status": "\(status)"])
    }

    /// Methods are chosen by the client: only known ones become a label.
    private static func label(_ method: HTTPRequest.Method) -> String {
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options]
        return known.contains(method) ? method.rawValue : "other"
    }
}

/// The client's bytes stopped making sense, or stopped, in the middle of a body.
struct UnreadableBody: Error {
    var underlying: any Error
}

extension HTTPField.Name {
    static let asOf = Self.known("Habeas-As-Of")
    static let referrerPolicy = Self.known("Referrer-Policy")
    static let crossOriginResourcePolicy = Self.known("Cross-Origin-Resource-Policy")

    private static func known(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("not a header name") }
        return name
    }
}
