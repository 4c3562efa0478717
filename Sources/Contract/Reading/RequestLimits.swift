/// How large a request may be (contract §2, `limits.*`).
public struct RequestLimits: Hashable, Sendable {
    /// What `requestBytes` may be set to. The upper end is what a broker takes at most without being told otherwise
    /// for good reason.
    public static let requestBytesRange = 1_024...16_777_216
    public static let identitiesRange = 1...1_000

    /// Bytes of the record's value, envelope included where it is structured.
    public let requestBytes: Int
    public let identities: Int

    /// Both must lie in their ranges; settings are checked against these where they are read.
    public init(requestBytes: Int = 262_144, identities: Int = 100) {
        precondition(Self.requestBytesRange.contains(requestBytes), "request_bytes is out of range")
        precondition(Self.identitiesRange.contains(identities), "identities is out of range")
        self.requestBytes = requestBytes
        self.identities = identities
    }
}
