/// How long the hand-written codec takes for the records that every request causes, beside Foundation's on the same
/// records.
///
/// Foundation decodes into and encodes from plain `Codable` types that check nothing; the codec does everything that
/// contract and envelope ask for. Run it in a release build: a debug build says nothing about either.
public enum CodecBenchmark {
    public struct Figure: Hashable, Sendable {
        public var name: String
        /// Of the record's value.
        public var bytes: Int
        /// Nanoseconds per record.
        public var habeasNs: Double
        public var foundationNs: Double
    }

    public enum Fault: Error, Hashable, Sendable {
        /// A sample record was not taken: the benchmark would measure refusals.
        case sampleRefused(String)
    }

    /// - Parameters:
    ///   - millisecondsPerCase: how long each of the two codecs is measured for each record; the best of twenty
    ///     equal parts counts.
    ///   - only: measures the case of this name alone.
    /// - Throws: `Fault`, or what Foundation throws, where a sample record is not taken.
    public static func run(millisecondsPerCase: Int = 250, only: String? = nil) throws -> [Figure] {
        let samples = try BenchmarkSamples()
        return try BenchmarkCase.all(samples).filter { only == nil || $0.name == only }.map { item in
            try item.check()
            return Figure(
                name: item.name, bytes: item.bytes,
                habeasNs: nanoseconds(item.habeas, for: millisecondsPerCase),
                foundationNs: nanoseconds(item.foundation, for: millisecondsPerCase))
        }
    }

    /// The shortest of twenty averages: what else the machine does only ever adds.
    private static func nanoseconds(_ body: () -> Int, for milliseconds: Int) -> Double {
        let part = Duration.milliseconds(max(1, milliseconds / 20))
        var best = Double.infinity
        for _ in 0..<20 {
            let clock = ContinuousClock()
            let start = clock.now
            var rounds = 0
            var sum = 0
            repeat {
                for _ in 0..<32 { sum &+= body() }
                rounds += 32
            } while clock.now - start < part
            let (seconds, attoseconds) = (clock.now - start).components
            consume(sum)
            best = min(best, (Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(rounds))
        }
        return best
    }

    /// Keeps the optimiser from leaving out work whose result nobody looks at.
    @inline(never)
    private static func consume(_ value: Int) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) { $0.initialize(repeating: value) }
    }
}

/// One record, and what is done with it.
struct BenchmarkCase {
    var name: String
    var bytes: Int
    /// Returns a number that depends on the work.
    var habeas: () -> Int
    var foundation: () -> Int

    /// Both return 0 where the record was refused.
    func check() throws(CodecBenchmark.Fault) {
        guard habeas() > 0, foundation() > 0 else { throw .sampleRefused(name) }
    }
}
