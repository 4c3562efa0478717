import Contract
import Foundation
import HTTPTypes
import Hummingbird

/// Why a request was not answered as asked (RFC 9457). Holds nothing that the client sent.
public struct Problem: Error, Hashable, Sendable {
    /// The last part of the type's URI, `https://habeas.dev/problems/<slug>`: what a program decides by.
    public var slug: String
    /// The same for every problem of the type.
    public var title: String
    /// HTTP status code, 400...599.
    public var status: Int
    /// What to do about it, for people.
    public var detail: String?
    /// What else is wrong, or what is awaited, as the extension member `errors`.
    public var errors: [String] = []
    /// Seconds after which to ask again.
    public var retryAfterSeconds: Int?
    /// Methods that the path does take.
    var allow: [String] = []

    public init(slug: String, title: String, status: Int, detail: String? = nil) {
        precondition((400...599).contains(status), "a problem's status is 400...599")
        self.slug = slug
        self.title = title
        self.status = status
        self.detail = detail
    }

    public static let typeBase = "https://habeas.dev/problems/"

    static func notFound(_ detail: String) -> Problem {
        Problem(slug: "not-found", title: "Not found", status: 404, detail: detail)
    }

    static func methodNotAllowed(_ allow: [String]) -> Problem {
        var problem = Problem(
            slug: "method-not-allowed", title: "Method not allowed", status: 405,
            detail: "This address takes \(allow.joined(separator: ", ")) only.")
        problem.allow = allow
        return problem
    }

    static func invalidQuery(_ errors: [String]) -> Problem {
        var problem = Problem(
            slug: "invalid-query", title: "The query cannot be understood", status: 400,
            detail: errors.first)
        problem.errors = errors
        return problem
    }

    static let invalidCursor = Problem(
        slug: "invalid-cursor", title: "The cursor does not belong to this question", status: 400,
        detail: "Begin again without a cursor, or repeat the conditions that it was made with.")

    static let targetTooLong = Problem(
        slug: "target-too-long", title: "The address is too long", status: 414)

    static func tooLarge(bytesMax: Int) -> Problem {
        Problem(
            slug: "too-large", title: "The body is too large", status: 413,
            detail: "At most \(bytesMax) bytes are taken.")
    }

    static func notReady(_ awaited: [Awaited]) -> Problem {
        var problem = Problem(
            slug: "not-ready", title: "Not ready yet", status: 503,
            detail: "Waiting for \(awaited.map(\.name).joined(separator: ", ")).")
        problem.errors = awaited.map { [$0.name, $0.detail].compactMap(\.self).joined(separator: ": ") }
        problem.retryAfterSeconds = 1
        return problem
    }

    static func unhealthy(_ reason: String) -> Problem {
        Problem(slug: "unhealthy", title: "Not healthy", status: 503, detail: reason)
    }

    static let timedOut: Problem = {
        var problem = Problem(
            slug: "timeout", title: "The answer took too long", status: 503, detail: "Ask again later, or for less.")
        problem.retryAfterSeconds = 5
        return problem
    }()

    static let `internal` = Problem(
        slug: "internal", title: "Something went wrong here", status: 500,
        detail: "The log has an entry under the instance of this problem.")
}

extension Problem {
    /// - Parameter instance: names this occurrence; the log entry has it too.
    func response(instance: String) -> Response {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        json.name("type")
        json.string(Problem.typeBase + slug)
        json.name("title")
        json.string(title)
        json.name("status")
        json.integer(status)
        if let detail {
            json.name("detail")
            json.string(detail)
        }
        json.name("instance")
        json.string(instance)
        if !errors.isEmpty {
            json.name("errors")
            json.beginArray()
            for error in errors { json.string(error) }
            json.endArray()
        }
        json.endObject()
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if !allow.isEmpty { headers[.allow] = allow.joined(separator: ", ") }
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    static func newInstance() -> String { "urn:uuid:\(UUID().uuidString.lowercased())" }
}

/// Something that has to happen before a server can answer rightly.
public struct Awaited: Hashable, Sendable {
    /// Lower case, words joined by underscores: `assignment`, `restore`, `read_model`.
    public var name: String
    public var detail: String?

    public init(name: String, detail: String? = nil) {
        self.name = name
        self.detail = detail
    }
}
