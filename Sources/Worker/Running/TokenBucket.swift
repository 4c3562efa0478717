/// Spreads beginnings evenly over time, with some at once after a pause.
///
/// A place is reserved when it is asked for, so that those who wait keep their order.
struct TokenBucket {
    private let limit: RateLimit
    /// Tokens at `updatedMs`; negative while places in the future are reserved.
    private var tokens: Double
    private var updatedMs: Int64

    init(_ limit: RateLimit, atMs nowMs: Int64) {
        self.limit = limit
        tokens = Double(limit.burst)
        updatedMs = nowMs
    }

    /// Reserves the next place and says in how many milliseconds it is; reserves nothing and says nil when that is
    /// longer than `waitMaxMs`.
    mutating func reserve(atMs nowMs: Int64, waitMaxMs: Int64) -> Int64? {
        refill(nowMs)
        let missing = 1 - tokens
        let waitMs = missing <= 0 ? 0 : Int64((missing / limit.perSecond * 1_000).rounded(.up))
        guard waitMs <= waitMaxMs else { return nil }
        tokens -= 1
        return waitMs
    }

    /// Gives a place back that is not needed after all.
    mutating func giveBack() {
        tokens += 1
    }

    /// True when forgetting the bucket would change nothing.
    mutating func isFull(atMs nowMs: Int64) -> Bool {
        refill(nowMs)
        return tokens >= Double(limit.burst)
    }

    private mutating func refill(_ nowMs: Int64) {
        guard nowMs > updatedMs else { return }
        tokens = min(Double(limit.burst), tokens + Double(nowMs - updatedMs) / 1_000 * limit.perSecond)
        updatedMs = nowMs
    }
}
