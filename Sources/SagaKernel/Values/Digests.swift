/// 32 bytes of HMAC-SHA256 under the deployment's key: how a subject is named where its identifier must not appear.
public struct SubjectRef: Hashable, Sendable {
    public var words: (UInt64, UInt64, UInt64, UInt64)

    public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        words = (first, second, third, fourth)
    }

    public static func == (left: SubjectRef, right: SubjectRef) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// 16 bytes that stand for a larger value: equal fingerprints mean equal values for every practical purpose
/// (they are truncated cryptographic digests; the kernel only compares them).
public struct Fingerprint: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
