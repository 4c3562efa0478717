import Contract
import Foundation
import SagaKernel

/// What the HTTP client brought back.
struct HTTPReply: Hashable, Sendable {
    /// The status code.
    var code: Int
    var body: [UInt8]
    /// The server's clock, from its `Date` header.
    var date: String?

    init(code: Int, body: [UInt8], date: String? = nil) {
        self.code = code
        self.body = body
        self.date = date
    }
}

/// Why the status API has no answer.
enum StatusFailure: Error, Hashable, Sendable {
    /// Nobody listens, or nobody answered in time.
    case unreachable(url: String, reason: String)
    /// The API answered with an error: its title and detail.
    case problem(url: String, code: Int, text: String)
    /// The answer is not what the contract says: another program listens there, or another version.
    case unreadable(url: String)

    var message: String {
        switch self {
        case .unreachable(let url, let reason):
            "the status API at \(url) cannot be reached: \(reason). Is a coordinator running, and is --api (or "
                + "HABEAS_API) its address?"
        case .problem(let url, let code, let text): "the status API at \(url) answered \(code): \(text)"
        case .unreadable(let url):
            "what answers at \(url) is not a status API of this version. Is --api (or HABEAS_API) its address?"
        }
    }

    /// A question that the API does not take is the caller's; everything else is as if nobody had answered.
    var asCommandFailure: CommandFailure {
        if case .problem(_, 400..<500, _) = self { return .usage(message) }
        return .unreachable(message)
    }
}

/// Asks the status API.
struct StatusClient: Sendable {
    /// Without a slash at its end.
    var baseURL: String
    /// Fetches a path with its query. Throws a `StatusFailure`.
    var get: @Sendable (_ path: String) async throws -> HTTPReply

    /// One request with its timeline; nil where the id is unknown.
    func request(id: RequestID) async throws(StatusFailure) -> RequestAnswer? {
        let reply = try await fetch("/v1/requests/\(id)")
        do {
            try check(reply)
        } catch .problem(_, 404, _) {
            return nil
        }
        return try decode(RequestAnswer.self, reply.body).with(body: reply.body)
    }

    /// One page of requests.
    func requests(_ query: StatusQuery) async throws(StatusFailure) -> ListAnswer {
        let reply = try await fetch("/v1/requests" + StatusClient.text(of: query))
        try check(reply)
        return try decode(ListAnswer.self, reply.body).with(body: reply.body)
    }

    /// Every request that matches, page after page.
    func allRequests(_ query: StatusQuery) async throws(StatusFailure) -> [StatusDocument] {
        var query = query
        var all: [StatusDocument] = []
        repeat {
            let page = try await requests(query)
            all += page.requests
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return all
    }

    /// Any path: what the API says, whatever its code.
    func fetch(_ path: String) async throws(StatusFailure) -> HTTPReply {
        do {
            return try await get(path)
        } catch let failure as StatusFailure {
            throw failure
        } catch {
            throw .unreachable(url: baseURL, reason: "\(error)")
        }
    }

    private func check(_ reply: HTTPReply) throws(StatusFailure) {
        guard reply.code != 200 else { return }
        struct Problem: Decodable {
            var title: String?
            var detail: String?
        }
        let problem: Problem
        do {
            problem = try JSONDecoder().decode(Problem.self, from: Data(reply.body))
        } catch {
            // Proxies and other programs answer with pages of their own. That one knows no such address must not be
            // taken for the coordinator knowing no such request.
            guard reply.code >= 500 else { throw .unreadable(url: baseURL) }
            throw .problem(url: baseURL, code: reply.code, text: "without an explanation")
        }
        let text = [problem.title, problem.detail].compactMap(\.self).joined(separator: ": ")
        throw .problem(url: baseURL, code: reply.code, text: TextWidth.printable(text))
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(StatusFailure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw .unreadable(url: baseURL)
        }
    }

    /// `?state=failed&limit=100`.
    static func text(of query: StatusQuery) -> String {
        let dueBefore = query.dueBeforeMs.map { TimeText.text(Timestamp(milliseconds: $0)) }
        let items = [
            ("state", query.state), ("endpoint", query.endpoint), ("due_before", dueBefore),
            ("subject_ref", query.subjectRef), ("cursor", query.cursor), ("limit", String(query.limit)),
        ]
        let given = items.compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }
        return "?" + given.joined(separator: "&")
    }

    /// Everything but RFC 3986's unreserved characters is encoded.
    private static func percentEncoded(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        allowed.insert(charactersIn: "-._~")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}

/// What the API says of one request.
struct RequestAnswer: Decodable, Sendable {
    /// As it came.
    var body: [UInt8] = []
    var status: StatusDocument
    /// Oldest first.
    var timeline: [TimelineDocument.EventDocument]
    /// When the newest record that the answer knows of was written.
    var asOf: String?

    enum CodingKeys: String, CodingKey {
        case timeline
        case asOf = "as_of"
    }

    init(status: StatusDocument, timeline: [TimelineDocument.EventDocument] = [], asOf: String? = nil) {
        self.status = status
        self.timeline = timeline
        self.asOf = asOf
    }

    init(from decoder: any Decoder) throws {
        status = try StatusDocument(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        timeline = try container.decodeIfPresent([TimelineDocument.EventDocument].self, forKey: .timeline) ?? []
        asOf = try container.decodeIfPresent(String.self, forKey: .asOf)
    }

    fileprivate func with(body: [UInt8]) -> RequestAnswer {
        var copy = self
        copy.body = body
        return copy
    }

    var state: RequestState { RequestState(status.state) }
}

/// One page of requests.
struct ListAnswer: Decodable, Sendable {
    /// As it came.
    var body: [UInt8] = []
    var requests: [StatusDocument]
    /// nil on the last page.
    var nextCursor: String?
    var asOf: String?

    enum CodingKeys: String, CodingKey {
        case requests
        case nextCursor = "next_cursor"
        case asOf = "as_of"
    }

    fileprivate func with(body: [UInt8]) -> ListAnswer {
        var copy = self
        copy.body = body
        return copy
    }
}
