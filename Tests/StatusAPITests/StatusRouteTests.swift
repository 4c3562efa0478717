import Contract
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import StatusAPI

@Suite struct StatusRouteTests {
    let fixture = Fixture()

    @Test func `a request is answered with its status, its timeline and its age`() async throws {
        let event = #"{"time":"2026-11-02T15:00:00Z","event":"acknowledged","epoch":1,"reason":"say \"no\""}"#
        let events = try JSONDecoder().decode(
            [TimelineDocument.EventDocument].self, from: Data("[\(event)]".utf8))
        fixture.source.change { $0.events = events }
        let response = try await fixture.get("/v1/requests/\(Fixture.id)")
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "application/json")
        #expect(response.headers[.asOf] == "2026-11-02T15:00:00Z")
        let status = Fixture.status.dropLast()
        #expect(response.text == #"\#(status),"timeline":[\#(event)],"as_of":"2026-11-02T15:00:00Z"}"#)
    }

    @Test func `white space behind a status does not harm the answer`() async throws {
        fixture.source.change { $0.statuses[Fixture.id] = Fixture.status + " \n" }
        #expect(try await fixture.get("/v1/requests/\(Fixture.id)").json()["as_of"] != nil)
    }

    @Test func `an unknown request is not found`() async throws {
        try await fixture.get("/v1/requests/00000000-0000-0000-0000-000000000000").problem("not-found", 404)
        try await fixture.get("/v1/requests/nonsense").problem("not-found", 404)
        try await fixture.get("/v1/requests/%ff").problem("not-found", 404)
    }

    @Test func `a percent-encoded id is the same id`() async throws {
        let encoded = Fixture.id.replacing("a", with: "%61")
        #expect(try await fixture.get("/v1/requests/\(encoded)").status == .ok)
    }

    @Test func `an answer that is known already is not sent again`() async throws {
        let first = try await fixture.get("/v1/requests/\(Fixture.id)")
        let tag = try #require(first.headers[.eTag])
        #expect(tag.hasPrefix("W/\"2.7-"))
        for value in [tag, "*", "\"x\", \(tag)", String(tag.dropFirst(2))] {
            let again = try await fixture.get("/v1/requests/\(Fixture.id)", headers: [.ifNoneMatch: value])
            #expect(again.status == .notModified, "\(value)")
            #expect(again.text.isEmpty)
            #expect(again.headers[.eTag] == tag)
            #expect(again.headers[.contentLength] == nil)
        }
        let other = try await fixture.get("/v1/requests/\(Fixture.id)", headers: [.ifNoneMatch: "W/\"2.6-0\""])
        #expect(other.status == .ok)
    }

    @Test(arguments: ["status", "timeline"])
    func `a change changes the tag`(what: String) async throws {
        let before = try await fixture.get("/v1/requests/\(Fixture.id)").headers[.eTag]
        let event = try JSONDecoder().decode(
            TimelineDocument.EventDocument.self, from: Data(#"{"time":"t","event":"ack_ignored"}"#.utf8))
        fixture.source.change { state in
            if what == "timeline" { state.events = [event] }
            if what == "status" {
                state.statuses[Fixture.id] = Fixture.status.replacing("\"version\":7", with: "\"version\":8")
            }
        }
        #expect(try await fixture.get("/v1/requests/\(Fixture.id)").headers[.eTag] != before)
    }

    @Test func `a list passes the statuses on as they are`() async throws {
        let odd = #"{ "request_id" : "x", "n": 1.50 }"#
        fixture.source.change {
            $0.page = StatusPage(
                requests: [Array(odd.utf8), Array(Fixture.status.utf8)], nextCursor: "abc",
                asOf: "2026-11-02T15:00:00Z")
        }
        let response = try await fixture.get("/v1/requests")
        #expect(
            response.text
                == #"{"requests":[\#(odd),\#(Fixture.status)],"next_cursor":"abc","as_of":"2026-11-02T15:00:00Z"}"#)
        fixture.source.change { $0.page.requests = [] }
        fixture.source.change { $0.page.nextCursor = nil }
        #expect(
            try await fixture.get("/v1/requests").text
                == #"{"requests":[],"next_cursor":null,"as_of":"2026-11-02T15:00:00Z"}"#)
    }

    @Test func `the conditions of a list reach the source`() async throws {
        let ref = "hmac-sha256:" + String(repeating: "0f", count: 32)
        try await fixture.get(
            "/v1/requests?state=failed&endpoint=telemetry-archive.1&due_before=2026-12-02T15%3A00%3A00Z"
                + "&subject_ref=\(ref)&cursor=a_b-c&limit=7")
        var query = StatusQuery(limit: 7)
        query.state = "failed"
        query.endpoint = "telemetry-archive.1"
        query.dueBeforeMs = 1_796_223_600_000
        query.subjectRef = ref
        query.cursor = "a_b-c"
        #expect(fixture.source.change { $0.queries } == [query])
    }

    @Test(arguments: [
        "", "?", "?&&", "?state=&endpoint=&due_before=&subject_ref=&cursor=&limit=", "?state", "?due_before",
    ])
    func `empty conditions are no conditions`(query: String) async throws {
        #expect(try await fixture.get("/v1/requests\(query)").status == .ok)
        #expect(fixture.source.change { $0.queries } == [StatusQuery(limit: 100)])
    }

    @Test func `a time may be written with an offset of nothing`() async throws {
        for offset in ["Z", "z", "+00:00", "%2B00:00", ".5Z"] {
            let response = try await fixture.get("/v1/requests?due_before=2026-12-02T15:00:00\(offset)")
            #expect(response.status == .ok, "\(offset)")
        }
    }

    @Test(arguments: [
        "state=Failed", "state=done", "state=failed&state=failed", "limit=0", "limit=1001", "limit=-1", "limit=1e2",
        "limit=%31%30%30%30%30", "limit=99999999999999999999", "limit=+5", "limit=٣", "due_before=tomorrow",
        "due_before=2026-13-02T15:00:00Z", "due_before=2026-12-02T15:00:00+01:00", "due_before=2026-12-02",
        "subject_ref=abc", "subject_ref=hmac-sha256:00", "endpoint=Registry", "endpoint=a%20b", "endpoint=%00",
        "device=contoso/thermostat-17", "State=failed", "state=%zz", "state=%ff", "=", "=failed", "%ff=1",
        "limit=5;state=failed",
    ])
    func `a query that is not understood is refused`(query: String) async throws {
        let problem = try await fixture.get("/v1/requests?\(query)").problem("invalid-query", 400)
        #expect((problem["errors"] as? [String])?.isEmpty == false)
        #expect(fixture.source.change { $0.queries }.isEmpty)
        let text = "\(problem)"
        #expect(!text.contains("thermostat") && !text.contains("contoso") && !text.contains("device"))
    }

    @Test func `every fault of a query is named at once`() async throws {
        let problem = try await fixture.get("/v1/requests?limit=0&state=x&nope=1&due_before=y").problem(
            "invalid-query", 400)
        #expect((problem["errors"] as? [String])?.count == 4)
    }

    @Test func `addresses without conditions take none`() async throws {
        try await fixture.get("/v1/summary?state=failed").problem("invalid-query", 400)
        try await fixture.get("/v1/requests/\(Fixture.id)?verbose=1").problem("invalid-query", 400)
        #expect(try await fixture.get("/v1/summary?").status == .ok)
    }

    @Test func `a source's refusal is the client's problem`() async throws {
        fixture.source.change { $0.error = SourceError.cursor }
        try await fixture.get("/v1/requests?cursor=abc").problem("invalid-cursor", 400)
        fixture.source.change { $0.error = SourceError.refused }
        let problem = try await fixture.get("/v1/requests").problem("invalid-query", 400)
        #expect(problem["errors"] as? [String] == ["not like that"])
    }

    @Test(arguments: ["/v1/requests", "/v1/requests/\(Fixture.id)", "/v1/summary"])
    func `a source's failure is ours, and says nothing`(path: String) async throws {
        fixture.source.change { $0.error = SourceError.broken }
        let problem = try await fixture.get(path).problem("internal", 500)
        #expect(!"\(problem)".contains("broken"))
        let instance = try #require(problem["instance"] as? String)
        #expect(fixture.log.text.contains(instance))
        #expect(fixture.log.text.contains("error a request was not answered"))
        #expect(fixture.log.text.contains("broken"))
    }

    @Test func `a summary counts by state`() async throws {
        let response = try await fixture.get("/v1/summary")
        #expect(
            response.text
                == #"{"total":3,"by_state":{"completed":1,"failed":2},"as_of":"2026-11-02T15:00:00Z"}"#)
        #expect(response.headers[.asOf] == "2026-11-02T15:00:00Z")
    }

    @Test func `an answer that takes too long is given up`() async throws {
        var fixture = fixture
        fixture.settings.requestTimeoutMs = 100
        fixture.source.change { $0.hangs = true }
        let response = try await fixture.get("/v1/summary")
        try response.problem("timeout", 503)
        #expect(response.headers[.retryAfter] == "5")
    }
}
