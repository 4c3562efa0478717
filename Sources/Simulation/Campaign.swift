import Foundation
public import SagaKernel
import Synchronization

/// Many runs, several at a time.
public struct Campaign: Sendable {
    public var seeds: Range<UInt64>
    public var mutant: Mutant?
    /// Runs at a time.
    public var jobs: Int
    /// Ends with the first violation: enough to know that a bug is found.
    public var endsWithFirst: Bool

    public init(seeds: Range<UInt64>, mutant: Mutant? = nil, jobs: Int, endsWithFirst: Bool = false) {
        self.seeds = seeds
        self.mutant = mutant
        self.jobs = jobs
        self.endsWithFirst = endsWithFirst
    }

    private struct State {
        var next: UInt64
        var result = CampaignResult()
        var error: (any Error)?
    }

    /// - Parameter progress: told after every run, on any thread.
    public func run(progress: some CampaignProgress) throws -> CampaignResult {
        let began = ContinuousClock.now
        let state = Mutex(State(next: seeds.lowerBound))
        let group = DispatchGroup()
        let processors = ProcessInfo.processInfo.processorCount
        for job in 0..<jobs {
            group.enter()
            let thread = Thread {
                ProcessorAffinity.keep(on: job, of: processors)
                while let seed = take(state) {
                    do {
                        let verdict = try Simulation(options: SimulationOptions(seed: seed), mutant: mutant).run()
                        state.withLock { $0.result.add(verdict) }
                        progress.ranOne(isViolated: verdict.violation != nil)
                    } catch {
                        state.withLock { $0.error = error }
                    }
                }
                group.leave()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        group.wait()
        progress.ended()
        return try state.withLock { state in
            if let error = state.error { throw error }
            let elapsed = ContinuousClock.now - began
            state.result.seconds =
                Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
            state.result.failures.sort { $0.options.seed < $1.options.seed }
            return state.result
        }
    }

    private func take(_ state: borrowing Mutex<State>) -> UInt64? {
        state.withLock { state in
            guard state.next < seeds.upperBound, state.error == nil else { return nil }
            if endsWithFirst, !state.result.failures.isEmpty { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}

/// Hears how far a campaign is.
public protocol CampaignProgress: Sendable {
    func ranOne(isViolated: Bool)
    func ended()
}

/// What came of many runs.
public struct CampaignResult: Sendable {
    public var seeds = 0
    public var failures: [SimulationVerdict] = []
    public var virtualMs: Int64 = 0
    public var happenings = 0
    public var records = 0
    public var tasks = 0
    public var cells: Set<TransitionCell> = []
    /// Real time.
    public var seconds = 0.0

    mutating func add(_ verdict: SimulationVerdict) {
        seeds += 1
        virtualMs += verdict.virtualMs
        happenings += verdict.happenings
        records += verdict.records
        tasks += verdict.tasks
        cells.formUnion(verdict.cells)
        if verdict.violation != nil { failures.append(verdict) }
    }
}
