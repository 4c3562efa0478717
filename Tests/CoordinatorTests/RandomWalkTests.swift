import Foundation
import Testing

@Suite struct `Two coordinators in any weather` {
    /// Blocks of ten seeds; `HABEAS_WALK_BLOCKS` sets how many there are.
    private static let blocks =
        ProcessInfo.processInfo.environment["HABEAS_WALK_BLOCKS"].flatMap { Int($0) } ?? 15

    /// A failure names its seed, and the seed repeats it.
    @Test(arguments: [ScriptedLog.Guarantee.exactlyOnce, .atLeastOnce], 0..<blocks)
    func `bring every request to its end, and the log tells the same to whoever reads it`(
        guarantee: ScriptedLog.Guarantee, block: Int
    ) throws {
        for seed in UInt64(block) * 10..<UInt64(block + 1) * 10 {
            let fleet = try Fleet(guarantee, seed: seed)
            try fleet.run(steps: 200)
            try fleet.expectTheEnd("seed \(seed)")
        }
    }
}
