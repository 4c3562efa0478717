import SagaKernel
import TestSeed

/// Everything that a run is made of besides its dice: drawn from the seed, printed when a run fails.
///
/// Not every run has every fault. A run in which everything goes wrong at once gets nowhere; one in which only
/// machines stop, or only answers get lost, comes to places that the other never sees.
public struct SimulationOptions: Sendable, Codable, Hashable {
    public enum Guarantee: String, Sendable, Codable, Hashable {
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    public var seed: UInt64
    public var guarantee: Guarantee
    public var coordinators: Int
    public var partitions: Int32
    public var requests: Int
    public var hubs: Int
    public var endpointsPerHub: Int
    /// How long things go wrong, in virtual time.
    public var faultsMs: Int64
    public var operationTimeoutMs: Int64
    public var transactionTimeoutMs: Int64
    public var sessionTimeoutMs: Int64
    public var retryBackoffMs: Int64
    public var latencyMaxMs: Int
    public var gatherMaxMs: Int
    public var heartbeatMaxMs: Int
    public var markerDelayMaxMs: Int
    public var fetchRecordsMax: Int
    public var turnRecordsMax: Int
    public var turnTimersMax: Int
    public var idleMs: Int
    public var graceMs: Int64
    public var statusGraceMs: Int64
    public var tombstonesLiveMs: Int64
    /// One call in so many is the last one of its process; 0: none. The same for the others.
    public var crashOneIn: Int
    public var pauseOneIn: Int
    public var disconnectOneIn: Int
    public var stuckEndOneIn: Int
    /// Mean time between two; 0: never.
    public var outageEveryMs: Int64
    public var clockJumpEveryMs: Int64
    public var clockJumpMaxMs: Int64
    public var cleaningEveryMs: Int64
    public var restartEveryMs: Int64
    public var reloadEveryMs: Int64
    public var commandEveryMs: Int64
    /// Of a hundred tasks, how many are answered by something else than a plain completion.
    public var oddAnswersPercent: Int
    /// Of a hundred requests, how many are sent more than once, or are no requests.
    public var oddRequestsPercent: Int

    public init(seed: UInt64, guarantee: Guarantee? = nil) {
        var dice = SeededRandom(seed: seed &* 0x9E37_79B9 &+ 1)
        self.seed = seed
        self.guarantee = guarantee ?? (dice.chance(3, in: 4) ? .exactlyOnce : .atLeastOnce)
        coordinators = 1 + dice.below(dice.below(2) == 0 ? 2 : 5)
        partitions = Int32(1 + dice.below(4))
        requests = 3 + dice.below(10)
        hubs = 1 + dice.below(2)
        endpointsPerHub = 2 + dice.below(4)
        faultsMs = Int64(1 + dice.below(5)) * Milliseconds.hour
        operationTimeoutMs = Int64(5 + dice.below(25)) * Milliseconds.second
        sessionTimeoutMs = Int64(6 + dice.below(24)) * Milliseconds.second
        transactionTimeoutMs = Int64(5 + dice.below(20)) * Milliseconds.second
        retryBackoffMs = 500
        latencyMaxMs = dice.pick([2, 10, 50, 300])
        gatherMaxMs = dice.pick([1, 50, 500])
        heartbeatMaxMs = dice.pick([200, 3_000])
        markerDelayMaxMs = dice.pick([1, 20, 500, 5_000])
        fetchRecordsMax = dice.pick([1, 3, 20])
        turnRecordsMax = dice.pick([1, 5, 50])
        turnTimersMax = dice.pick([1, 5, 1_000])
        idleMs = dice.pick([5_000, 60_000, 300_000])
        graceMs = Int64(1 + dice.below(6)) * Milliseconds.hour
        statusGraceMs = graceMs + Int64(dice.below(6)) * Milliseconds.hour
        tombstonesLiveMs = Int64(1 + dice.below(60)) * Milliseconds.minute
        crashOneIn = dice.pick([0, 150, 600, 3_000])
        pauseOneIn = dice.pick([0, 150, 600, 3_000])
        disconnectOneIn = dice.pick([0, 150, 600, 3_000])
        stuckEndOneIn = dice.pick([0, 10, 40])
        outageEveryMs = dice.pick([0, 0, 20, 60]) * Milliseconds.minute
        clockJumpEveryMs = dice.pick([0, 0, 10, 60]) * Milliseconds.minute
        clockJumpMaxMs = dice.pick([1_000, Milliseconds.minute, Milliseconds.hour])
        cleaningEveryMs = dice.pick([0, 3, 30]) * Milliseconds.minute
        restartEveryMs = dice.pick([0, 10, 60]) * Milliseconds.minute
        reloadEveryMs = dice.pick([0, 0, 30, 90]) * Milliseconds.minute
        commandEveryMs = dice.pick([0, 5, 20]) * Milliseconds.minute
        oddAnswersPercent = dice.pick([0, 20, 50])
        oddRequestsPercent = dice.pick([0, 30])
    }
}
