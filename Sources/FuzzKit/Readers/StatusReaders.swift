import Contract
import Foundation
import Logging
import ReadModel
import SagaKernel
import StatusAPI
import Synchronization
import Telemetry

/// The read model and the HTTP API: what the status topics bring, and what clients ask.
enum StatusReaders {
    static func all() throws -> [FuzzReader] { [try readModel(), query(), try http()] }

    static var quiet: Logger { Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() } }

    /// A status or a timeline record, and the questions that show what became of it. The header `key` is the record's
    /// key.
    static func readModel() throws -> FuzzReader {
        let model = try ReadModel(logger: quiet)
        let status = try Corpus.golden(.status)
        let timeline = try Corpus.golden(.timeline)
        func keyed(_ wires: [Wire]) -> [Wire] {
            wires.map { Wire(bytes: $0.value, headers: [("key", Corpus.idText)]) }
        }
        let mutator = Mutator(
            form: .json, seeds: keyed(status.all + timeline.all), right: keyed(status.right + timeline.right))
        let offset = Atomic<Int64>(0)
        return FuzzReader("read-model", share: 1, mutator: mutator) { input, verdict in
            let number = offset.add(1, ordering: .relaxed).newValue
            // A request of its own each time: else the highest version so far would hide what comes after it.
            let id = RequestID(high: Corpus.id.high, low: UInt64(number)).description
            func renamed(_ bytes: [UInt8]) -> [UInt8] {
                bytes.replacing(Array(Corpus.idText.utf8), with: Array(id.utf8))
            }
            let record = LogRecord(
                partition: 0, offset: number, timestampMs: number.isMultiple(of: 3) ? nil : number,
                key: renamed(input.headers.last { $0.name == "key" }?.value ?? []), value: input.value.map(renamed))
            do {
                try model.apply([record])
                try model.applyTimeline([record])
                if number.isMultiple(of: 2_000) { try model.reset() }
            } catch {
                return verdict.faults.append("the read model failed: \(error)")
            }
            let answers = Waiting.on { await Answers.of(model, id) }
            verdict.expect(answers.fault == nil, answers.fault ?? "")
            verdict.isAccepted = answers.newest == record.value
        }
    }

    private struct Answers: Sendable {
        var newest: [UInt8]?
        var fault: String?

        static func of(_ model: ReadModel, _ id: String) async -> Answers {
            do {
                let newest = try await model.status(id: id)?.json
                _ = try await model.timeline(id: id, limit: 10)
                let page = try await model.list(StatusQuery(limit: 3))
                let summary = try await model.summary()
                let isWhole = summary.total >= page.requests.count && summary.byState.values.allSatisfy { $0 >= 0 }
                return Answers(newest: newest, fault: isWhole ? nil : "the summary counts what is not there")
            } catch {
                return Answers(fault: "the read model failed: \(error)")
            }
        }
    }

    static let targets = [
        "/v1/requests?state=failed&endpoint=archive&due_before=2026-11-02T15%3A00%3A00Z&limit=10",
        "/v1/requests?subject_ref=hmac-sha256:\(String(repeating: "0a", count: 32))&cursor=AQAAAAAAAAAA",
        "/v1/requests/\(Corpus.idText)", "/v1/requests", "/v1/summary", "/v1/requests?state=in_progress",
    ]

    /// Path and query alone, as the server takes them apart.
    static func query() -> FuzzReader {
        let source = NoStatuses()
        return FuzzReader(
            "query", share: 10, mutator: Mutator(form: .query, seeds: targets.map(Corpus.wire))
        ) { input, verdict in
            let target = String(decoding: input.value ?? [], as: UTF8.self)
            do {
                let question = try StatusDoors.question(target: target, source: source)
                verdict.isAccepted = question != .unknown
                guard case .list(let query) = question else { return }
                let again = try StatusDoors.question(target: Self.target(of: query), source: source)
                verdict.expect(again == question, "another question when it is asked again")
            } catch let problem as Problem {
                verdict.tells(([problem.title, problem.detail ?? ""] + problem.errors).joined(separator: " "))
            } catch {
                verdict.faults.append("an odd error: \(type(of: error))")
            }
        }
    }

    private static func target(of query: StatusQuery) -> String {
        var parts = ["limit=\(query.limit)"]
        let texts = [
            ("state", query.state), ("endpoint", query.endpoint), ("subject_ref", query.subjectRef),
            ("cursor", query.cursor),
            ("due_before", query.dueBeforeMs.map { TimeText.text(Timestamp(milliseconds: $0)) }),
        ]
        for (name, text) in texts {
            guard let text else { continue }
            parts.append("\(name)=" + text.utf8.map { "%\(Mutator.hex($0))" }.joined())
        }
        return "/v1/requests?" + parts.joined(separator: "&")
    }

    /// The real server with a real read model, and bytes on a connection of their own.
    static func http() throws -> FuzzReader {
        let requests = targets.map { target in
            "GET \(target) HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: W/\"1.2-3\"\r\nAccept: */*\r\n\r\n"
        }
        let posts = [
            "POST /v1/requests HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "POST /v1/requests HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ]
        let mutator = Mutator(form: .query, seeds: (requests + posts).map(Corpus.wire))
        let server = RunningServer()
        return FuzzReader("http", share: 0, mutator: mutator) { input, verdict in
            do {
                let port = try server.port()
                let client = try RawClient(port: port)
                client.send(input.value ?? [])
                client.finish()
                let answer = try client.rest()
                verdict.isAccepted = answer.hasPrefix("HTTP/1.1 200")
                verdict.expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 "), "an answer that is no HTTP")
                verdict.expect(!answer.hasPrefix("HTTP/1.1 500"), "the server failed")
                // Each problem has a random number of its own, in which any four digits may stand.
                verdict.expect(!answer.contains("Canary"), "an answer with a value of the request")
            } catch {
                verdict.faults.append("the server does not answer: \(error)")
            }
        }
    }
}

/// Knows of no request.
private struct NoStatuses: StatusSource {
    private static let asOf = "2026-11-02T15:00:00Z"
    func status(id: String) async throws -> StatusAnswer? { nil }
    func timeline(id: String, limit: Int) async throws -> [TimelineDocument.EventDocument] { [] }
    func list(_ query: StatusQuery) async throws -> StatusPage {
        StatusPage(requests: [], nextCursor: nil, asOf: Self.asOf)
    }
    func summary() async throws -> StatusSummary { StatusSummary(total: 0, byState: [:], asOf: Self.asOf) }
}

/// A status server that is started with the first question and lives as long as the process.
private final class RunningServer: Sendable {
    private let bound = Mutex<Int?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    func port() throws -> Int {
        if let port = bound.withLock({ $0 }) { return port }
        let model = try ReadModel(logger: StatusReaders.quiet)
        let server = StatusServer(
            settings: HTTPSettings(address: ListenAddress(host: "127.0.0.1", port: 0)), source: model,
            metrics: HabeasMetrics(version: "0", role: "fuzz"), logger: StatusReaders.quiet, awaited: { [] },
            fault: Self.fault,
            onBound: { [self] port in
                bound.withLock { $0 = port }
                ready.signal()
            })
        Task { try await server.run() }
        guard ready.wait(timeout: .now() + 10) == .success, let port = bound.withLock({ $0 }) else {
            throw RawClient.Failure(what: "the server did not start")
        }
        return port
    }

    @Sendable private static func fault(_ error: any Error) -> QueryFault? {
        guard let error = error as? ReadModelError else { return nil }
        if case .invalidCursor = error { return .invalidCursor }
        return nil
    }
}
