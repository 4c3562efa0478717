import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A bare TCP connection to this machine: sends any bytes, and waits five seconds at most for an answer.
package final class RawClient {
    private let descriptor: Int32

    package struct Failure: Error { package var what: String }

    package init(port: Int) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "cannot connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// False when the other side has gone.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, noSignal)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Nothing more will be sent; answers may still come.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// One answer: its head, and as much body as `Content-Length` says. Empty when the connection is closed.
    package func answer() throws -> (head: String, body: String) {
        var bytes: [UInt8] = []
        while !bytes.ends(with: "\r\n\r\n".utf8) {
            guard let next = try read(1) else { break }
            bytes += next
        }
        let head = String(decoding: bytes, as: UTF8.self)
        var body: [UInt8] = []
        let length = head.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.output.1) } ?? 0
        while body.count < length {
            guard let next = try read(length - body.count) else { throw Failure(what: "the body is cut off") }
            body += next
        }
        return (head, String(decoding: body, as: UTF8.self))
    }

    /// Everything until the other side closes.
    package func rest() throws -> String {
        var bytes: [UInt8] = []
        while let next = try read(4_096) { bytes += next }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// nil when the other side has closed the connection.
    private func read(_ countMax: Int) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: countMax)
        let count = recv(descriptor, &buffer, countMax, 0)
        if count == 0 || count < 0 && errno == ECONNRESET { return nil }
        guard count > 0 else { throw Failure(what: "no answer within a minute") }
        return Array(buffer[..<count])
    }

    #if canImport(Glibc)
        private let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private let noSignal: Int32 = 0
    #endif
}

extension Array where Element == UInt8 {
    fileprivate func ends(with tail: String.UTF8View) -> Bool { suffix(tail.count).elementsEqual(tail) }
}
