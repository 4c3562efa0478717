import SagaKernel

/// Where a request's id is looked for in a table: a number that depends on all of the id, and on secrets.
///
/// Ids are chosen by others. Nobody may choose them so that all meet in one place, and many that differ in little, such
/// as those with a moment or a counter in them, must not do so by chance either. One multiplication of both halves is
/// not enough for that: where one half is the same in all ids it is a factor of all of them, and one in some hundred
/// secrets makes it a bad one. Others follow, as in wyhash: by a third secret, and by a constant, which scatters what
/// the first two leave in even steps where the bad factor was a mere shift.
struct RequestHash {
    /// The last is a factor.
    private let secrets: (UInt64, UInt64, UInt64)
    /// The golden ratio's digits.
    private static let constant: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(secrets: (UInt64, UInt64, UInt64)) { self.secrets = (secrets.0, secrets.1, secrets.2 | 1) }

    init() {
        self.init(
            secrets: (
                UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)
            ))
    }

    @inline(__always)
    func callAsFunction(_ id: RequestID) -> UInt64 {
        let both = Self.folded(id.high ^ secrets.0, id.low ^ secrets.1)
        return Self.folded(Self.folded(both, secrets.2), Self.constant)
    }

    /// Both halves of the product, one over the other.
    @inline(__always)
    private static func folded(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
