import SagaKernel

/// What two requests with the same id must have in common to be the same request: every known field but
/// `submitted_time`, normalised (contract §2).
struct RequestMeaning {
    /// To be hashed. Every text has its length before it, so that different meanings have different bytes; the first is
    /// shorter than 2^24, so that they begin with a zero byte, as no identity does.
    private(set) var bytes: [UInt8] = []

    /// - Parameters:
    ///   - identities: sorted, each once: their order in the request means nothing.
    ///   - excluded: sorted, each once.
    init(
        type: RequestType, regulation: Regulation, identities: [IdentityBytes], dryRun: Bool, excluded: [String],
        requestedBy: String?, callbackURLs: [String]
    ) {
        bytes.reserveCapacity(256)
        append("habeas/request/1".utf8)
        append(type.rawValue.utf8)
        append(regulation.rawValue.utf8)
        append(count: dryRun ? 1 : 0)
        append(count: identities.count)
        for identity in identities { append(identity.bytes) }
        append(count: excluded.count)
        for id in excluded { append(id.utf8) }
        append(count: requestedBy == nil ? 0 : 1)
        if let requestedBy { append(requestedBy.utf8) }
        append(count: callbackURLs.count)
        for url in callbackURLs { append(url.utf8) }
    }

    private mutating func append(_ text: some Collection<UInt8>) {
        append(count: text.count)
        bytes.append(contentsOf: text)
    }

    private mutating func append(count: Int) {
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
}
