public import ArgumentParser
import Foundation
public import SagaKernel
import Simulation

@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "habeas-simulate",
        abstract: "Run coordinators against a simulated broker, with everything that can go wrong going wrong.",
        discussion: """
            One seed is one run: a broker with transactions, fencing, rebalances, compaction and retention; one to \
            five coordinators that crash, stand still, are cut off and come back; workers that are slow, deaf, late \
            or lie; operators. Hours pass in milliseconds. After every record the run is held to what must be true, \
            and in the end to that every request ends.

            The same seed is the same run, to the byte. A run that comes to a violation prints its options and can be \
            read line by line:

              habeas-simulate --seed 4711 --trace

            Exit codes: 0 nothing was found, 1 a violation (or, with --mutant, none), 64 wrong usage.
            """)

    @Option(help: "How many seeds to run, from --first on.")
    var seeds = 1_000

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    @Option(help: "Run this seed alone.")
    var seed: UInt64?

    @Option(help: "Runs at a time; as many as there are cores.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Flag(help: "Print what happened, up to the first violation. With --seed.")
    var trace = false

    @Option(help: "Give the coordinators this bug, and see whether it is found. --list-mutants lists them.")
    var mutant: Mutant?

    @Flag(help: "Run every deliberate bug until it is found, or until the seeds are used up.")
    var allMutants = false

    @Flag(help: "List the deliberate bugs.")
    var listMutants = false

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    func validate() throws {
        if seeds < 1 { throw ValidationError("--seeds: \(seeds) is not a number of seeds; give 1 or more") }
        if jobs < 1 { throw ValidationError("--jobs: \(jobs) runs at a time are none; give 1 or more") }
        if trace, seed == nil { throw ValidationError("--trace needs --seed: which run is to be read?") }
        if json, seed != nil || allMutants || listMutants {
            throw ValidationError("--json goes with --seeds: the other outputs are for people")
        }
        #if !SIMULATION
            if mutant != nil || allMutants {
                throw ValidationError("this build has no deliberate bugs; build with HABEAS_SIMULATION=1")
            }
        #endif
    }

    func run() throws {
        if listMutants {
            for mutant in Mutant.allCases { print(mutant.rawValue) }
        } else if allMutants {
            try runAllMutants()
        } else if let seed {
            try runOne(seed)
        } else {
            try runMany()
        }
    }

    private func runOne(_ seed: UInt64) throws {
        let verdict = try Simulation(
            options: SimulationOptions(seed: seed), mutant: mutant, isTraced: trace
        ).run()
        for line in verdict.trace { print(line) }
        print(try SimulationReport.text(of: verdict))
        if verdict.violation != nil { throw ExitCode(1) }
    }

    private func runMany() throws {
        let campaign = Campaign(seeds: first..<(first + UInt64(seeds)), mutant: mutant, jobs: jobs)
        let result = try campaign.run(progress: SimulationProgress(total: seeds))
        print(try json ? SimulationReport.json(of: result) : SimulationReport.text(of: result))
        let hasFound = !result.failures.isEmpty
        if hasFound != (mutant != nil) { throw ExitCode(1) }
    }

    private func runAllMutants() throws {
        var missed: [Mutant] = []
        for mutant in Mutant.allCases {
            let campaign = Campaign(
                seeds: first..<(first + UInt64(seeds)), mutant: mutant, jobs: jobs, endsWithFirst: true)
            let result = try campaign.run(progress: SimulationProgress(total: 0))
            if let failure = result.failures.first {
                print("\(mutant.rawValue): found after \(result.seeds) seeds, seed \(failure.options.seed)")
                print("  \(failure.violation ?? "")")
            } else {
                print("\(mutant.rawValue): NOT FOUND in \(result.seeds) seeds")
                missed.append(mutant)
            }
        }
        if !missed.isEmpty { throw ExitCode(1) }
    }
}

extension Mutant: ExpressibleByArgument {}
