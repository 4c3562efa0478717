import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Telemetry
import Testing

@testable import StatusAPI

@Suite struct WorkerServerTests {
    var fixture = Fixture()

    private func post(
        _ path: String, _ body: String, headers: HTTPFields = [:], answer: CallbackAnswer = .accepted,
        taken: Calls? = nil
    ) async throws -> TestResponse {
        let calls = taken ?? Calls()
        let server = fixture.worker { token, body, _ in
            calls.list.withLock { $0.append("\(token):\(String(decoding: body, as: UTF8.self))") }
            return answer
        }
        return try await server.shell.application.test(.router) { client in
            try await client.executeRequest(
                uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
        }
    }

    private final class Calls: Sendable {
        let list = Mutex<[String]>([])

        var all: [String] { list.withLock { $0 } }
    }

    @Test func `a callback is handed over and answered`() async throws {
        let taken = Calls()
        let response = try await post("/v1/callbacks/abc.DEF-_", "done", taken: taken)
        #expect(response.status.code == 202)
        #expect(taken.all == ["abc.DEF-_:done"])
    }

    @Test func `refusals are problems`() async throws {
        try await post("/v1/callbacks/x", "", answer: .unknownToken).problem("unknown-callback", 404)
        try await post("/v1/callbacks/x", "", answer: .malformed("no JSON")).problem("malformed", 400)
        let response = try await post("/v1/callbacks/x", "", answer: .unavailable(retryAfterSeconds: 30))
        try response.problem("unavailable", 503)
        #expect(response.headers[.retryAfter] == "30")
    }

    @Test mutating func `a body beyond the bound is never handed over`() async throws {
        fixture.settings.callbackBytesMax = 10
        let taken = Calls()
        #expect(try await post("/v1/callbacks/x", "0123456789", taken: taken).status.code == 202)
        #expect(taken.all == ["x:0123456789"])
        try await post("/v1/callbacks/x", "0123456789a", taken: taken).problem("too-large", 413)
        #expect(taken.all == ["x:0123456789"])
    }

    @Test func `a callback takes no query and no other method`() async throws {
        try await post("/v1/callbacks/x?y=1", "").problem("invalid-query", 400)
        let server = fixture.worker { _, _, _ in .accepted }
        let response = try await server.shell.application.test(.router) { client in
            try await client.executeRequest(uri: "/v1/callbacks/x", method: .get, headers: [:], body: nil)
        }
        try response.problem("method-not-allowed", 405)
        #expect(response.headers[.allow] == "POST")
    }

    @Test func `a worker knows nothing of requests`() async throws {
        let server = fixture.worker { _, _, _ in .accepted }
        try await server.shell.application.test(.router) { client in
            for path in ["/v1/requests", "/v1/summary", "/v1/callbacks", "/v1/callbacks/"] {
                let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
                try response.problem("not-found", 404)
            }
            for path in ["/healthz", "/readyz", "/metrics"] {
                let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
                #expect(response.status == .ok)
            }
        }
    }

    @Test func `a token reaches neither the log nor the metrics`() async throws {
        _ = try await post("/v1/callbacks/s3cr3t", "s3cr3t", answer: .unknownToken)
        #expect(!fixture.log.text.contains("s3cr3t"))
        let metrics = String(decoding: fixture.metrics.registry.scrape(), as: UTF8.self)
        #expect(!metrics.contains("s3cr3t"))
        #expect(metrics.contains(#"{route="/v1/callbacks/{token}",method="POST",status="404"} 1"#))
    }
}
