package import Contract
import HTTPTypes
import Hummingbird
import NIOCore

/// Readers of this module that nothing outside needs but the fuzzer.
package enum StatusDoors {
    /// What a path and query ask for.
    package enum Question: Hashable, Sendable {
        case list(StatusQuery)
        case one(id: String)
        case summary
        /// No address of ours.
        case unknown
    }

    /// - Parameter target: as it stands in the first line of an HTTP request, still percent-encoded.
    /// - Throws: `Problem`, which is shown to the client.
    package static func question(
        target: String, source: any StatusSource, settings: HTTPSettings = HTTPSettings()
    ) throws -> Question {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: target)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let routes = StatusRoutes(source: source, settings: settings, fault: { _ in nil })
        for route in routes.routes {
            guard case .yes(let parameter) = route.match(request.uri.path) else { continue }
            switch route.pattern {
            case "/v1/requests": return .list(try routes.listQuery(request))
            case "/v1/summary":
                _ = try QueryParameters(request, known: [])
                return .summary
            default:
                _ = try QueryParameters(request, known: [])
                return .one(id: parameter ?? "")
            }
        }
        return .unknown
    }
}
