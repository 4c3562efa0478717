import HTTPTypes
import Hummingbird

/// One thing that a server answers.
struct Route: Sendable {
    typealias Handler = @Sendable (_ request: Request, _ parameter: String?) async throws -> Response

    var method: HTTPRequest.Method
    /// `/v1/requests/{id}`: at most one part is a parameter.
    var pattern: String
    var handler: Handler

    private var parts: [Substring]

    init(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
        parts = pattern.split(separator: "/")
    }

    /// A GET answers HEAD as well.
    var methods: [HTTPRequest.Method] { method == .get ? [.get, .head] : [method] }

    enum Match: Equatable {
        case no
        /// With the decoded value of the parameter, if the pattern has one.
        case yes(parameter: String?)
    }

    /// - Parameter path: still percent-encoded.
    func match(_ path: String) -> Match {
        let given = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), given.count == parts.count else { return .no }
        var parameter: String?
        for (part, text) in zip(parts, given) {
            if part.hasPrefix("{") {
                guard !text.isEmpty, let decoded = PercentEncoding.decoded(text) else { return .no }
                parameter = decoded
            } else if part != text {
                return .no
            }
        }
        return .yes(parameter: parameter)
    }
}

/// RFC 3986 percent-encoding.
enum PercentEncoding {
    /// nil for a malformed escape, or bytes that are not UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = digit(rest.next()), let low = digit(rest.next()) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        guard let byte else { return nil }
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return byte - UInt8(ascii: "A") + 10
        default: return nil
        }
    }
}
