public import Contract
public import SagaKernel

/// Hands a task to its owner's own system: one signed POST, whose answer is the acknowledgement.
///
/// | answer | acknowledgement |
/// |---|---|
/// | 200 with an acknowledgement | that |
/// | 200 without, other 2xx | failed `internal`, retryable: a success that does not say what was done |
/// | 202 | pending; `operation_running` until `Retry-After`, else `awaiting_owner`, asked again after `poll_seconds` |
/// | 3xx | failed `unsupported`: redirects are not followed |
/// | 401, 403 | failed `unauthorized`, `forbidden` |
/// | 410 | completed `already_absent`, `no_data`, `absent`; or failed `not_found`, see `absent_statuses` |
/// | 404 | failed `not_found`; or completed as 410 is, where `absent_statuses` has it |
/// | 408, 409, 425 | failed `timeout`, `conflict`, `unavailable`, retryable |
/// | 429 | pending `throttled`, until `Retry-After` or for a minute |
/// | other 4xx | failed `invalid_task` |
/// | 501 | failed `unsupported` |
/// | other 5xx, no connection | failed `unavailable`, retryable, after `Retry-After` if there is one |
/// | no complete answer in time | failed `timeout`, retryable |
///
/// Close it when it is not needed any more.
public struct WebhookConnector: Connector {
    public let name: String
    private let configuration: WebhookConfiguration
    private let exchange: HTTPExchange
    private let now: @Sendable () -> Timestamp

    public init(configuration: WebhookConfiguration, name: String = "webhook") throws(ConnectorFault) {
        try self.init(configuration: configuration, name: name, now: WallClock.now)
    }

    init(
        configuration: WebhookConfiguration, name: String = "webhook", now: @escaping @Sendable () -> Timestamp
    ) throws(ConnectorFault) {
        try configuration.validate()
        self.configuration = configuration
        self.name = name
        self.now = now
        exchange = HTTPExchange()
    }

    public func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict {
        let settings: WebhookSettings
        do throws(SettingsFault) {
            settings = try WebhookSettings(
                json: task.endpoint.settingsJSON, allowPlainHTTP: configuration.allowPlainHTTP)
        } catch {
            return Self.refused(error.detail)
        }
        guard let secret = configuration.secrets[settings.secretName] else {
            return Self.refused("settings.secret_name: this worker has no such secret")
        }
        let body = TaskBody.bytes(of: task)
        let call = HTTPExchange.Call(
            url: settings.address.text, headers: headers(task, settings, body, secret), body: body,
            timeoutMs: settings.timeoutMs, bodyBytesMax: configuration.responseBytesMax)
        let result: Result<HTTPAnswer, HTTPFault>
        do throws(HTTPFault) { result = .success(try await exchange.send(call)) } catch { result = .failure(error) }
        return AnswerMapping(task: task, settings: settings, now: now()).verdict(result)
    }

    /// Ends the connections that are kept open.
    public func close() async {
        await exchange.close()
    }

    private func headers(
        _ task: WorkerTask, _ settings: WebhookSettings, _ body: [UInt8], _ secret: [UInt8]
    ) -> [(name: String, value: String)] {
        let now = now()
        var headers = settings.headers.map { (name: $0.name, value: $0.value) }
        headers.append(("Content-Type", "application/json"))
        headers.append(("User-Agent", "habeas"))
        headers.append(("Habeas-Signature", WebhookSignature.header(body: body, secret: secret, now: now)))
        headers.append(("Habeas-Task-Id", task.taskID))
        headers.append(("Idempotency-Key", "\(task.taskID)/\(task.epoch)"))
        if let traceparent = task.traceparent { headers.append(("traceparent", traceparent)) }
        if let base = configuration.callbackBase, let key = configuration.callbackKey {
            let expires = now.adding(milliseconds: configuration.callbackLifeSeconds * 1_000)
            let token = CallbackToken(task: task, secretName: settings.secretName, expires: expires)
            headers.append(("Habeas-Callback", "\(base)/v1/callbacks/\(token.text(key: key))"))
        }
        return headers
    }

    private static func refused(_ detail: String) -> Acknowledgement.Verdict {
        .failed(TaskError(code: .invalidTask, detail: detail), retryable: false, retryAfterMs: nil)
    }
}
