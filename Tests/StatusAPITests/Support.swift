import Contract
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing

@testable import StatusAPI

/// Answers what a test tells it to.
final class FakeSource: StatusSource {
    struct State: Sendable {
        var statuses: [String: String] = [:]
        var events: [TimelineDocument.EventDocument] = []
        var page = StatusPage(requests: [], nextCursor: nil, asOf: "2026-11-02T15:00:00Z")
        var queries: [StatusQuery] = []
        var error: (any Error)?
        /// The answer never comes.
        var hangs = false
        /// Who waits for one.
        var hanging = 0
    }

    private let state = Mutex(State())

    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    private func wait() async throws {
        let (error, hangs) = state.withLock { state in
            if state.hangs { state.hanging += 1 }
            return (state.error, state.hangs)
        }
        if hangs { for await _ in AsyncStream<Never>.makeStream().stream {} }
        try Task.checkCancellation()
        if let error { throw error }
    }

    func status(id: String) async throws -> StatusAnswer? {
        try await wait()
        return state.withLock { $0.statuses[id] }.map {
            StatusAnswer(json: Array($0.utf8), asOf: "2026-11-02T15:00:00Z")
        }
    }

    func timeline(id: String, limit: Int) async throws -> [TimelineDocument.EventDocument] {
        try await wait()
        return state.withLock { $0.events }.suffix(limit)
    }

    func list(_ query: StatusQuery) async throws -> StatusPage {
        state.withLock { $0.queries.append(query) }
        try await wait()
        return state.withLock { $0.page }
    }

    func summary() async throws -> StatusSummary {
        try await wait()
        return StatusSummary(total: 3, byState: ["failed": 2, "completed": 1], asOf: "2026-11-02T15:00:00Z")
    }
}

enum SourceError: Error {
    case cursor, refused, broken
}

/// Remembers every line, with everything that it says.
final class LogCapture: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(capture: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            capture.lines.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}

/// A coordinator's server over a fake source.
struct Fixture {
    let source = FakeSource()
    let metrics = HabeasMetrics(version: "0", role: "coordinator")
    let log = LogCapture()
    var settings: HTTPSettings
    var awaited: @Sendable () -> [Awaited] = { [] }
    var illness: @Sendable () -> String? = { nil }

    static let id = "a7551968-d5d6-44b2-9831-815ac9017798"
    static let status = #"{"request_id":"\#(id)","term":2,"version":7,"state":"failed","tasks":[{"x":1}]}"#

    init() {
        settings = HTTPSettings(address: ListenAddress(host: "127.0.0.1", port: 0))
        source.change { $0.statuses[Self.id] = Self.status }
    }

    func server(onBound: @escaping @Sendable (Int) -> Void = { _ in }) -> StatusServer {
        StatusServer(
            settings: settings, source: source, metrics: metrics, logger: log.logger, awaited: awaited,
            illness: illness,
            fault: { error in
                switch error as? SourceError {
                case .cursor: .invalidCursor
                case .refused: .invalid("not like that")
                case .broken, nil: nil
                }
            }, onBound: onBound)
    }

    func worker(
        onBound: @escaping @Sendable (Int) -> Void = { _ in }, _ callback: @escaping WorkerServer.TakeCallback
    ) -> WorkerServer {
        WorkerServer(
            settings: settings, metrics: metrics, logger: log.logger, awaited: awaited, illness: illness,
            onBound: onBound, callback: callback)
    }

    @discardableResult
    func get(
        _ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await server().shell.application.test(.router) { client in
            try await client.executeRequest(uri: uri, method: method, headers: headers, body: nil)
        }
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    func json() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(body.readableBytesView))
        return try #require(object as? [String: Any])
    }

    /// Checks that this is a problem of the type, as every problem has to be, and gives it back.
    @discardableResult
    func problem(
        _ slug: String, _ code: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: Any] {
        #expect(status.code == code, sourceLocation: sourceLocation)
        #expect(headers[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
        let json = try json()
        #expect(json["type"] as? String == "https://habeas.dev/problems/\(slug)", sourceLocation: sourceLocation)
        #expect(json["status"] as? Int == code, sourceLocation: sourceLocation)
        #expect((json["title"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
        #expect((json["instance"] as? String)?.hasPrefix("urn:uuid:") == true, sourceLocation: sourceLocation)
        return json
    }
}
