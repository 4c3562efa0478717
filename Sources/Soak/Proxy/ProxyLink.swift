import Foundation

/// One client's connection to the broker: a thread for each direction.
final class ProxyLink: @unchecked Sendable {
    private let client: Int32
    private let broker: Int32
    private let policy: ProxyPolicy
    private let onEnd: @Sendable (ProxyLink) -> Void
    // Guarded by `lock`: the descriptors are closed when both directions have ended, and touched no more after that.
    private var directions = 2
    private let lock = NSLock()

    init(
        client: Int32, broker: Int32, policy: ProxyPolicy, onEnd: @escaping @Sendable (ProxyLink) -> Void
    ) {
        self.client = client
        self.broker = broker
        self.policy = policy
        self.onEnd = onEnd
    }

    func start() {
        Thread { [self] in passRequests() }.start()
        Thread { [self] in passAnswers() }.start()
    }

    /// As a network does it: both sides find the connection gone.
    func cut() {
        lock.withLock {
            guard directions > 0 else { return }
            Socket.cut(client)
            Socket.cut(broker)
        }
    }

    /// Requests one by one: four bytes of length, then the API key.
    ///
    /// A request that is held back reaches the broker even if its client has given up meanwhile: so it is where the
    /// broker itself was slow, and that is the case which the proxy is for.
    private func passRequests() {
        defer { directionEnded() }
        while let head = Socket.read(client, exactly: 4) {
            let length = head.reduce(0) { $0 << 8 | Int($1) }
            guard (2...Self.requestBytesMax).contains(length), let body = Socket.read(client, exactly: length) else {
                break
            }
            policy.wait(ms: policy.holdMs(Int16(bitPattern: UInt16(body[0]) << 8 | UInt16(body[1]))))
            guard Socket.write(broker, head + body) else { break }
        }
        Socket.endWriting(broker)
    }

    /// What is longer is no request of Kafka's.
    private static let requestBytesMax = 256 << 20

    private func passAnswers() {
        defer { directionEnded() }
        var hasClient = true
        while true {
            let bytes = Socket.read(broker, atMost: 65_536)
            if bytes.isEmpty { break }
            // A client that is gone does not take from the broker what is still held back for it.
            if hasClient { hasClient = Socket.write(client, bytes) }
        }
        Socket.cut(client)
    }

    private func directionEnded() {
        let isOver = lock.withLock {
            directions -= 1
            guard directions == 0 else { return false }
            Socket.release(client)
            Socket.release(broker)
            return true
        }
        if isOver { onEnd(self) }
    }
}
