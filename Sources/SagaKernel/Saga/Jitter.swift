/// Randomness without a random number: the same ids always give the same delay, so that a replayed turn decides the
/// same, and different tasks still spread out.
enum Jitter {
    /// A mixture of `words`, evenly spread (the finaliser of SplitMix64 after each word).
    static func mix(_ words: UInt64...) -> UInt64 {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for word in words {
            state &+= word &+ 0x9E37_79B9_7F4A_7C15
            state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
            state ^= state >> 31
        }
        return state
    }

    /// `delayMs` made longer or shorter by at most `percent` per cent.
    static func spread(_ delayMs: Int64, percent: Int64, by seed: UInt64) -> Int64 {
        guard delayMs > 0, percent > 0 else { return max(0, delayMs) }
        // Parts per thousand keep the product far from overflow for any delay that a backoff can name.
        let span = 2 * percent * 10
        let permille = Int64(seed % UInt64(span + 1)) - percent * 10
        let (product, overflow) = delayMs.multipliedReportingOverflow(by: permille)
        return overflow ? delayMs : delayMs + product / 1_000
    }
}
