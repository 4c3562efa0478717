import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the API turned out to listen.
final class DemoPorts: Sendable {
    private struct State {
        var port: Int?
        var hasEnded = false
        var waiting: [CheckedContinuation<Int?, Never>] = []
    }

    private let state = Mutex(State())

    func bound(api port: Int) {
        resume { $0.port = port }
    }

    /// Nothing will listen any more.
    func end() {
        resume { $0.hasEnded = true }
    }

    /// nil when everything ended before the API listened.
    func api() async -> Int? {
        await withCheckedContinuation { continuation in
            let isDecided = state.withLock { state in
                if state.port != nil || state.hasEnded { return true }
                state.waiting.append(continuation)
                return false
            }
            if isDecided { continuation.resume(returning: state.withLock { $0.port }) }
        }
    }

    private func resume(_ change: (inout State) -> Void) {
        let (waiting, port) = state.withLock { state in
            change(&state)
            defer { state.waiting = [] }
            return (state.waiting, state.port)
        }
        for continuation in waiting { continuation.resume(returning: port) }
    }
}

/// A port that nobody listens on at the moment. Another process may take it in between; the demo then says that it
/// cannot listen.
enum FreePort {
    static func find() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { _ = Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard found else { throw POSIXError(.EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
