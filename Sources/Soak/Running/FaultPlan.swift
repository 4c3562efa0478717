import TestSeed

/// One disturbance, with everything about it that is left to chance.
struct PlannedFault: Hashable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case startCoordinator, stopCoordinator, killCoordinator, freezeCoordinator
        case startWorker, stopWorker, killWorker, freezeWorker
        case restartBroker
        case delayTransactions, delayEverything, cutConnections, lateEnd
    }

    var kind: Kind
    /// Quiet before it.
    var afterSeconds: Double
    /// Which process.
    var choice: Int
    /// How long, or how much; each kind has its own range.
    var share: Double
}

/// The disturbances of a round, drawn from its seed.
struct FaultPlan: Sequence, IteratorProtocol {
    private var random: SeededRandom
    private let kinds: [PlannedFault.Kind]
    private var brokerRestarts: Int

    /// Several times what is worth most.
    private static func weight(_ kind: PlannedFault.Kind) -> Int {
        switch kind {
        case .killCoordinator, .freezeCoordinator, .lateEnd: 3
        case .delayTransactions, .startCoordinator, .stopCoordinator, .cutConnections: 2
        case .startWorker, .stopWorker, .killWorker, .freezeWorker, .restartBroker, .delayEverything: 1
        }
    }

    init(seed: UInt64, round: Int, hasProxy: Bool, hasBroker: Bool) {
        random = SeededRandom(seed: seed &+ UInt64(round) &* 0x9E37_79B9)
        kinds = PlannedFault.Kind.allCases.filter { kind in
            switch kind {
            case .restartBroker: hasBroker
            case .delayTransactions, .delayEverything, .cutConnections, .lateEnd: hasProxy
            case .startCoordinator, .stopCoordinator, .killCoordinator, .freezeCoordinator, .startWorker, .stopWorker,
                .killWorker, .freezeWorker:
                true
            }
        }.flatMap { Array(repeating: $0, count: Self.weight($0)) }
        brokerRestarts = 1
    }

    mutating func next() -> PlannedFault? {
        var kind = random.pick(kinds)
        while kind == .restartBroker, brokerRestarts == 0 { kind = random.pick(kinds) }
        if kind == .restartBroker { brokerRestarts -= 1 }
        return PlannedFault(
            kind: kind, afterSeconds: 1 + Double(random.below(80)) / 10, choice: random.below(1_000),
            share: Double(random.below(1_001)) / 1_000)
    }
}
