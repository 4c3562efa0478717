public import Contract
public import SagaKernel

/// What became of a late answer, as the HTTP route that took it says it.
public enum CallbackAnswer: Hashable, Sendable {
    /// Published; 202.
    case accepted
    /// The token is none of ours; 404.
    case unknownToken
    /// The address was good until some time ago; 410.
    case expiredToken
    /// No signature, a wrong one, or one whose time is too far away; 401.
    case badSignature
    /// The body is longer than `responseBytesMax`; 413.
    case tooLarge
    /// The body is no acknowledgement of this task; 422. Names the field, never a value.
    case unusable(detail: String)
    /// The acknowledgement could not be published; 503: send it again.
    case unavailable

    public var status: Int {
        switch self {
        case .accepted: 202
        case .unknownToken: 404
        case .expiredToken: 410
        case .badSignature: 401
        case .tooLarge: 413
        case .unusable: 422
        case .unavailable: 503
        }
    }

    /// One sentence for the sender.
    public var detail: String {
        switch self {
        case .accepted: "The acknowledgement was published."
        case .unknownToken: "This is not a callback address of this deployment."
        case .expiredToken: "This callback address has expired."
        case .badSignature: "The signature is missing, wrong or too old."
        case .tooLarge: "The body is too long."
        case .unusable(let detail): "The body is not an acknowledgement of this task: \(detail)."
        case .unavailable: "The acknowledgement could not be published; send it again."
        }
    }
}

/// Takes the late answers of owners: `POST <callback base>/v1/callbacks/<token>`, signed like a task.
///
/// The body must give the task's `task_id` and `epoch`: the signature covers the body and not the address, so without
/// them an answer to one task could be sent again to the address of another.
///
/// Needs no memory of what was sent, so any worker of the deployment can run it.
public struct CallbackHandler: Sendable {
    private let configuration: WebhookConfiguration
    private let key: [UInt8]
    private let now: @Sendable () -> Timestamp
    private let publish: @Sendable (WorkerTask, Acknowledgement.Verdict) async throws -> Void

    /// - Parameters:
    ///   - configuration: the same as the connector's; with a callback key.
    ///   - publish: returns when the acknowledgement is durable. The task has everything that an acknowledgement needs
    ///     (ids, epoch, attempt, reply) and no subjects.
    public init(
        configuration: WebhookConfiguration,
        publish: @escaping @Sendable (WorkerTask, Acknowledgement.Verdict) async throws -> Void
    ) throws(ConnectorFault) {
        try self.init(configuration: configuration, now: WallClock.now, publish: publish)
    }

    init(
        configuration: WebhookConfiguration, now: @escaping @Sendable () -> Timestamp,
        publish: @escaping @Sendable (WorkerTask, Acknowledgement.Verdict) async throws -> Void
    ) throws(ConnectorFault) {
        try configuration.validate()
        guard let key = configuration.callbackKey else { throw .weakKey(setting: "callback_key") }
        self.configuration = configuration
        self.key = key
        self.now = now
        self.publish = publish
    }

    /// - Parameters:
    ///   - token: the part of the path behind `/v1/callbacks/`.
    ///   - signature: the header `Habeas-Signature`, made with the endpoint's secret over the body's bytes.
    public func handle(token text: String, signature: String?, body: [UInt8]) async -> CallbackAnswer {
        guard body.count <= configuration.responseBytesMax else { return .tooLarge }
        let token: CallbackToken
        do throws(CallbackToken.Refusal) { token = try CallbackToken.read(text, key: key, now: now()) } catch {
            switch error {
            case .unknown: return .unknownToken
            case .expired: return .expiredToken
            }
        }
        // A secret that was withdrawn since the task was sent signs nothing any more.
        guard let secret = configuration.secrets[token.secretName], let signature,
            WebhookSignature.isValid(
                signature, body: body, secret: secret, now: now(),
                toleranceSeconds: configuration.signatureToleranceSeconds)
        else { return .badSignature }
        let verdict: Acknowledgement.Verdict
        do throws(OwnerAnswer.Unusable) { verdict = try OwnerAnswer.read(body, of: token.task, address: .inBody) } catch
        {
            return .unusable(detail: error.detail)
        }
        do {
            try await publish(token.task, verdict)
            return .accepted
        } catch {
            return .unavailable
        }
    }
}
