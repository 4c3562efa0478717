import Foundation

/// The figures of a run, as `--json` and `--output` write them: names in snake case, units in the names.
///
/// `us` is microseconds, `ms` milliseconds; CPU is user and system time of the measured process. Figures of several
/// rounds are medians.
struct BenchReport: Codable, Hashable, Sendable {
    struct Setup: Codable, Hashable, Sendable {
        var suite: String
        var requests: Int
        var endpoints: Int
        var partitions: Int
        var rounds: Int
        var commitIntervalMs: Int
        var turnRecords: Int
        /// Of the machine, which broker and coordinator share where the broker runs on it.
        var cores: Int
    }

    /// Prepared requests worked off as fast as possible.
    struct Throughput: Codable, Hashable, Sendable {
        var guarantee: String
        var endpoints: Int
        var partitions: Int
        var coordinators: Int
        var requests: Int
        /// Requests whose newest status says completed; anything but `requests` is a fault.
        var completed: Int
        var commits: Int
        var requestsPerS: Double
        var cpuUsPerRequest: Double
        /// The same traffic through the client alone; nil where it was not measured.
        var rawRequestsPerS: Double?
        var rawCpuUsPerRequest: Double?
        /// The same with the contract's headers instead of the leanest ones.
        var rawHeadersRequestsPerS: Double?
        var rawHeadersCpuUsPerRequest: Double?
        /// The same with records that the codec reads and writes, instead of bytes.
        var rawRecordsRequestsPerS: Double?
        var rawRecordsCpuUsPerRequest: Double?
        /// With sender, worker and readers at work in the same process, nothing prepared: what the machine sustains of
        /// everything together, and what the loads of `Latency` are parts of. nil where it was not measured.
        var endToEndRequestsPerS: Double?
        /// With `BenchPlan.pacedTasks` tasks a second; nil where it was not measured.
        var paced: Latency?
        /// Of each lane that was started: from its start to its answered assignment.
        var readyMs: [Int]

        var shareOfRaw: Double? { rawRequestsPerS.map { requestsPerS / $0 } }
        var timesRawCPU: Double? { rawCpuUsPerRequest.map { cpuUsPerRequest / $0 } }
    }

    struct Percentiles: Codable, Hashable, Sendable {
        var p50Us: Int
        var p99Us: Int
        var p999Us: Int
    }

    /// Requests at an even pace, each counted from the moment at which it should have been sent.
    struct Latency: Codable, Hashable, Sendable {
        var guarantee: String
        /// The part of the sustained rate, end to end; nil where the pace was another's.
        var load: Double?
        var requestsPerS: Double
        var requests: Int
        /// Not completed half a minute after the last one was sent; they are in no percentile.
        var unfinished: Int
        /// Until a reader of committed records had all tasks.
        var tasks: Percentiles
        /// Until a reader of committed records had the status completed.
        var completion: Percentiles
        /// From all tasks in hand to the last acknowledgement handed to the client: not the coordinator's.
        var worker: Percentiles
        /// How late the sender was; counted in the latencies.
        var sending: Percentiles
    }

    /// Sagas that wait, in the memory of a lane that has just restored them.
    struct Idle: Codable, Hashable, Sendable {
        var sagas: Int
        var endpoints: Int
        /// From the start of a lane to its answered assignment: joining the group and the restore.
        var readyMs: Int
        /// Of which reading the topic and keeping what it says.
        var restoreMs: Int
        /// Only reading the same topic with the same client.
        var readMs: Int
        /// nil in figures of earlier versions.
        var partitions: Int?
        /// nil in figures of earlier versions, which had one. Each with its share of the partitions; times are the
        /// slowest one's, of restoring as of reading.
        var coordinators: Int?
        /// Growth of the process since before their snapshots were written; nil where the system does not say, and
        /// where coordinators had others' partitions before their own.
        var bytesPerSaga: Int?
        /// Of requests that come while they wait; nil where it was not measured.
        var cpuUsPerRequest: Double?
        /// With `BenchPlan.pacedTasks` tasks a second while they wait; nil where it was not measured.
        var paced: Latency?

        var timesReading: Double { Double(restoreMs) / Double(max(readMs, 1)) }
    }

    struct Growth: Codable, Hashable, Sendable {
        var endpoints: [Throughput]
        var partitions: [Throughput]
        var coordinators: [Throughput]
        var idleSagas: [Idle]
        /// nil in figures of earlier versions.
        var idleEndpoints: [Idle]?
        var idlePartitions: [Idle]?
        var idleCoordinators: [Idle]?

