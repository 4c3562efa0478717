import Foundation

/// Random numbers that are the same in every run and on every machine (SplitMix64), so that a failing test can be
/// repeated from the seed that it printed.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// From 0 to `bound`, without it; 0 where there is nothing to choose.
    public mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

    public mutating func chance(_ one: Int, in all: Int) -> Bool { below(all) < one }

    /// One of them, of which there is at least one.
    public mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}

/// Where a run's random numbers begin.
public enum Seed {
    /// From the environment (`HABEAS_SEED`), or a new one; printed, so that a failing run can be repeated.
    public static func announced(for test: String) -> UInt64 {
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("\(test): HABEAS_SEED=\(seed)")
        return seed
    }

    /// The seed that the environment names; nil without one.
    public static var given: UInt64? {
        ProcessInfo.processInfo.environment["HABEAS_SEED"].flatMap { UInt64($0) }
    }
}
