import SagaKernel
import TestSeed
import Testing

@testable import Simulation

/// What the simulator is for. `make simulate` runs thousands of seeds in an optimised build; these are the few that
/// every test run can afford.
@Suite("A simulation")
struct SimulationTests {
    private static let seeds = 40

    @Test func `finds nothing in forty runs with everything going wrong`() throws {
        let first = Seed.announced(for: "simulation") % 1_000_000
        var tasks = 0
        for seed in first..<(first + UInt64(Self.seeds)) {
            let verdict = try Simulation(options: SimulationOptions(seed: seed)).run()
            #expect(verdict.violation == nil, "seed \(seed)")
            tasks += verdict.tasks
        }
        #expect(tasks > 20 * Self.seeds)
    }

    /// librdkafka sends again after its backoff at the earliest; a simulated client that did not found losses that
    /// cannot happen.
    @Test func `finds nothing where connections break and come back while ends of transactions are stuck`() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            var options = SimulationOptions(seed: seed, guarantee: .exactlyOnce)
            options.stuckEndOneIn = 2
            options.disconnectOneIn = 20
            options.operationTimeoutMs = 5_000
            options.crashOneIn = 0
            let verdict = try Simulation(options: options).run()
            #expect(verdict.violation == nil, "seed \(seed)")
        }
    }

    @Test(arguments: [3, 17, 42] as [UInt64])
    func `is the same to the byte when it is run again`(seed: UInt64) throws {
        let runs = try (0..<2).map { _ in
            try Simulation(options: SimulationOptions(seed: seed), isTraced: true).run()
        }
        #expect(runs[0].fingerprint == runs[1].fingerprint)
        #expect(runs[0].trace == runs[1].trace)
        #expect(runs[0].trace.count > 100)
    }

    @Test func `leaves nothing behind`() throws {
        weak var world: World?
        try { world = try Simulation(options: SimulationOptions(seed: 5)).runWithWorld().world }()
        #expect(world == nil)
    }

    @Test func `is the same with and without a trace`() throws {
        let options = SimulationOptions(seed: 7)
        let (plain, traced) = try (
            Simulation(options: options).run(), Simulation(options: options, isTraced: true).run()
        )
        #expect(plain.fingerprint == traced.fingerprint)
        #expect(plain.trace.isEmpty)
    }

    @Test func `ends its trace with the first violation`() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let verdict = try Simulation(
                options: SimulationOptions(seed: seed), mutant: .endsWhileTasksWait, isTraced: true
            ).run()
            guard let violation = verdict.violation else { continue }
            #expect(verdict.trace.last?.contains("VIOLATION") == true)
            #expect(violation.contains("ended while"))
            return
        }
        Issue.record("no run came to a violation")
    }

    @Test func `comes to most cells of the table of transitions`() throws {
        var cells: Set<TransitionCell> = []
        for seed in 1...30 as ClosedRange<UInt64> {
            cells.formUnion(try Simulation(options: SimulationOptions(seed: seed)).run().cells)
        }
        #expect(cells.count > 50, "\(cells.count) of \(TransitionCell.all.count)")
    }

    /// The bug that a check has never seen is the bug that it does not see.
    @Test(arguments: Mutant.allCases)
    func `finds each deliberate bug`(mutant: Mutant) throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let options = Self.stage(for: mutant, seed: seed)
            if let violation = try Simulation(options: options, mutant: mutant).run().violation {
                let clean = try Simulation(options: options).run()
                #expect(clean.violation == nil, "seed \(seed) is a violation without the bug as well")
                print("\(mutant.rawValue): seed \(seed), \(violation)")
                return
            }
        }
        Issue.record("\(mutant.rawValue) was not found")
    }

    /// Faults among which a bug shows soon. Without this it is found as well, after some hundred seeds.
    private static func stage(for mutant: Mutant, seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed)
        switch mutant {
        case .keepsProducerAfterUnknownOutcome, .keepsMemoryAfterUnknownOutcome:
            options = SimulationOptions(seed: seed, guarantee: .exactlyOnce)
            options.stuckEndOneIn = 2
            options.latencyMaxMs = 1_500
            options.turnRecordsMax = 1
            options.operationTimeoutMs = 5_000
            options.crashOneIn = 0
        case .writesAgainWithoutAbort, .appliesBeforeCommit:
            options = SimulationOptions(seed: seed, guarantee: .exactlyOnce)
            options.disconnectOneIn = 60
            options.crashOneIn = 0
            options.operationTimeoutMs = 5_000
        case .keepsRevokedPartitions:
            options = SimulationOptions(seed: seed, guarantee: .exactlyOnce)
            options.coordinators = 4
            options.restartEveryMs = 5 * Milliseconds.minute
        case .commitsOffsetsFirst:
            options = SimulationOptions(seed: seed, guarantee: .atLeastOnce)
            options.crashOneIn = 60
        case .leavesForeignWrites, .keepsTermOfPredecessor:
            options = SimulationOptions(seed: seed, guarantee: .atLeastOnce)
            options.coordinators = 3
            options.pauseOneIn = 60
            options.sessionTimeoutMs = 6_000
            options.crashOneIn = 0
        case .restoresToStableOffset:
            options = SimulationOptions(seed: seed, guarantee: .exactlyOnce)
            options.coordinators = 3
            options.markerDelayMaxMs = 5_000
            options.crashOneIn = 100
        case .provesNothingWithoutInput, .forgetsTimersOnRestore, .dropsPlansInUse,
            .ignoresEpochs, .ignoresAttempts, .chargesForPatience, .forgetsStaleSweeps, .opensStagesTogether,
            .ignoresSettleTimes, .endsWhileTasksWait, .replaysInOldEpoch, .beginsAgainOnDuplicate, .forgetsCommands:
            break
        }
        return options
    }
}
