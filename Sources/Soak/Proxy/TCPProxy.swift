import Foundation

/// Stands between coordinators and a broker, and passes bytes on unchanged: at once, later, or never.
///
/// It rewrites nothing. The broker has a listener of its own for it, which advertises the proxy's port, so that clients
/// come back here whatever they are told.
final class TCPProxy: @unchecked Sendable {
    let policy: ProxyPolicy
    let port: UInt16
    private let listener: Int32
    private let target: (host: String, port: UInt16)
    // Guarded by `lock`.
    private var links: [ObjectIdentifier: ProxyLink] = [:]
    private var accepted = 0
    private var isOver = false
    private let lock = NSLock()

    /// - Parameters:
    ///   - port: where to listen on the loopback; 0 is a port that is free.
    ///   - host: of the broker, an IPv4 address in digits.
    init(listenOn port: UInt16, to host: String, _ targetPort: UInt16, policy: ProxyPolicy) throws {
        listener = try Socket.listen(port: port)
        self.port = try Socket.port(of: listener)
        target = (host, targetPort)
        self.policy = policy
    }

    /// Connections so far.
    var connections: Int { lock.withLock { accepted } }

    func start() {
        Thread { [self] in
            while let client = Socket.accept(listener) { open(client) }
            Socket.release(listener)
        }.start()
    }

    /// Cuts every connection; new ones are taken.
    func cutAll() {
        for link in lock.withLock({ Array(links.values) }) { link.cut() }
    }

    func end() {
        lock.withLock { isOver = true }
        policy.end()
        Socket.cut(listener)
        cutAll()
    }

    private func open(_ client: Int32) {
        let broker: Int32
        do {
            broker = try Socket.connect(host: target.host, port: target.port)
        } catch {
            // The client finds out as it would without a proxy: the connection is gone.
            Socket.release(client)
            return
        }
        let link = ProxyLink(client: client, broker: broker, policy: policy) { [weak self] link in
            self?.lock.withLock { _ = self?.links.removeValue(forKey: ObjectIdentifier(link)) }
        }
        let isTaken = lock.withLock {
            guard !isOver else { return false }
            links[ObjectIdentifier(link)] = link
            accepted += 1
            return true
        }
        guard isTaken else {
            Socket.release(client)
            Socket.release(broker)
            return
        }
        link.start()
    }
}
