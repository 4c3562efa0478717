import Testing

@testable import habeas_soak

struct FaultPlanTests {
    private func first(_ count: Int, seed: UInt64, round: Int = 1, proxy: Bool = true, broker: Bool = true)
        -> [PlannedFault]
    {
        Array(FaultPlan(seed: seed, round: round, hasProxy: proxy, hasBroker: broker).prefix(count))
    }

    @Test func `the same seed disturbs in the same way, and another one otherwise`() {
        #expect(first(50, seed: 7) == first(50, seed: 7))
        #expect(first(50, seed: 7) != first(50, seed: 8))
        #expect(first(50, seed: 7) != first(50, seed: 7, round: 2))
    }

    @Test func `every kind of fault has its turn, and the broker one a round`() {
        let plan = first(1_000, seed: 3)
        #expect(Set(plan.map(\.kind)) == Set(PlannedFault.Kind.allCases))
        #expect(plan.count { $0.kind == .restartBroker } == 1)
    }

    @Test func `without a proxy and a broker to restart nothing of theirs is drawn`() {
        let kinds = Set(first(1_000, seed: 3, proxy: false, broker: false).map(\.kind))
        #expect(
            kinds.isDisjoint(with: [.restartBroker, .delayTransactions, .delayEverything, .cutConnections, .lateEnd]))
    }
}
