import ArgumentParser

/// What a run of `habeas bench` measures.
enum BenchSuite: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// One drain under the configured guarantee beside the raw limit; idle sagas too where they are asked for.
    case quick
    /// Requests a second and CPU a request under both guarantees, several times, beside the raw limit.
    case throughput
    /// From request to tasks and to completion, at a tenth and at half of what the machine sustains.
    case latency
    /// Memory of idle sagas and the time to restore them, beside only reading their topic.
    case restore
    /// The same figures by endpoints, partitions, coordinators and idle sagas.
    case growth
    /// Everything.
    case full

    func includes(_ part: BenchSuite) -> Bool { self == part || self == .full }
}

/// What to measure.
struct BenchPlan: Hashable, Sendable {
    var suite = BenchSuite.quick
    var requests = 20_000
    var endpoints = 8
    var partitions = 4
    /// At work at the same time, where throughput is measured beside the raw limit and where idle sagas are restored.
    var coordinators = 1
    /// nil: not asked for; the suites that measure a restore take a million.
    var idleSagas: Int?
    /// Of each figure; the medians are told.
    var rounds = 3
    /// Of each stretch of requests at an even pace.
    var seconds = 20
    var codec = true
}

/// Where the figures go.
struct BenchOutput: Hashable, Sendable {
    var json = false
    /// A file for the JSON, beside what is printed.
    var file: String?
    /// A file for the chart.
    var chart: String?
}

extension BenchPlan {
    static let idleSagasMax = 1_000_000
    static let endpointSteps = [1, 2, 4, 8, 16, 32, 64]
    static let partitionSteps = [1, 2, 4, 8, 16]
    /// One without a partition would have nothing to do, and would be waited for in vain.
    var coordinatorSteps: [Int] { [1, 2].filter { $0 <= partitions } }
    /// Powers of ten from a thousand up to what was asked for.
    var idleSteps: [Int] {
        let most = idleSagas ?? Self.idleSagasMax
        return [1_000, 10_000, 100_000, 1_000_000, 10_000_000].filter { $0 <= max(most, 1_000) }
    }
    /// Where memory and restore are measured by endpoints and by partitions, and with how many sagas.
    static let (idleEndpointSteps, idlePartitionSteps, idleStepSagas) = ([1, 4, 16, 64], [1, 4, 16], 100_000)
    /// Parts of the sustained rate at which latency is measured.
    static let loads = [0.1, 0.5]
    /// Tasks a second where latency is compared by something else than the load: some tenth of what is sustained.
    static let pacedTasks = 3_200

    /// The pace of `pacedTasks`.
    var pacedRequestsPerSecond: Double { Double(Self.pacedTasks) / Double(endpoints) }

    /// The same work for another number of endpoints: as many tasks in all, and enough requests for several commits.
    func scaled(toEndpoints count: Int) -> BenchPlan {
        var plan = self
        plan.endpoints = count
        plan.requests = min(max(requests * endpoints / count, 500), 4 * requests)
        return plan
    }
}
