import Histogram

/// When requests should be sent: evenly, whatever became of the earlier ones.
///
/// A sender that waits for answers, or counts from the moment at which it came to send, leaves out just the requests
/// that would have met a stall. Here the moments are fixed beforehand and every latency counts from them.
struct OpenLoop: Hashable, Sendable {
    /// Nanoseconds on any clock that does not jump.
    var startNs: UInt64
    var requestsPerSecond: Double
    var count: Int

    func intendedNs(_ index: Int) -> UInt64 { startNs + UInt64(Double(index) * 1e9 / requestsPerSecond) }

    /// How many should have been sent by now.
    func due(nowNs: UInt64) -> Int {
        guard nowNs >= startNs else { return 0 }
        var due = min(count, Int(Double(nowNs - startNs) * requestsPerSecond / 1e9) + 1)
        // What was rounded there must agree with what is rounded here.
        while due < count, intendedNs(due) <= nowNs { due += 1 }
        while due > 0, intendedNs(due - 1) > nowNs { due -= 1 }
        return due
    }
}

/// What was seen of the requests of an open loop, by their numbers; nanoseconds, 0: not yet.
struct LatencyLedger: Sendable {
    var sentNs: [UInt64]
    /// All tasks were in a worker's hands.
    var tasksNs: [UInt64]
    /// All acknowledgements were in the client's.
    var answeredNs: [UInt64]
    var completedNs: [UInt64]

    init(count: Int) {
        sentNs = Array(repeating: 0, count: count)
        (tasksNs, answeredNs, completedNs) = (sentNs, sentNs, sentNs)
    }

    var unfinished: Int { completedNs.count { $0 == 0 } }

    /// From the first moment at which one was due to the last completion. Zero where none was completed.
    func completedPerSecond(since loop: OpenLoop) -> Double {
        guard let lastNs = completedNs.max(), lastNs > loop.startNs else { return 0 }
        return Double(completedNs.count - unfinished) * 1e9 / Double(lastNs - loop.startNs)
    }

    func tasks(since loop: OpenLoop) -> BenchReport.Percentiles { percentiles(tasksNs, since: loop.intendedNs) }
    func completion(since loop: OpenLoop) -> BenchReport.Percentiles {
        percentiles(completedNs, since: loop.intendedNs)
    }
    func sending(since loop: OpenLoop) -> BenchReport.Percentiles { percentiles(sentNs, since: loop.intendedNs) }
    func worker() -> BenchReport.Percentiles { percentiles(answeredNs) { tasksNs[$0] } }

    private func percentiles(_ moments: [UInt64], since begin: (Int) -> UInt64) -> BenchReport.Percentiles {
        var table = LatencyTable()
        for (index, moment) in moments.enumerated() where moment > 0 {
            let began = begin(index)
            table.record(ns: moment > began ? moment - began : 0)
        }
        return table.percentiles
    }
}

/// Latencies to three digits, in memory that does not grow with their number.
struct LatencyTable: Sendable {
    /// Microseconds; longer ones count as this.
    private static let longestUs: UInt64 = 600_000_000
    private var histogram = Histogram<UInt64>(highestTrackableValue: longestUs, numberOfSignificantValueDigits: .three)

    mutating func record(ns: UInt64) { histogram.record(min(ns / 1_000, Self.longestUs)) }

    var percentiles: BenchReport.Percentiles {
        BenchReport.Percentiles(
            p50Us: Int(histogram.valueAtPercentile(50)), p99Us: Int(histogram.valueAtPercentile(99)),
            p999Us: Int(histogram.valueAtPercentile(99.9)))
    }
}
