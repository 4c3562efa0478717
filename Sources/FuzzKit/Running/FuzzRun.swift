import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a run of one reader came to.
package struct FuzzFigures: Codable, Sendable {
    package var reader: String
    package var seed: UInt64
    package var inputs = 0
    package var accepted = 0
    package var refused = 0
    package var seconds = 0.0
    /// CPU time of the input that took the longest, milliseconds, all threads of the process together.
    package var slowestMs = 0.0
    package var slowestIndex = 0
    /// Highest resident memory of the process so far, mebibytes.
    package var peakMiB = 0

    package var inputsPerSecond: Int { seconds > 0 ? Int(Double(inputs) / seconds) : 0 }

    package init(reader: String, seed: UInt64) {
        self.reader = reader
        self.seed = seed
    }
}

/// An input that brought a reader to do what it must not.
package struct FuzzFailure: Sendable {
    package var index: Int
    package var input: Wire
    package var faults: [String]
}

/// Inputs of one reader, one after the other, in this process.
package struct FuzzRun {
    package struct Bounds: Sendable {
        /// CPU time of one input, milliseconds.
        package var slowMs: Double
        /// Resident memory of the whole process, mebibytes.
        package var memoryMiB: Int

        package init(slowMs: Double = 5_000, memoryMiB: Int = 2_048) {
            self.slowMs = slowMs
            self.memoryMiB = memoryMiB
        }
    }

    private let reader: FuzzReader
    private let seed: UInt64
    private let bounds: Bounds
    /// Told the number of each input before it is tried: what a process that dies leaves behind.
    private let beginning: (Int) -> Void

    package init(_ reader: FuzzReader, seed: UInt64, bounds: Bounds, beginning: @escaping (Int) -> Void = { _ in }) {
        self.reader = reader
        self.seed = seed
        self.bounds = bounds
        self.beginning = beginning
    }

    /// Stops at the first failure.
    package func run(inputs: Int, from first: Int = 0) -> (figures: FuzzFigures, failure: FuzzFailure?) {
        var figures = FuzzFigures(reader: reader.name, seed: seed)
        let start = ContinuousClock.now
        var failure: FuzzFailure?
        for index in first..<first + inputs {
            let input = reader.mutator.input(seed: seed, index: index)
            beginning(index)
            let begun = Self.cpuMs()
            var verdict = reader.verdict(on: input)
            let tookMs = Self.cpuMs() - begun
            figures.inputs += 1
            if verdict.isAccepted { figures.accepted += 1 } else { figures.refused += 1 }
            if tookMs > figures.slowestMs { (figures.slowestMs, figures.slowestIndex) = (tookMs, index) }
            verdict.faults += overstepped(tookMs, index)
            guard verdict.faults.isEmpty else {
                failure = FuzzFailure(index: index, input: input, faults: verdict.faults)
                break
            }
        }
        let took = ContinuousClock.now - start
        figures.seconds = took / .seconds(1)
        figures.peakMiB = Self.peakMiB()
        return (figures, failure)
    }

    private func overstepped(_ tookMs: Double, _ index: Int) -> [String] {
        if tookMs > bounds.slowMs { return [Self.slowFault] }
        // The peak never falls, so that a look now and then misses nothing.
        if index % 1_024 == 0, Self.peakMiB() > bounds.memoryMiB { return ["more memory than \(bounds.memoryMiB) MiB"] }
        return []
    }

    static let slowFault = "slower than it may be"

    /// CPU time of this process, milliseconds.
    static func cpuMs() -> Double {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    package static func peakMiB() -> Int {
        var usage = rusage()
        #if canImport(Glibc)
            let who = __rusage_who_t(RUSAGE_SELF.rawValue)
        #else
            let who = RUSAGE_SELF
        #endif
        guard getrusage(who, &usage) == 0 else { return 0 }
        return Int(usage.ru_maxrss) / 1_024
    }
}
