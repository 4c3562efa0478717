import SagaKernel

/// What a worker knows about webhooks, apart from any endpoint.
///
/// | field | range | |
/// |---|---|---|
/// | `secrets` | each at least 32 bytes | by the name that an endpoint gives as `secret_name` |
/// | `callbackBase` | https address, or none | where owners reach this worker's callback route |
/// | `callbackKey` | at least 32 bytes | signs the tokens in callback addresses; the same for every worker |
/// | `callbackLifeSeconds` | 60…31622400 | how long a callback address is good for |
/// | `signatureToleranceSeconds` | 1…3600 | how far an owner's clock may be off |
/// | `responseBytesMax` | 1024…16777216 | a longer answer is none |
/// | `allowPlainHTTP` | | lets endpoints have `http` addresses that leave the machine |
public struct WebhookConfiguration: Sendable {
    public static let keyBytesMin = 32

    public var secrets: [String: [UInt8]]
    /// Without a trailing slash; `/v1/callbacks/<token>` follows. With a key, or both are nil.
    public var callbackBase: String?
    public var callbackKey: [UInt8]?
    public var callbackLifeSeconds: Int64 = 60 * 86_400
    public var signatureToleranceSeconds: Int64 = 300
    public var responseBytesMax = 1 << 20
    public var allowPlainHTTP = false

    public init(secrets: [String: [UInt8]], callbackBase: String? = nil, callbackKey: [UInt8]? = nil) {
        self.secrets = secrets
        self.callbackBase = callbackBase
        self.callbackKey = callbackKey
    }

    func validate() throws(ConnectorFault) {
        for (name, secret) in secrets where name.isEmpty || secret.count < Self.keyBytesMin {
            throw .weakKey(setting: "webhook_secrets")
        }
        guard (callbackBase == nil) == (callbackKey == nil) else { throw .weakKey(setting: "callback_key") }
        if let callbackKey, callbackKey.count < Self.keyBytesMin { throw .weakKey(setting: "callback_key") }
        if let callbackBase {
            guard let address = WebAddress(callbackBase), address.scheme == .https || address.isLoopback,
                !callbackBase.hasSuffix("/"), !callbackBase.contains("?")
            else { throw .badAddress(setting: "callback_base") }
        }
        guard (60...366 * 86_400).contains(callbackLifeSeconds) else {
            throw .outOfRange(setting: "callback_life_seconds")
        }
        guard (1...3_600).contains(signatureToleranceSeconds) else {
            throw .outOfRange(setting: "signature_tolerance_seconds")
        }
        guard (1_024...16 << 20).contains(responseBytesMax) else { throw .outOfRange(setting: "response_bytes_max") }
    }
}
