/// What is left of a request when its snapshot is gone: enough to answer a late duplicate, a late acknowledgement or a
/// late command with "that has ended", to go on counting versions, and to end the status in its turn.
///
/// It holds no identifier of the subject. The contract says that an ended saga's snapshot becomes a tombstone; the husk
/// is that tombstone with a date on it, since a record that only says "nothing" can neither refuse a duplicate erasure
/// nor know when the status has to go.
public struct Husk: Hashable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// The saga ended and its grace period is over.
        case ended
        /// The request was rejected; it may be sent again, corrected.
        case rejected
    }

    public var kind: Kind
    /// Of the request that it was; compared with a duplicate's. Keyed, so it tells nothing.
    public var meaning: Fingerprint
    public var term: Int64
    public var version: Int64
    /// When the status, and with it the husk, become tombstones.
    public var forgetAt: Timestamp

    public init(kind: Kind, meaning: Fingerprint, term: Int64, version: Int64, forgetAt: Timestamp) {
        self.kind = kind
        self.meaning = meaning
        self.term = term
        self.version = version
        self.forgetAt = forgetAt
    }
}
