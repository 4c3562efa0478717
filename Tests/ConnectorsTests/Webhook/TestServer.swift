import Foundation
import Synchronization

/// A real HTTP server on loopback that answers one request a connection, and can misbehave in ways in which a proper
/// server library would not.
final class TestServer: Sendable {
    struct Request: Sendable {
        var line: String
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    enum Reply: Sendable {
        case answer(Int, headers: [String] = [], body: String = "")
        case raw(String)
        /// Says so many bytes of a body that never ends, then nothing.
        case endless(head: String)
        case hangUp
        /// Nothing at all, until the server is closed.
        case silence
    }

    let port: UInt16
    private let listener: Int32
    private let handler: @Sendable (Request) -> Reply
    private let state = Mutex<(requests: [Request], held: [Int32], closed: Bool)>(([], [], false))

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }

    init(_ handler: @escaping @Sendable (Request) -> Reply) throws {
        self.handler = handler
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && listen(number, 64) == 0 && getsockname(number, $0, &length) == 0
            }
        }
        guard bound else { throw POSIXFault(number: errno) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    func close() {
        let held = state.withLock { state in
            defer { state = (state.requests, [], true) }
            return state.held
        }
        for number in held {
            shutdown(number, Int32(SHUT_RDWR))
            Foundation.close(number)
        }
        // Refuses connections from now on. Its thread closes it: a number that is free may be another server's at once,
        // whose connections that thread would take.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else {
                Foundation.close(listener)
                return
            }
            Thread.detachNewThread { [self] in serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        guard let request = Self.read(connection) else {
            Foundation.close(connection)
            return
        }
        state.withLock { $0.requests.append(request) }
        switch handler(request) {
        case .answer(let status, let headers, let body):
            let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
            Self.write(connection, lines.joined(separator: "\r\n") + "\r\n\r\n" + (status == 204 ? "" : body))
        case .raw(let text): Self.write(connection, text)
        case .endless(let head):
            Self.write(connection, head)
            return hold(connection)
        case .hangUp: break
        case .silence: return hold(connection)
        }
        Foundation.close(connection)
    }

    private func hold(_ connection: Int32) {
        let closed = state.withLock { state in
            if !state.closed { state.held.append(connection) }
            return state.closed
        }
        if closed { Foundation.close(connection) }
    }

    private static func write(_ connection: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let request = parse(all) { return request }
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            all += piece[..<count]
        }
    }

    /// nil until the whole request is there.
    private static func parse(_ all: [UInt8]) -> Request? {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = all.indices.first(where: { all[$0...].starts(with: separator) }) else { return nil }
        let lines = String(decoding: all[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (String(line[..<colon]), String(value))
        }
        let request = Request(line: lines[0], headers: headers, body: Array(all[(end + 4)...]))
        return request.body.count >= Int(request.header("content-length") ?? "0") ?? 0 ? request : nil
    }
}
