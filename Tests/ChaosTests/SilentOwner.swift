import Foundation
import Synchronization

/// Listens on this machine, takes every connection, and never answers.
final class SilentOwner: Sendable {
    private let listener: Int32
    let port: Int
    private let connections = Mutex<[Int32]>([])

    struct CannotListen: Error {
        var number: Int32
    }

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1_024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw CannotListen(number: errno) }
        port = Int(in_port_t(bigEndian: address.sin_port))
        Thread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                connections.withLock { $0.append(connection) }
            }
        }.start()
    }

    /// Connections so far: a client that waits for an answer has one for each.
    var taken: Int { connections.withLock { $0.count } }
}
