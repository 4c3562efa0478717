import Contract
import HTTPTypes
import Hummingbird
import Telemetry

/// What every process of Habeas answers to those who run it.
struct OperationalRoutes: Sendable {
    let registry: MetricsRegistry
    let awaited: @Sendable () -> [Awaited]
    let illness: @Sendable () -> String?

    var routes: [Route] {
        [
            Route(.get, "/healthz") { _, _ in try health() },
            Route(.get, "/readyz") { _, _ in try readiness() },
            Route(.get, "/metrics") { _, _ in metrics() },
        ]
    }

    private func health() throws(Problem) -> Response {
        if let reason = illness() { throw .unhealthy(reason) }
        return Self.answer(status: "ok")
    }

    private func readiness() throws(Problem) -> Response {
        let awaited = awaited()
        guard awaited.isEmpty else { throw .notReady(awaited) }
        return Self.answer(status: "ready")
    }

    private func metrics() -> Response {
        Response(
            status: .ok, headers: [.contentType: Exposition.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: registry.scrape())))
    }

    private static func answer(status: String) -> Response {
        var json = JSONWriter(capacity: 32)
        json.beginObject()
        json.name("status")
        json.string(status)
        json.endObject()
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}
