import Synchronization

/// One time series: what a hot path holds on to. Resolved once from its family, then touched without any lock.
public protocol Series: AnyObject, Sendable {
    /// Appends the lines of this series in the text exposition format.
    func append(to text: inout Exposition, name: String, labels: String)
}

/// A number that only grows.
public final class Counter: Series {
    private let total = Atomic<Int>(0)

    /// - Parameter amount: not negative.
    public func add(_ amount: Int = 1) {
        assert(amount >= 0, "a counter only grows")
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: Int { total.load(ordering: .relaxed) }

    public func append(to text: inout Exposition, name: String, labels: String) {
        text.sample(name, labels: labels, value: Double(value))
    }
}

/// A number that rises and falls.
public final class Gauge: Series {
    private let number = AtomicDouble()

    public func set(_ value: Double) { number.store(value) }
    public func set(_ value: Int) { number.store(Double(value)) }
    public func add(_ amount: Double = 1) { number.add(amount) }
    public var value: Double { number.load() }

    public func append(to text: inout Exposition, name: String, labels: String) {
        text.sample(name, labels: labels, value: value)
    }
}

/// A total that something else keeps (the operating system, the read model) and that is copied at each scrape.
public final class SampledCounter: Series {
    private let number = AtomicDouble()

    public func set(total: Double) { number.store(total) }
    public var value: Double { number.load() }

    public func append(to text: inout Exposition, name: String, labels: String) {
        text.sample(name, labels: labels, value: value)
    }
}

/// How often values fell into which range, in the unit that the metric's name ends in.
public final class Histogram: Series, @unchecked Sendable {
    // Unchecked, because Swift has no array of atomics: the memory is allocated once, only ever touched through the
    // atomic operations, and freed when nobody holds the series any more.
    private let counts: UnsafeMutablePointer<Atomic<Int>>
    private let sum = AtomicDouble()
    /// Upper bounds, inclusive, ascending; the last range, without a bound, is not in the list.
    public let bounds: [Double]

    init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend")
        self.bounds = bounds
        counts = .allocate(capacity: bounds.count + 1)
        for index in 0...bounds.count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: bounds.count + 1)
        counts.deallocate()
    }

    /// - Parameter value: seconds, records: whatever the metric's name ends in.
    public func observe(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index].wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    public func observe(_ duration: Duration) {
        let parts = duration.components
        observe(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    public var count: Int {
        (0...bounds.count).reduce(0) { $0 + counts[$1].load(ordering: .relaxed) }
    }

    public var total: Double { sum.load() }

    public func append(to text: inout Exposition, name: String, labels: String) {
        var seen = 0
        for (index, bound) in bounds.enumerated() {
            seen += counts[index].load(ordering: .relaxed)
            text.sample(name + "_bucket", labels: labels, bound: bound, value: Double(seen))
        }
        // The count is what the ranges add up to, so that one scrape never contradicts itself while others observe.
        seen += counts[bounds.count].load(ordering: .relaxed)
        text.sample(name + "_bucket", labels: labels, bound: .infinity, value: Double(seen))
        text.sample(name + "_sum", labels: labels, value: total)
        text.sample(name + "_count", labels: labels, value: Double(seen))
    }
}

/// A floating-point number that many threads may change, kept as its bits.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let wanted = (Double(bitPattern: seen) + amount).bitPattern
            let (done, now) = bits.weakCompareExchange(expected: seen, desired: wanted, ordering: .relaxed)
            if done { return }
            seen = now
        }
    }
}
