import Contract
import Crypto
import Foundation
import SagaKernel
import Synchronization
import Testing

@testable import Connectors

@Suite struct WebhookTests {
    static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    static let callbackKey = [UInt8](repeating: 7, count: 32)
    static let now = Timestamp(milliseconds: 1_793_000_000_000)

    private func configuration(callback: Bool = true) -> WebhookConfiguration {
        WebhookConfiguration(
            secrets: ["owner": Self.secret], callbackBase: callback ? "https://worker.example:8443/habeas" : nil,
            callbackKey: callback ? Self.callbackKey : nil)
    }

    private func perform(
        _ task: WorkerTask, configuration: WebhookConfiguration? = nil
    ) async throws -> Acknowledgement.Verdict {
        let connector = try WebhookConnector(configuration: configuration ?? self.configuration()) { Self.now }
        let verdict = await connector.perform(task)
        await connector.close()
        return verdict
    }

    private func task(_ server: TestServer, _ action: TaskAction = .erase, more: String = "") -> WorkerTask {
        TaskMaking.task(
            action,
            settings: #"{"url":"\#(server.url)/privacy?x=1","secret_name":"owner"\#(more.isEmpty ? "" : ",")\#(more)}"#)
    }

    private func answered(
        _ reply: TestServer.Reply, _ action: TaskAction = .erase, more: String = ""
    ) async throws -> Acknowledgement.Verdict {
        let server = try TestServer { _ in reply }
        defer { server.close() }
        return try await perform(task(server, action, more: more))
    }

    @Test func `a task goes out as the contract's JSON, signed over the bytes that were sent`() async throws {
        let server = try TestServer { _ in .answer(200, body: #"{"status":"completed","outcome":"erased"}"#) }
        defer { server.close() }
        var task = task(server, more: #""headers":{"X-Team":"privacy"}"#)
        task.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        task.subjects = [
            Subject(
                hub: TaskMaking.hub, deviceID: "d%1'*", moduleID: "m",
                aliases: [.init(identityType: "serial_number", identityValue: "S")])
        ]
        #expect(try await perform(task).completion?.outcome == .erased)
        let request = try #require(server.requests.first)
        #expect(request.line == "POST /privacy?x=1 HTTP/1.1")
        let signature = try #require(request.header("habeas-signature"))
        let seconds = Self.now.milliseconds / 1_000
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(seconds).".utf8) + request.body, using: SymmetricKey(data: Self.secret))
        #expect(signature == "t=\(seconds),v1=\(code.map { String(format: "%02x", $0) }.joined())")
        #expect(request.header("habeas-task-id") == task.taskID)
        #expect(request.header("idempotency-key") == "\(task.taskID)/1")
        #expect(request.header("traceparent") == task.traceparent)
        #expect(request.header("x-team") == "privacy")
        #expect(request.header("content-type") == "application/json")
        let read = request.body.withUnsafeBytes { TaskReader().read(value: $0, headers: .init(start: nil, count: 0)) }
        var expected = task
        expected.traceparent = nil
        #expect(try read.get() == expected)
    }

    @Test func `an answer with an acknowledgement is the acknowledgement`() async throws {
        let body = #"""
            {"task_id":"\#(TaskMaking.requestID)/archive/erase","epoch":1,"status":"completed","outcome":"erased",
             "record_count":3,"method":"sql","artifacts":[{"uri":"https://x/1","bytes":5}],"evidence":{"job":"77"}}
            """#
        let completion = try #require(try await answered(.answer(200, body: body)).completion)
        #expect(completion.recordCount == 3)
        #expect(completion.verified == .selfReported)
        #expect(completion.artifacts == [Artifact(uri: "https://x/1", bytes: 5)])
        #expect(completion.evidence == [Evidence(name: "job", value: "77")])
        let pending = #"{"status":"pending","reason":"operation_running","continuation":"c"}"#
        let wait = try #require(try await answered(.answer(200, body: pending)).wait)
        #expect(wait.resumeAt == Self.now.adding(milliseconds: 3_600_000))
        #expect(wait.continuation == "c")
        let failed = #"{"status":"failed","error":{"code":"new_one","retryable":true,"retry_after":"PT2M"}}"#
        let verdict = try await answered(.answer(200, body: failed))
        #expect(verdict.failure?.code == .internal)
        #expect(verdict.retryAfterMs == 120_000)
    }

    @Test(arguments: [
        "", "OK", "[]", "{}", #"{"status":"done"}"#, #"{"status":"completed"}"#,
        #"{"status":"completed","outcome":"exported"}"#, #"{"status":"completed","outcome":"erased","epoch":2}"#,
        #"{"status":"completed","outcome":"erased","task_id":"other"}"#,
        #"{"status":"completed","outcome":"erased","outcome":"erased"}"#,
        #"{"status":"completed","outcome":"erased","record_count":-1}"#,
        #"{"status":"pending","reason":"soon"}"#, #"{"status":"pending","reason":"retention","resume_at":"soon"}"#,
        #"{"status":"failed","error":{"code":"conflict"}}"#,
    ]) func `a 200 that does not say what was done is not taken for done`(body: String) async throws {
        let failure = try #require(try await answered(.answer(200, body: body)).failure)
        #expect(failure.code == .internal)
        #expect(failure.retryable)
        #expect(!failure.detail.hasSuffix("-1") && !failure.detail.contains("soon"))
    }

    @Test(arguments: [
        (201, TaskErrorCode.internal, true), (204, .internal, true), (301, .unsupported, false),
        (307, .unsupported, false), (400, .invalidTask, false), (401, .unauthorized, false), (403, .forbidden, false),
        (405, .invalidTask, false), (408, .timeout, true), (409, .conflict, true), (425, .unavailable, true),
        (500, .unavailable, true), (501, .unsupported, false), (502, .unavailable, true),
        (503, .unavailable, true), (504, .unavailable, true),
    ]) func `each status has its error`(status: Int, code: TaskErrorCode, retryable: Bool) async throws {
        let verdict = try await answered(
            .answer(status, headers: ["Retry-After: 90", "Location: http://127.0.0.1:1/"], body: "no"))
        #expect(verdict.failure?.code == code)
        #expect(verdict.failure?.retryable == retryable)
        #expect(verdict.retryAfterMs == (retryable ? 90_000 : nil))
    }

    @Test func `a redirect is not followed`() async throws {
        let other = try TestServer { _ in .answer(200, body: #"{"status":"completed","outcome":"erased"}"#) }
        defer { other.close() }
        let verdict = try await answered(.answer(307, headers: ["Location: \(other.url)/"]))
        #expect(verdict.failure?.code == .unsupported)
        #expect(other.requests.isEmpty)
    }

    @Test func `an owner who has too much to do is asked again when they say, at no cost`() async throws {
        let said = try await answered(.answer(429, headers: ["Retry-After: 90"]))
        #expect(said.wait?.reason == .throttled)
        #expect(said.wait?.resumeAt == Self.now.adding(milliseconds: 90_000))
        let open = try await answered(.answer(429))
        #expect(open.wait?.resumeAt == Self.now.adding(milliseconds: 60_000))
    }

    @Test func `an address that is not there completes nothing by itself`() async throws {
        for action in TaskAction.allCases {
            let failure = try #require(try await answered(.answer(404), action).failure)
            #expect(failure.code == .notFound)
            #expect(!failure.retryable)
        }
    }

    @Test(arguments: [404, 410]) func `what is not there counts as absent where the endpoint says so`(
        status: Int
    ) async throws {
        let more = status == 404 ? #""absent_statuses":[404]"# : ""
        for (action, outcome) in [(TaskAction.erase, Outcome.alreadyAbsent), (.export, .noData), (.verify, .absent)] {
            let completion = try #require(try await answered(.answer(status), action, more: more).completion)
            #expect(completion.outcome == outcome)
            #expect(completion.verified == .selfReported)
        }
        let strict = try await answered(.answer(status), more: #""absent_statuses":[]"#)
        #expect(strict.failure?.code == .notFound)
        #expect(strict.failure?.retryable == false)
    }

    @Test func `an accepted task waits for the time that its owner gives, or for the owner`() async throws {
        let seconds = try await answered(.answer(202, headers: ["Retry-After: 120"]))
        #expect(seconds.wait?.reason == .operationRunning)
        #expect(seconds.wait?.resumeAt == Self.now.adding(milliseconds: 120_000))
        let date = try await answered(.answer(202, headers: ["Retry-After: Mon, 26 Oct 2026 16:35:20 GMT"]))
        #expect(date.wait?.resumeAt == TimeText.parse("2026-10-26T16:35:20Z"))
        let open = try await answered(.answer(202), more: #""poll_seconds":60"#)
        #expect(open.wait?.reason == .awaitingOwner)
        #expect(open.wait?.resumeAt == Self.now.adding(milliseconds: 60_000))
    }

    @Test func `connections that fail and answers that do not come are worth another attempt`() async throws {
        let closed = try TestServer { _ in .hangUp }
        let task = task(closed)
        #expect(try await perform(task).failure?.code == .unavailable)
        closed.close()
        #expect(try await perform(task).failure?.code == .unavailable)
        let silent = try await answered(.silence, more: #""timeout_seconds":1"#)
        #expect(silent.failure?.code == .timeout)
        #expect(silent.failure?.retryable == true)
        let start = ContinuousClock.now
        let stuck = try await answered(
            .endless(head: "HTTP/1.1 200 X\r\nContent-Length: 50\r\n\r\n{"), more: #""timeout_seconds":1"#)
        #expect(stuck.failure?.code == .timeout)
        #expect(start.duration(to: .now) < .seconds(15))
        #expect(try await answered(.raw("nonsense\r\n\r\n")).failure?.code == .unavailable)
    }

    @Test func `an answer without end is not read to the end`() async throws {
        let server = try TestServer { _ in .answer(200, body: String(repeating: "x", count: 5_000)) }
        defer { server.close() }
        var configuration = configuration()
        configuration.responseBytesMax = 1_024
        let failure = try await perform(task(server), configuration: configuration).failure
        #expect(failure?.code == .internal)
        #expect(failure?.detail == "the answer is longer than is read")
    }

    @Test(arguments: [
        (#"{"url":"http://privacy.example/","secret_name":"owner"}"#, "settings.url"),
        (#"{"url":"http://127.0.0.1.example/","secret_name":"owner"}"#, "settings.url"),
        (#"{"url":"http://127.0.0.1\\@privacy.example/","secret_name":"owner"}"#, "settings.url"),
        (#"{"url":"https://user:word@privacy.example/","secret_name":"owner"}"#, "settings.url"),
        (#"{"url":"ftp://privacy.example/","secret_name":"owner"}"#, "settings.url"),
        (#"{"url":"https://privacy.example/","secret_name":"other"}"#, "settings.secret_name"),
        (#"{"url":"https://privacy.example/"}"#, "settings.secret_name"),
        (#"{"url":"https://x/","secret_name":"owner","headers":{"Host":"y"}}"#, "settings.headers"),
        (#"{"url":"https://x/","secret_name":"owner","headers":{"A":"b\r\nC: d"}}"#, "settings.headers"),
        (#"{"url":"https://x/","secret_name":"owner","headers":{"habeas-x":"b"}}"#, "settings.headers"),
        (#"{"url":"https://x/","secret_name":"owner","absent_statuses":[500]}"#, "settings.absent_statuses"),
        (#"{"url":"https://x/","secret_name":"owner","timeout_seconds":0}"#, "settings.timeout_seconds"),
        (#"{"url":"https://x/","secret_name":"owner","secret":"s"}"#, "settings.secret"),
    ]) func `settings that are unsafe or unknown are refused by their key`(json: String, key: String) async throws {
        let failure = try #require(try await perform(TaskMaking.task(.erase, settings: json)).failure)
        #expect(failure.code == .invalidTask)
        #expect(!failure.retryable)
        #expect(failure.detail.hasPrefix(key))
    }

    @Test func `weak keys and half a callback configuration are refused at the start`() {
        #expect(throws: ConnectorFault.weakKey(setting: "webhook_secrets")) {
            try WebhookConnector(configuration: WebhookConfiguration(secrets: ["a": [1, 2, 3]]))
        }
        #expect(throws: ConnectorFault.weakKey(setting: "callback_key")) {
            try WebhookConnector(configuration: WebhookConfiguration(secrets: [:], callbackBase: "https://x"))
        }
        #expect(throws: ConnectorFault.badAddress(setting: "callback_base")) {
            try WebhookConnector(
                configuration: WebhookConfiguration(
                    secrets: [:], callbackBase: "http://x.example", callbackKey: Self.callbackKey))
        }
    }

    @Test func `a late answer finds its way from the address alone`() async throws {
        let server = try TestServer { _ in .answer(202) }
        defer { server.close() }
        let task = task(server)
        _ = try await perform(task)
        let address = try #require(server.requests.first?.header("habeas-callback"))
        let prefix = "https://worker.example:8443/habeas/v1/callbacks/"
        #expect(address.hasPrefix(prefix))
        let token = String(address.dropFirst(prefix.count))
        #expect(!token.contains("dev1"))
        let published = Mutex<[(WorkerTask, Acknowledgement.Verdict)]>([])
        let handler = try CallbackHandler(configuration: configuration(), now: { Self.now }) { task, verdict in
            published.withLock { $0.append((task, verdict)) }
        }
        let body = Array(
            #"{"task_id":"\#(task.taskID)","epoch":1,"status":"completed","outcome":"erased","record_count":2}"#.utf8)
        let signature = WebhookSignature.header(body: body, secret: Self.secret, now: Self.now)
        #expect(await handler.handle(token: token, signature: signature, body: body) == .accepted)
        let (published1, verdict) = try #require(published.withLock { $0 }.first)
        #expect(verdict.completion?.recordCount == 2)
        #expect(published1.taskID == task.taskID)
        #expect(published1.requestID == task.requestID)
        #expect((published1.epoch, published1.attempt) == (1, 1))
        #expect((published1.replyTopic, published1.replyPartition) == ("habeas.acks", 3))
    }

    @Test func `a late answer is refused without the right token, signature, time or content`() async throws {
        let task = TaskMaking.task(.erase, settings: "{}")
        let token = CallbackToken(
            task: task, secretName: "owner", expires: Self.now.adding(milliseconds: 1_000)
        ).text(key: Self.callbackKey)
        let clock = Mutex(Self.now)
        let published = Mutex(0)
        let handler = try CallbackHandler(
            configuration: configuration(), now: { clock.withLock { $0 } },
            publish: { _, _ in published.withLock { $0 += 1 } })
        let ids = #""task_id":"\#(TaskMaking.requestID)/archive/erase","epoch":1"#
        let body = Array(#"{\#(ids),"status":"completed","outcome":"erased"}"#.utf8)
        let sign = { (body: [UInt8], secret: [UInt8], offsetMs: Int64) in
            WebhookSignature.header(body: body, secret: secret, now: Self.now.adding(milliseconds: offsetMs))
        }
        let good = sign(body, Self.secret, 0)
        for index in token.indices.filter({ token[$0] != "." }) {
            var forged = token
            forged.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
            #expect(await handler.handle(token: forged, signature: good, body: body) == .unknownToken)
        }
        let foreign = CallbackToken(task: task, secretName: "owner", expires: Self.now.adding(milliseconds: 1_000))
            .text(key: Self.secret)
        #expect(await handler.handle(token: foreign, signature: good, body: body) == .unknownToken)
        #expect(await handler.handle(token: "", signature: good, body: body) == .unknownToken)
        #expect(await handler.handle(token: token, signature: nil, body: body) == .badSignature)
        #expect(await handler.handle(token: token, signature: good, body: body + [32]) == .badSignature)
        for (secret, offsetMs) in [(Self.callbackKey, Int64(0)), (Self.secret, 301_000), (Self.secret, -301_000)] {
            let bad = sign(body, secret, offsetMs)
            #expect(await handler.handle(token: token, signature: bad, body: body) == .badSignature)
        }
        for (fields, detail) in [
            (#"\#(ids),"outcome":"absent""#, "outcome: unknown, or not one of this action"),
            // Signed by the owner, but perhaps for another task.
            (#""outcome":"erased""#, "task_id: missing"),
            (#""task_id":"\#(task.taskID)","outcome":"erased""#, "epoch: missing"),
            (#""task_id":"\#(task.taskID)x","epoch":1,"outcome":"erased""#, "task_id: another task's"),
            (#""task_id":"\#(task.taskID)","epoch":2,"outcome":"erased""#, "epoch: not the task's"),
        ] {
            let wrong = Array(#"{"status":"completed",\#(fields)}"#.utf8)
            let answer = await handler.handle(token: token, signature: sign(wrong, Self.secret, 0), body: wrong)
            #expect(answer == .unusable(detail: detail))
        }
        let long = [UInt8](repeating: 32, count: 1 << 21)
        #expect(await handler.handle(token: token, signature: sign(long, Self.secret, 0), body: long) == .tooLarge)
        clock.withLock { $0 = Self.now.adding(milliseconds: 1_000) }
        #expect(await handler.handle(token: token, signature: good, body: body) == .expiredToken)
        #expect(published.withLock { $0 } == 0)
    }

    @Test func `a late answer that cannot be published is asked for again`() async throws {
        let token = CallbackToken(
            task: TaskMaking.task(.erase, settings: "{}"), secretName: "owner",
            expires: Self.now.adding(milliseconds: 1_000)
        ).text(key: Self.callbackKey)
        let handler = try CallbackHandler(configuration: configuration(), now: { Self.now }) { _, _ in
            throw POSIXFault(number: 1)
        }
        let ids = #""task_id":"\#(TaskMaking.requestID)/archive/erase","epoch":1"#
        let body = Array(#"{\#(ids),"status":"completed","outcome":"erased"}"#.utf8)
        let signature = WebhookSignature.header(body: body, secret: Self.secret, now: Self.now)
        let answer = await handler.handle(token: token, signature: signature, body: body)
        #expect(answer == .unavailable)
        #expect(answer.status == 503)
    }

    @Test func `a fetcher hands out any status, with headers and bytes, and faults as values`() async throws {
        let server = try TestServer { request in
            request.line.contains("/silent") ? .silence : .answer(404, headers: ["X-A: b"], body: "gone")
        }
        defer { server.close() }
        try await HTTPFetcher.with(timeoutMs: 1_000, bodyBytesMax: 100) { fetcher in
            let answer = try await fetcher.get(server.url + "/v1", headers: [.init(name: "Accept", value: "x/y")])
            #expect(answer.status == 404)
            #expect(answer.header("x-a") == "b")
            #expect(answer.body == Array("gone".utf8))
            await #expect(throws: HTTPFault.timeout) { try await fetcher.get(server.url + "/silent") }
            await #expect(throws: HTTPFault.badAddress) { try await fetcher.get("nonsense") }
        }
        #expect(server.requests.first?.header("accept") == "x/y")
    }
}
