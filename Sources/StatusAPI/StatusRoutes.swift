import Contract
import HTTPTypes
import Hummingbird

/// What the coordinator answers about requests. Statuses are passed on as the bytes that the coordinator wrote: nothing
/// is decoded only to be encoded again, and a field that this program does not know stays.
struct StatusRoutes: Sendable {
    let source: any StatusSource
    let settings: HTTPSettings
    let fault: @Sendable (any Error) -> QueryFault?

    static let states = [
        "in_progress", "on_hold", "completed", "completed_with_exceptions", "failed", "cancelled", "rejected",
    ]

    static let listParameters = ["state", "endpoint", "due_before", "subject_ref", "cursor", "limit"]

    var routes: [Route] {
        [
            Route(.get, "/v1/requests") { request, _ in try await list(request) },
            Route(.get, "/v1/requests/{id}") { request, id in try await one(request, id: id ?? "") },
            Route(.get, "/v1/summary") { request, _ in try await summary(request) },
        ]
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try listQuery(request)
        let page: StatusPage
        do {
            page = try await source.list(query)
        } catch {
            throw problem(for: error) ?? error
        }
        var json = JSONWriter(capacity: page.requests.reduce(256) { $0 + $1.count + 1 })
        json.beginObject()
        json.name("requests")
        json.beginArray()
        for status in page.requests { json.json(String(decoding: status, as: UTF8.self)) }
        json.endArray()
        json.name("next_cursor")
        if let cursor = page.nextCursor { json.string(cursor) } else { json.null() }
        json.name("as_of")
        json.string(page.asOf)
        json.endObject()
        return Self.answer(json.bytes, asOf: page.asOf)
    }

    func listQuery(_ request: Request) throws(Problem) -> StatusQuery {
        var parameters = try QueryParameters(request, known: Self.listParameters)
        var query = StatusQuery(limit: settings.pageRequestsDefault)
        query.state = parameters.choice("state", of: Self.states)
        query.endpoint = parameters.endpointID("endpoint")
        query.dueBeforeMs = parameters.time("due_before")
        query.subjectRef = parameters.subjectRef("subject_ref")
        query.cursor = parameters.opaque("cursor")
        query.limit = parameters.integer("limit", in: 1...settings.pageRequestsMax) ?? query.limit
        try parameters.finish()
        return query
    }

    private func problem(for error: any Error) -> Problem? {
        switch fault(error) {
        case nil: nil
        case .invalidCursor: .invalidCursor
        case .invalid(let reason): .invalidQuery([reason])
        }
    }

    private func one(_ request: Request, id: String) async throws -> Response {
        _ = try QueryParameters(request, known: [])
        guard let status = try await source.status(id: id) else {
            throw Problem.notFound("No request with this id is known, or its status has been forgotten.")
        }
        let timeline = try await source.timeline(id: id, limit: settings.timelineEventsMax)
        let events = Self.json(of: timeline)
        let tag = EntityTag(status: status.json, timeline: events)
        var response: Response
        if let tag, tag.matches(request.headers[values: .ifNoneMatch]) {
            response = Response(status: .notModified)
            response.headers[.contentLength] = nil
            response.headers[.asOf] = status.asOf
        } else {
            response = Self.answer(Self.splice(status, events), asOf: status.asOf)
        }
        response.headers[.eTag] = tag?.text
        // To be kept, but asked about each time: that is what the tag is for.
        response.headers[.cacheControl] = "private, no-cache"
        return response
    }

    private func summary(_ request: Request) async throws -> Response {
        _ = try QueryParameters(request, known: [])
        let summary = try await source.summary()
        var json = JSONWriter()
        json.beginObject()
        json.name("total")
        json.integer(summary.total)
        json.name("by_state")
        json.beginObject()
        for (state, count) in summary.byState.sorted(by: { $0.key < $1.key }) {
            json.name(escaping: state)
            json.integer(count)
        }
        json.endObject()
        json.name("as_of")
        json.string(summary.asOf)
        json.endObject()
        return Self.answer(json.bytes, asOf: summary.asOf)
    }

    private static func answer(_ json: [UInt8], asOf: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .asOf: asOf],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// The status with two more members in front of its last brace.
    private static func splice(_ status: StatusAnswer, _ timeline: [UInt8]) -> [UInt8] {
        var end = status.json.count
        while end > 0, status.json[end - 1] != UInt8(ascii: "}") { end -= 1 }
        var json: [UInt8] = []
        json.reserveCapacity(status.json.count + timeline.count + 64)
        json.append(contentsOf: status.json[..<max(end - 1, 0)])
        json.append(contentsOf: ",\"timeline\":".utf8)
        json.append(contentsOf: timeline)
        json.append(contentsOf: ",\"as_of\":\"\(status.asOf)\"}".utf8)
        return json
    }

    private static func json(of events: [TimelineDocument.EventDocument]) -> [UInt8] {
        var json = JSONWriter(capacity: 64 + events.count * 128)
        json.beginArray()
        for event in events {
            json.beginObject()
            json.name("time")
            json.string(event.time)
            json.name("event")
            json.string(event.event)
            append("task_id", event.taskID, to: &json)
            append("epoch", event.epoch, to: &json)
            append("attempt", event.attempt, to: &json)
            append("code", event.code, to: &json)
            append("command_id", event.commandID, to: &json)
            append("operator", event.operator, to: &json)
            append("reason", event.reason, to: &json)
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }

    private static func append(_ name: StaticString, _ value: String?, to json: inout JSONWriter) {
        guard let value else { return }
        json.name(name)
        json.string(value)
    }

    private static func append(_ name: StaticString, _ value: Int?, to json: inout JSONWriter) {
        guard let value else { return }
        json.name(name)
        json.integer(value)
    }
}

/// Why a source of statuses refused a question that the client could have asked rightly.
public enum QueryFault: Hashable, Sendable {
    case invalidCursor
    /// The sentence is shown to the client.
    case invalid(String)
}