        var drains: [Throughput] { endpoints + partitions + coordinators }
        var waiting: [Idle] { idleSagas + [idleEndpoints, idlePartitions, idleCoordinators].flatMap { $0 ?? [] } }
    }

    struct Codec: Codable, Hashable, Sendable {
        var record: String
        var ns: Double
        var foundationNs: Double
    }

    var setup: Setup
    /// Of the first entry of `throughput`; nil where none was measured.
    var mode: String?
    var requestsPerS: Double?
    var cpuUsPerRequest: Double?
    var throughput: [Throughput] = []
    var latency: [Latency] = []
    var idle: [Idle] = []
    var growth: Growth?
    var codec: [Codec] = []

    init(setup: Setup) { self.setup = setup }

    mutating func add(_ figures: Throughput) {
        throughput.append(figures)
        mode = mode ?? figures.guarantee
        requestsPerS = requestsPerS ?? figures.requestsPerS
        cpuUsPerRequest = cpuUsPerRequest ?? figures.cpuUsPerRequest
    }
}

extension BenchReport {
    /// What a waiting saga of eight tasks may take.
    static let idleBytesMax = 2_048

    /// Whether everything that was begun was completed, and idle sagas are small.
    var isSound: Bool {
        let drains = throughput + (growth?.drains ?? [])
        let waiting = idle + (growth?.waiting ?? [])
        let stretches = latency + drains.compactMap(\.paced) + waiting.compactMap(\.paced)
        return drains.allSatisfy { $0.completed == $0.requests } && stretches.allSatisfy { $0.unfinished == 0 }
            // Below some thousands the process's own growth is most of it.
            && waiting.allSatisfy { $0.sagas < 10_000 || ($0.bytesPerSaga ?? 0) <= Self.idleBytesMax }
    }

    func json(isPretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = isPretty ? [.prettyPrinted, .sortedKeys] : [.sortedKeys]
        return String(decoding: try encoder.encode(rounded), as: UTF8.self)
    }

    init(json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(BenchReport.self, from: json)
    }

    /// No more digits than mean something.
    var rounded: BenchReport {
        var report = self
        report.requestsPerS = requestsPerS?.rounded()
        report.cpuUsPerRequest = cpuUsPerRequest.map(Self.tenths)
        report.throughput = throughput.map(\.rounded)
        report.latency = latency.map(\.rounded)
        report.idle = idle.map(\.rounded)
        report.growth = growth.map {
            Growth(
                endpoints: $0.endpoints.map(\.rounded), partitions: $0.partitions.map(\.rounded),
                coordinators: $0.coordinators.map(\.rounded), idleSagas: $0.idleSagas.map(\.rounded),
                idleEndpoints: $0.idleEndpoints?.map(\.rounded), idlePartitions: $0.idlePartitions?.map(\.rounded),
                idleCoordinators: $0.idleCoordinators?.map(\.rounded))
        }
        report.codec = codec.map {
            Codec(record: $0.record, ns: $0.ns.rounded(), foundationNs: $0.foundationNs.rounded())
        }
        return report
    }

    fileprivate static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

extension BenchReport.Throughput {
    fileprivate var rounded: Self {
        var figures = self
        figures.requestsPerS = requestsPerS.rounded()
        figures.cpuUsPerRequest = BenchReport.tenths(cpuUsPerRequest)
        figures.rawRequestsPerS = rawRequestsPerS?.rounded()
        figures.rawCpuUsPerRequest = rawCpuUsPerRequest.map(BenchReport.tenths)
        figures.rawHeadersRequestsPerS = rawHeadersRequestsPerS?.rounded()
        figures.rawHeadersCpuUsPerRequest = rawHeadersCpuUsPerRequest.map(BenchReport.tenths)
        figures.rawRecordsRequestsPerS = rawRecordsRequestsPerS?.rounded()
        figures.rawRecordsCpuUsPerRequest = rawRecordsCpuUsPerRequest.map(BenchReport.tenths)
        figures.endToEndRequestsPerS = endToEndRequestsPerS?.rounded()
        figures.paced = paced?.rounded
        return figures
    }
}

extension BenchReport.Latency {
    fileprivate var rounded: Self {
        var figures = self
        figures.requestsPerS = requestsPerS.rounded()
        return figures
    }
}

extension BenchReport.Idle {
    fileprivate var rounded: Self {
        var figures = self
        figures.cpuUsPerRequest = cpuUsPerRequest.map(BenchReport.tenths)
        figures.paced = paced?.rounded
        return figures
    }
}

/// The middle value; of an even number, the higher of the two in the middle. Zero of none.
func median<Value: Comparable & ExpressibleByIntegerLiteral>(_ values: [Value]) -> Value {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
}
