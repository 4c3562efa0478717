import Synchronization

/// All series of one metric: one for each combination of label values.
///
/// `with` takes a lock and looks the series up; callers on a hot path do that once and keep the series.
public final class Family<Member: Series>: AnyFamily {
    public let name: String
    public let help: String
    public let kind: MetricKind
    public let labelNames: [String]
    private let seriesMax: Int
    private let make: @Sendable () -> Member
    private let members = Mutex<[[String]: Member]>([:])

    init(
        name: String, help: String, kind: MetricKind, labelNames: [String], seriesMax: Int,
        make: @escaping @Sendable () -> Member
    ) {
        precondition(Self.isName(name), "not a metric name: \(name)")
        precondition(labelNames.allSatisfy(Self.isName), "not label names: \(labelNames)")
        precondition(!help.isEmpty, "\(name) says nothing of itself")
        self.name = name
        self.help = help
        self.kind = kind
        self.labelNames = labelNames
        self.seriesMax = seriesMax
        self.make = make
    }

    /// The series of these label values, in the order of the label names.
    ///
    /// Label values must come from a bounded set. When one does not, the registry's bound on series holds: every
    /// further combination is counted under `other`, so that a scrape stays small and the sums stay right.
    public func with(_ values: String...) -> Member { member(values) }

    public func member(_ values: [String]) -> Member {
        precondition(values.count == labelNames.count, "\(name) has the labels \(labelNames)")
        return members.withLock { known in
            if let member = known[values] { return member }
            let full = known.count >= seriesMax
            let key = full ? values.map { _ in "other" } : values
            if full, let member = known[key] { return member }
            let member = make()
            known[key] = member
            return member
        }
    }

    func append(to text: inout Exposition) {
        let sorted = members.withLock { known in
            known.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        }
        guard !sorted.isEmpty else { return }
        text.header(name: name, help: help, kind: kind)
        for (values, member) in sorted {
            member.append(to: &text, name: name, labels: Exposition.labels(labelNames, values))
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "_")
        }
    }
}

extension Family where Member == Gauge {
    /// Sets exactly these series and forgets all others: for numbers that are counted anew at each scrape, where a
    /// series that is no more must not stand at its last value.
    ///
    /// Samples beyond the registry's bound are added up under `other`: give them in an order that stays.
    public func replace(_ samples: [(labels: [String], value: Double)]) {
        var fresh: [[String]: Gauge] = [:]
        fresh.reserveCapacity(min(samples.count, seriesBound + 1))
        for sample in samples {
            precondition(sample.labels.count == labelNames.count, "\(name) has the labels \(labelNames)")
            let fits = fresh.count < seriesBound || fresh[sample.labels] != nil
            let key = fits ? sample.labels : sample.labels.map { _ in "other" }
            let gauge = fresh[key] ?? Gauge()
            gauge.add(sample.value)
            fresh[key] = gauge
        }
        swap(for: fresh)
    }
}

extension Family {
    var seriesBound: Int { seriesMax }

    func swap(for fresh: [[String]: Member]) {
        members.withLock { $0 = fresh }
    }
}

/// A family whatever its members.
protocol AnyFamily: AnyObject, Sendable {
    var name: String { get }
    func append(to text: inout Exposition)
}

/// What `# TYPE` says.
public enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}
