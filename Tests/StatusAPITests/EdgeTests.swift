import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Telemetry
import TestSeed
import Testing

@testable import StatusAPI

@Suite struct EdgeTests {
    var fixture = Fixture()

    @Test(arguments: [
        "/", "", "/v1", "/v2/requests", "/v1/requests/a/b", "/v1//requests", "/v1/requests/", "/metrics/x",
    ])
    func `nothing else is at home here`(path: String) async throws {
        try await fixture.get(path).problem("not-found", 404)
    }

    @Test func `a wrong method is told the right ones`() async throws {
        for method in [HTTPRequest.Method.post, .put, .delete, .options, HTTPRequest.Method("BREW")!] {
            let response = try await fixture.get("/v1/summary", method: method)
            try response.problem("method-not-allowed", 405)
            #expect(response.headers[.allow] == "GET, HEAD")
        }
    }

    @Test(arguments: ["/v1/summary", "/v1/requests", "/v1/requests/\(Fixture.id)", "/healthz", "/nowhere", "/metrics"])
    func `HEAD is GET without the body`(path: String) async throws {
        let get = try await fixture.get(path)
        let head = try await fixture.get(path, method: .head)
        #expect(head.status == get.status)
        #expect(head.text.isEmpty)
        #expect(head.headers[.contentType] == get.headers[.contentType])
        if path != "/metrics" { #expect(head.headers[.contentLength] == get.headers[.contentLength]) }
    }

    @Test(arguments: ["/v1/summary", "/nowhere", "/metrics", "/v1/requests?x=1"])
    func `every answer is kept from browsers`(path: String) async throws {
        let headers = try await fixture.get(path).headers
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
        #expect(headers[.referrerPolicy] == "no-referrer")
        #expect(headers[.cacheControl] == "no-store")
        #expect(headers[.server] == nil)
    }

    @Test func `an address that is too long is refused`() async throws {
        let long = "/v1/requests?cursor=" + String(repeating: "a", count: 5_000)
        try await fixture.get(long).problem("target-too-long", 414)
    }

    @Test mutating func `it is ready when nothing is awaited`() async throws {
        #expect(try await fixture.get("/readyz").text == #"{"status":"ready"}"#)
        fixture.awaited = { [Awaited(name: "restore", detail: "3 partitions"), Awaited(name: "read_model")] }
        let response = try await fixture.get("/readyz")
        let problem = try response.problem("not-ready", 503)
        #expect(problem["errors"] as? [String] == ["restore: 3 partitions", "read_model"])
        #expect(response.headers[.retryAfter] == "1")
        #expect(try await fixture.get("/healthz").status == .ok)
    }

    @Test mutating func `it is healthy until it says otherwise`() async throws {
        #expect(try await fixture.get("/healthz").text == #"{"status":"ok"}"#)
        fixture.illness = { "a lane has not moved for 60 s" }
        let problem = try await fixture.get("/healthz").problem("unhealthy", 503)
        #expect(problem["detail"] as? String == "a lane has not moved for 60 s")
    }

    @Test func `a scrape shows the answers that were given`() async throws {
        try await fixture.get("/v1/requests/\(Fixture.id)")
        try await fixture.get("/v1/requests/unknown")
        try await fixture.get("/secret-thermostat-17")
        try await fixture.get("/v1/summary", method: HTTPRequest.Method("BREW")!)
        let response = try await fixture.get("/metrics")
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        for series in [
            #"{route="/v1/requests/{id}",method="GET",status="200"} 1"#,
            #"{route="/v1/requests/{id}",method="GET",status="404"} 1"#,
            #"{route="none",method="GET",status="404"} 1"#,
            #"{route="/v1/summary",method="other",status="405"} 1"#,
        ] {
            #expect(response.text.contains("habeas_http_requests_total\(series)\n"), "\(series)")
        }
        #expect(!response.text.contains("thermostat") && !response.text.contains("BREW"))
    }

    @Test func `nothing that a client sends reaches the log or an answer`() async throws {
        var answers = ""
        for path in [
            "/v1/requests/thermostat-17", "/v1/requests?thermostat-17=1", "/v1/requests?state=thermostat-17",
            "/thermostat-17", "/v1/requests?cursor=thermostat-17&limit=thermostat-17",
        ] {
            let response = try await fixture.get(path, headers: [.userAgent: "thermostat-17"])
            answers += response.text + "\(response.headers)"
        }
        #expect(!answers.contains("thermostat"))
        #expect(!fixture.log.text.contains("thermostat"))
        #expect(fixture.log.text.contains("request answered"))
    }

    @Test func `odd addresses never make an error of ours`() async throws {
        let parts = [
            "state", "endpoint", "due_before", "subject_ref", "cursor", "limit", "=", "&", "?", "#", "%", "%00", "%ff",
            "%F0%9F%92%A9", "failed", "1", "0", "-1", "99999999999999999999", "2026-12-02T15:00:00Z", "hmac-sha256:",
            "..", "/", "//", "\u{1F4A9}", "\u{0301}", "+", ";", "\\", "\"", "<script>", " ", "\t", "[", "]", "{id}",
        ]
        try await fixture.server().shell.application.test(.router) { client in
            var random = SeededRandom(seed: 17)
            let starts = ["/v1/requests?", "/v1/requests/", "/v1/summary", "/", "/v1/requests"]
            for _ in 0..<3_000 {
                var uri = starts.randomElement(using: &random)!
                for _ in 0..<Int.random(in: 0...9, using: &random) { uri += parts.randomElement(using: &random)! }
                let response = try await client.executeRequest(uri: uri, method: .get, headers: [:], body: nil)
                #expect(response.status.code < 500, "\(uri)")
                if response.status.code >= 400 {
                    #expect(response.headers[.contentType] == "application/problem+json", "\(uri)")
                }
            }
        }
    }
}

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("localhost:0", "localhost", 0), ("[::1]:65535", "::1", 65535),
        ("0.0.0.0:80", "0.0.0.0", 80), ("coordinator-0.habeas.svc:8080", "coordinator-0.habeas.svc", 8080),
    ])
    func `a host and a port are read`(text: String, host: String, port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", "8080", ":8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:+1",
        "::1:8080", "http://localhost:8080", "a b:1", "localhost:80 ", "[::1]", "[]:1", "localhost:٣", "x@y:1",
    ])
    func `anything else is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `loopback is told from the rest`() {
        #expect(ListenAddress(host: "127.0.0.1", port: 1).isLoopback)
        #expect(ListenAddress(host: "::1", port: 1).isLoopback)
        #expect(!ListenAddress(host: "0.0.0.0", port: 1).isLoopback)
    }
}
