import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// What a server answered, read to its end.
public struct HTTPAnswer: Sendable {
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var status: Int
    public var headers: [Header]
    public var body: [UInt8]

    /// The first header of this name, whatever the case of its letters.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why there is no answer.
public enum HTTPFault: Error, Hashable, Sendable {
    /// Not an `http` or `https` address with a host.
    case badAddress
    /// Nothing, or not everything, came within the time given.
    case timeout
    /// The answer's body is longer than the limit.
    case bodyTooLarge
    /// No connection, or it broke; `reason` names the kind of failure and no address.
    case unreachable(reason: String)
    case cancelled
}

/// One request, one answer, one deadline. Redirects are answers like others: they are not followed.
struct HTTPExchange: Sendable {
    private let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        // Whoever asked decides about another attempt, and knows how long to wait for it.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    struct Call: Sendable {
        var url: String
        var headers: [(name: String, value: String)] = []
        /// With a body it is a POST, without a GET.
        var body: [UInt8]?
        var timeoutMs: Int64
        var bodyBytesMax: Int
    }

    func send(_ call: Call) async throws(HTTPFault) -> HTTPAnswer {
        var request = HTTPClientRequest(url: call.url)
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        if let body = call.body {
            request.method = .POST
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            return try await answer(to: request, call)
        } catch let fault as HTTPFault {
            throw fault
        } catch {
            throw Self.fault(error)
        }
    }

    /// The client's own deadline ends with the head of the answer; this one covers the body too.
    private func answer(to request: HTTPClientRequest, _ call: Call) async throws -> HTTPAnswer {
        let client = client
        return try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
            group.addTask {
                let response = try await client.execute(request, timeout: .milliseconds(call.timeoutMs))
                let body = try await response.body.collect(upTo: call.bodyBytesMax)
                return HTTPAnswer(
                    status: Int(response.status.code),
                    headers: response.headers.map { HTTPAnswer.Header(name: $0.name, value: $0.value) },
                    body: Array(body.readableBytesView))
            }
            group.addTask {
                try await Task.sleep(for: .milliseconds(call.timeoutMs))
                throw HTTPFault.timeout
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw HTTPFault.cancelled }
            return first
        }
    }

    func close() async {
        do { try await client.shutdown() } catch {
            // It says so when it is closed already: then it is what was asked for.
        }
    }

    private static func fault(_ error: any Error) -> HTTPFault {
        switch error {
        case is CancellationError: .cancelled
        case is NIOTooManyBytesError: .bodyTooLarge
        case let error as HTTPClientError: fault(error)
        default: .unreachable(reason: "\(type(of: error))")
        }
    }

    private static func fault(_ error: HTTPClientError) -> HTTPFault {
        switch error {
        case .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout,
            .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout:
            .timeout
        case .cancelled: .cancelled
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath: .badAddress
        default:
            // Its short description names the kind and nothing of the request.
            .unreachable(reason: error.shortDescription)
        }
    }
}
