import Foundation
import Testing

@testable import habeas_soak

/// A server that gives back what it gets, and remembers it.
private final class EchoServer: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32
    // Guarded by `changed`.
    private var got: [UInt8] = []
    private let changed = NSCondition()

    init() throws {
        listener = try Socket.listen(port: 0)
        port = try Socket.port(of: listener)
        Thread { [self] in
            while let client = Socket.accept(listener) { Thread { [self] in echo(client) }.start() }
        }.start()
    }

    func end() { Socket.cut(listener) }

    private func echo(_ client: Int32) {
        while true {
            let bytes = Socket.read(client, atMost: 65_536)
            if bytes.isEmpty { break }
            changed.withLock {
                got += bytes
                changed.broadcast()
            }
            _ = Socket.write(client, bytes)
        }
        Socket.release(client)
    }

    /// What had come when it was at least so much, or when `seconds` were over.
    func bytes(atLeast count: Int, seconds: Double = 10) -> [UInt8] {
        let deadline = Date().addingTimeInterval(seconds)
        return changed.withLock {
            while got.count < count, changed.wait(until: deadline) {}
            return got
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ProxyTests {
    /// A request as it stands on the wire: length, API key, and something.
    private func request(_ key: Int16, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(body.count + 2)
        let head = [
            UInt8(length >> 24 & 0xFF), UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF),
        ]
        return head + [UInt8(UInt16(bitPattern: key) >> 8), UInt8(UInt16(bitPattern: key) & 0xFF)] + body
    }

    private func with(_ body: (EchoServer, TCPProxy, Int32) throws -> Void) throws {
        let server = try EchoServer()
        defer { server.end() }
        let proxy = try TCPProxy(listenOn: 0, to: "127.0.0.1", server.port, policy: ProxyPolicy(seed: 1))
        proxy.start()
        defer { proxy.end() }
        let client = try Socket.connect(host: "127.0.0.1", port: proxy.port)
        defer { Socket.release(client) }
        try body(server, proxy, client)
    }

    @Test func `bytes pass unchanged in both directions`() throws {
        try with { server, _, client in
            let all = (0..<50).flatMap { request(Int16($0), (0..<($0 * 997)).map { UInt8($0 & 0xFF) }) }
            Thread { _ = Socket.write(client, all) }.start()
            #expect(Socket.read(client, exactly: all.count) == all)
            #expect(server.bytes(atLeast: all.count) == all)
        }
    }

    @Test func `a request of a transaction is held back, and others are not`() throws {
        try with { server, proxy, client in
            proxy.policy.holdNext(ProxyPolicy.APIKey.endTxn, ms: 700)
            let fetch = request(1, [1, 2, 3])
            #expect(Socket.write(client, fetch))
            let began = ContinuousClock.now
            #expect(Socket.read(client, exactly: fetch.count) == fetch)
            #expect(ContinuousClock.now - began < .milliseconds(600))
            let end = request(ProxyPolicy.APIKey.endTxn, [4])
            #expect(Socket.write(client, end))
            #expect(Socket.read(client, exactly: end.count) == end)
            #expect(ContinuousClock.now - began >= .milliseconds(700))
            let again = ContinuousClock.now
            #expect(Socket.write(client, end))
            #expect(Socket.read(client, exactly: end.count) == end)
            #expect(ContinuousClock.now - again < .milliseconds(600), "only the next one is held back")
        }
    }

    @Test func `an EndTxn comes late although its client is gone`() throws {
        let server = try EchoServer()
        defer { server.end() }
        let proxy = try TCPProxy(listenOn: 0, to: "127.0.0.1", server.port, policy: ProxyPolicy(seed: 1))
        proxy.start()
        defer { proxy.end() }
        proxy.policy.holdNext(ProxyPolicy.APIKey.endTxn, ms: 500)
        let client = try Socket.connect(host: "127.0.0.1", port: proxy.port)
        let end = request(ProxyPolicy.APIKey.endTxn, [9, 9])
        #expect(Socket.write(client, end))
        Socket.release(client)
        #expect(server.bytes(atLeast: 1, seconds: 0.1).isEmpty)
        #expect(server.bytes(atLeast: end.count) == end)
    }

    @Test func `a cut ends a connection, and a new one passes`() throws {
        try with { _, proxy, client in
            let fetch = request(1, [1])
            #expect(Socket.write(client, fetch))
            #expect(Socket.read(client, exactly: fetch.count) == fetch)
            proxy.cutAll()
            #expect(Socket.read(client, atMost: 1).isEmpty)
            let next = try Socket.connect(host: "127.0.0.1", port: proxy.port)
            defer { Socket.release(next) }
            #expect(Socket.write(next, fetch))
            #expect(Socket.read(next, exactly: fetch.count) == fetch)
            #expect(proxy.connections == 2)
        }
    }

    @Test func `delays are drawn only for the requests that are meant, and end with their time`() {
        let policy = ProxyPolicy(seed: 1)
        policy.delay(ProxyPolicy.APIKey.ofTransactions, upToMs: 100, chancePercent: 100, forSeconds: 60)
        let holds = (0..<100).map { _ in policy.holdMs(ProxyPolicy.APIKey.txnOffsetCommit) }
        #expect(holds.contains { $0 > 50 } && holds.allSatisfy { $0 <= 100 })
        #expect(policy.holdMs(1) == 0)
        policy.delay(nil, upToMs: 100, chancePercent: 100, forSeconds: 0)
        #expect(policy.holdMs(ProxyPolicy.APIKey.endTxn) == 0)
        policy.clear()
        #expect(policy.holdMs(ProxyPolicy.APIKey.endTxn) == 0)
    }
}
