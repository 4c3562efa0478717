import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Blocking TCP sockets on IPv4: as much of them as a proxy needs.
enum Socket {
    #if canImport(Glibc)
        private static let stream = Int32(SOCK_STREAM.rawValue)
        private static let withoutSignal = Int32(MSG_NOSIGNAL)
        private static let both = Int32(SHUT_RDWR)
        private static let writing = Int32(SHUT_WR)
    #else
        private static let stream = SOCK_STREAM
        private static let withoutSignal: Int32 = 0
        private static let both = SHUT_RDWR
        private static let writing = SHUT_WR
    #endif

    /// - Parameter port: 0 is one that is free.
    static func listen(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw SoakFailure.socket("socket", code: errno) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let bound = try withAddress("127.0.0.1", port) { bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, 128) == 0 else {
            let code = errno
            close(descriptor)
            throw SoakFailure.socket("listen on 127.0.0.1:\(port)", code: code)
        }
        return descriptor
    }

    static func port(of descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { throw SoakFailure.socket("getsockname", code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// - Parameter host: an IPv4 address in digits.
    static func connect(host: String, port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw SoakFailure.socket("socket", code: errno) }
        guard try withAddress(host, port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            close(descriptor)
            throw SoakFailure.socket("connect to \(host):\(port)", code: code)
        }
        withoutDelay(descriptor)
        return descriptor
    }

    static func accept(_ descriptor: Int32) -> Int32? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        withoutDelay(accepted)
        return accepted
    }

    /// What has come, at most `count` bytes; empty at the end of the stream and after an error.
    static func read(_ descriptor: Int32, atMost count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            repeat {
                let got = recv(descriptor, buffer.baseAddress, count, 0)
                if got >= 0 { filled = got } else if errno == EINTR { continue }
                return
            } while true
        }
    }

    /// Exactly `count` bytes; nil where the stream ends before.
    static func read(_ descriptor: Int32, exactly count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let more = read(descriptor, atMost: min(count - bytes.count, 65_536))
            if more.isEmpty { return nil }
            bytes += more
        }
        return bytes
    }

    /// - Returns: false where the other side is gone.
    static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = send(
                    descriptor, UnsafeRawBufferPointer(rebasing: buffer[sent...]).baseAddress, buffer.count - sent,
                    withoutSignal)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Says that nothing more will be written.
    static func endWriting(_ descriptor: Int32) { _ = shutdown(descriptor, writing) }
    /// Makes every call on it return.
    static func cut(_ descriptor: Int32) { _ = shutdown(descriptor, both) }
    static func release(_ descriptor: Int32) { close(descriptor) }

    private static func withoutDelay(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withAddress(
        _ host: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw SoakFailure.socket("\(host) is not an IPv4 address in digits", code: EINVAL)
        }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
