import Testing

@Suite struct `Two coordinators in any weather` {
    /// A failure names its seed, and the seed repeats it.
    @Test(arguments: [ScriptedLog.Guarantee.exactlyOnce, .atLeastOnce], 0..<8)
    func `bring every request to its end, and the log tells the same to whoever reads it`(
        guarantee: ScriptedLog.Guarantee, block: Int
    ) throws {
        for seed in UInt64(block) * 5..<UInt64(block + 1) * 5 {
            let fleet = try Fleet(guarantee, seed: seed)
            try fleet.run(steps: 200)
            try fleet.expectTheEnd("seed \(seed)")
        }
    }
}
