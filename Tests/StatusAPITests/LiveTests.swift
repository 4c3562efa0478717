import Foundation
import FuzzKit
import HTTPTypes
import Logging
import ServiceLifecycle
import Synchronization
import TestSeed
import Testing

@testable import StatusAPI

@Suite(.serialized) struct LiveTests {
    var fixture = Fixture()

    /// Runs a server in a service group, and ends it the way that a process is ended.
    private func live(
        _ make: (@escaping @Sendable (Int) -> Void) -> any Service, _ body: (Int, ServiceGroup) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let service = make { continuation.yield($0) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [service], logger: fixture.log.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            for await port in ports {
                try await body(port, group)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func status(_ body: (Int, ServiceGroup) async throws -> Void) async throws {
        try await live({ fixture.server(onBound: $0) }, body)
    }

    @Test func `it says the port that the system chose`() async throws {
        let server = fixture.server()
        #expect(server.port == nil)
        try await status { port, _ in #expect(port > 0) }
    }

    @Test func `one connection carries many answers`() async throws {
        try await status { port, _ in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send("GET /v1/requests/\(Fixture.id) HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try client.answer()
                #expect(answer.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.body.hasSuffix(#""as_of":"2026-11-02T15:00:00Z"}"#))
            }
            client.send("HEAD /v1/summary HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = try client.answerTwice()
            #expect(text.contains(#"{"status":"ok"}"#))
            #expect(!text.contains("by_state"))
        }
    }

    @Test func `an answer that is known already has no body on the wire`() async throws {
        try await status { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /v1/requests/\(Fixture.id) HTTP/1.1\r\nHost: x\r\n\r\n")
            let tag = try #require(try client.answer().head.firstMatch(of: /(?i)etag: (.+)\r\n/)).output.1
            client.send("GET /v1/requests/\(Fixture.id) HTTP/1.1\r\nHost: x\r\nIf-None-Match: \(tag)\r\n\r\n")
            client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = try client.rest()
            let heads = text.components(separatedBy: "HTTP/1.1 ")
            #expect(heads.count == 3)
            #expect(heads[1].hasPrefix("304 Not Modified\r\n") && heads[1].hasSuffix("\r\n\r\n"))
            #expect(!heads[1].lowercased().contains("transfer-encoding"))
        }
    }

    @Test(arguments: [
        "\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /\u{1F4A9} HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{03}\u{01}\u{02}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET :///?# HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
    func `bytes that are no request do no harm`(bytes: String) async throws {
        try await status { port, _ in
            let odd = try RawClient(port: port)
            odd.send(bytes)
            odd.finish()
            #expect(!(try odd.rest()).contains(" 50"))
            try expectWell(port)
        }
    }

    @Test func `headers beyond the bound are refused`() async throws {
        try await status { port, _ in
            let client = try RawClient(port: port)
            client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "a", count: 40_000))\r\n\r\n")
            client.finish()
            #expect(!(try client.rest()).contains("200 OK"))
            try expectWell(port)
        }
    }

    @Test func `random bytes do no harm`() async throws {
        try await status { port, _ in
            var random = SeededRandom(seed: 3)
            let request = Array("GET /v1/requests?state=failed&limit=3 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n".utf8)
            for _ in 0..<200 {
                var bytes = request
                for _ in 0...Int.random(in: 0...3, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let client = try RawClient(port: port)
                client.send(bytes)
                client.finish()
                let text = try client.rest()
                #expect(!text.hasPrefix("HTTP/1.1 5"), "\(bytes)")
            }
            try expectWell(port)
        }
    }

    @Test func `a shutdown ends idle connections and lets an answer finish`() async throws {
        fixture.source.change { $0.hangs = true }
        var fixture = fixture
        fixture.settings.requestTimeoutMs = 300
        let server = fixture
        try await live({ server.server(onBound: $0) }) { port, group in
            let idle = try RawClient(port: port)
            idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try idle.answer().body == #"{"status":"ok"}"#)
            let busy = try RawClient(port: port)
            busy.send("GET /v1/summary HTTP/1.1\r\nHost: x\r\n\r\n")
            // Before its request is read, its connection is an idle one too.
            let deadline = ContinuousClock.now + .seconds(20)
            while server.source.change({ $0.hanging }) == 0, ContinuousClock.now < deadline { await Task.yield() }
            #expect(server.source.change { $0.hanging } == 1)
            await group.triggerGracefulShutdown()
            #expect(try idle.rest().isEmpty)
            #expect(try busy.answer().head.hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test func `a shutdown does not wait for ever for an answer`() async throws {
        fixture.source.change { $0.hangs = true }
        var fixture = fixture
        fixture.settings.requestTimeoutMs = 600_000
        fixture.settings.shutdownMs = 100
        let server = fixture
        let clock = ContinuousClock()
        let began = clock.now
        try await live({ server.server(onBound: $0) }) { port, group in
            let busy = try RawClient(port: port)
            busy.send("GET /v1/summary HTTP/1.1\r\nHost: x\r\n\r\n")
            let other = try RawClient(port: port)
            other.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try other.answer()
            await group.triggerGracefulShutdown()
            #expect(!(try busy.rest()).contains("200 OK"))
        }
        #expect(clock.now - began < .seconds(20))
    }

    @Test func `an address that is taken is an error that names it`() async throws {
        try await status { port, _ in
            var second = fixture
            second.settings.address.port = port
            let error = await #expect(throws: HTTPServerError.self) { try await second.server().run() }
            #expect("\(String(describing: error))".contains("127.0.0.1:\(port)"))
        }
    }

    @Test func `a callback reaches its taker over the wire`() async throws {
        let seen = Mutex<(String, [UInt8], String?)?>(nil)
        try await live({ onBound in
            fixture.worker(onBound: onBound) { token, body, headers in
                seen.withLock { $0 = (token, body, headers["x-signature"]) }
                return .accepted
            }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send(
                "POST /v1/callbacks/t%2Fk HTTP/1.1\r\nHost: x\r\nX-Signature: s\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("3\r\n{\"a\r\n5\r\n\":42}\r\n0\r\n\r\n")
            #expect(try client.answer().head.hasPrefix("HTTP/1.1 202 Accepted\r\n"))
            let taken = seen.withLock { $0 }
            #expect(taken?.0 == "t/k" && taken?.1 == Array(#"{"a":42}"#.utf8) && taken?.2 == "s")
        }
    }

    @Test func `a body that grows beyond the bound is refused, whatever it said of itself`() async throws {
        var fixture = fixture
        fixture.settings.callbackBytesMax = 10
        let worker = fixture
        let isTaken = Mutex(false)
        try await live({ onBound in
            worker.worker(onBound: onBound) { _, _, _ in
                isTaken.withLock { $0 = true }
                return .accepted
            }
        }) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST /v1/callbacks/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("b\r\n0123456789a\r\n0\r\n\r\n")
            #expect(try client.answer().head.hasPrefix("HTTP/1.1 413 "))
        }
        #expect(!isTaken.withLock { $0 })
    }

    private func expectWell(_ port: Int) throws {
        let client = try RawClient(port: port)
        client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.answer().body == #"{"status":"ok"}"#)
    }
}

extension RawClient {
    /// Two answers, of which the first, to a HEAD, has no body whatever its length says.
    fileprivate func answerTwice() throws -> String {
        finish()
        return try rest()
    }
}
