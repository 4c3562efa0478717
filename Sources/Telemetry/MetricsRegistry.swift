import Synchronization

/// Every metric of a process, and the text in which Prometheus reads them.
///
/// Metrics are registered once, at start; a name that is registered twice is a mistake in the program and stops it.
public final class MetricsRegistry: Sendable {
    private struct State {
        var families: [any AnyFamily] = []
        var names: Set<String> = []
        var scrapeHooks: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    /// Held while the hooks run: two scrapes at a time would only do the same work twice.
    private let scraping = Mutex(())
    private let seriesMax: Int

    /// - Parameter seriesPerFamilyMax: 1...1 000 000; a family never has more series than this and one for the rest.
    public init(seriesPerFamilyMax: Int = 10_000) {
        precondition((1...1_000_000).contains(seriesPerFamilyMax), "1...1000000 series a family")
        seriesMax = seriesPerFamilyMax
    }

    public func counters(_ name: String, _ help: String, labels: [String]) -> Family<Counter> {
        register(name, help, .counter, labels) { Counter() }
    }

    public func counter(_ name: String, _ help: String) -> Counter {
        counters(name, help, labels: []).with()
    }

    public func gauges(_ name: String, _ help: String, labels: [String]) -> Family<Gauge> {
        register(name, help, .gauge, labels) { Gauge() }
    }

    public func gauge(_ name: String, _ help: String) -> Gauge {
        gauges(name, help, labels: []).with()
    }

    public func sampledCounters(_ name: String, _ help: String, labels: [String]) -> Family<SampledCounter> {
        register(name, help, .counter, labels) { SampledCounter() }
    }

    public func sampledCounter(_ name: String, _ help: String) -> SampledCounter {
        sampledCounters(name, help, labels: []).with()
    }

    /// - Parameter bounds: upper bounds of the ranges, ascending, in the unit that the name ends in.
    public func histograms(
        _ name: String, _ help: String, labels: [String], bounds: [Double]
    ) -> Family<Histogram> {
        register(name, help, .histogram, labels) { Histogram(bounds: bounds) }
    }

    public func histogram(_ name: String, _ help: String, bounds: [Double]) -> Histogram {
        histograms(name, help, labels: [], bounds: bounds).with()
    }

    /// Runs `hook` before every scrape, for gauges that are read rather than kept.
    ///
    /// Hooks run one after the other on the thread that serves the scrape: they copy numbers that lie ready and wait
    /// for nothing. A hook must not call `scrape`.
    public func onScrape(_ hook: @escaping @Sendable () -> Void) {
        state.withLock { $0.scrapeHooks.append(hook) }
    }

    /// The text exposition, `Exposition.contentType`, families in the order of their names.
    public func scrape() -> [UInt8] {
        let hooks = state.withLock { $0.scrapeHooks }
        scraping.withLock { _ in
            for hook in hooks { hook() }
        }
        let families = state.withLock { $0.families }.sorted { $0.name < $1.name }
        var text = Exposition()
        for family in families { family.append(to: &text) }
        return text.bytes
    }

    private func register<Member: Series>(
        _ name: String, _ help: String, _ kind: MetricKind, _ labels: [String],
        make: @escaping @Sendable () -> Member
    ) -> Family<Member> {
        let family = Family(
            name: name, help: help, kind: kind, labelNames: labels, seriesMax: seriesMax, make: make)
        state.withLock { state in
            precondition(state.names.insert(name).inserted, "\(name) is registered twice")
            state.families.append(family)
        }
        return family
    }
}
