import SagaKernel
import TestSeed
import Testing

@testable import Coordinator

struct RequestHashTests {
    private static let slots = 1 << 16
    /// A table of requests is never fuller.
    private static let count = slots / 4 * 3

    /// By how many slots an id misses its own, on average, in a table that puts it into the next free one: 1.5 where
    /// every slot is as likely as any other.
    private func distance(_ hash: RequestHash, _ ids: (Int) -> RequestID) -> Double {
        var isTaken = [Bool](repeating: false, count: Self.slots)
        var sum = 0
        for number in 0..<Self.count {
            var slot = Int(truncatingIfNeeded: hash(ids(number))) & (Self.slots - 1)
            while isTaken[slot] {
                slot = (slot + 1) & (Self.slots - 1)
                sum += 1
                // Far beyond what is asked for: the test need not count the rest.
                if sum > 100 * Self.count { return .infinity }
            }
            isTaken[slot] = true
        }
        return Double(sum) / Double(Self.count)
    }

    /// Counters and moments in the lower half, in the upper half, in steps of powers of two: the lower half of an id
    /// may well be the number of a request, and its partition the lowest digits of that.
    private static let shapes: [@Sendable (Int) -> RequestID] = [
        { RequestID(high: 0x1234_5678_9abc_def0, low: UInt64($0)) },
        { RequestID(high: 0x1234_5678_9abc_def0, low: UInt64($0) << 2 | 3) },
        { RequestID(high: 0x1234_5678_9abc_def0, low: UInt64($0) << 40) },
        { RequestID(high: UInt64($0) << 16, low: 0x8000_0000_0000_0001) },
        { RequestID(high: 0x0197_0000_0000_7000 | UInt64($0) << 16, low: 0x8000_0000_0000_0000 | UInt64($0) << 30) },
        { RequestID(high: UInt64($0), low: UInt64($0)) },
    ]

    @Test(arguments: shapes.indices)
    func `ids that differ in little are scattered whatever the secrets are`(shape: Int) {
        let ids = Self.shapes[shape]
        let seed = Seed.announced(for: "RequestHashTests")
        var random = SeededRandom(seed: seed)
        for round in 0..<40 {
            let secrets = (random.next(), random.next(), random.next())
            let found = distance(RequestHash(secrets: secrets), ids)
            #expect(found < 1.8, "seed \(seed), round \(round): \(secrets)")
        }
    }

    /// What the halves are multiplied with has one digit, or few: by chance, since nobody knows the secrets.
    @Test(arguments: [0, 1, 17, 32, 40, 47, 63])
    func `secrets that leave a power of two of an id's half scatter as well`(digit: Int) {
        let factor = UInt64(1) << UInt64(digit)
        for shape in [0, 1, 2] {
            let ids = Self.shapes[shape]
            let secrets = (ids(0).high ^ factor, UInt64(0x9e37_79b9_7f4a_7c15), UInt64(0xd1b5_4a32_d192_ed03))
            #expect(distance(RequestHash(secrets: secrets), ids) < 1.8, "shape \(shape)")
        }
    }
}
