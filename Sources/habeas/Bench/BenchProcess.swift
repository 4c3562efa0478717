import ArgumentParser
import Contract
import Foundation
import Kafka

/// `habeas bench`: what a coordinator can do on a given broker, beside what the client can do there.
///
/// For throughput the traffic is prepared before it is measured, so that neither the backend nor the workers take part:
/// first all requests are in the log and a lane works them off, then all acknowledgements are, and a new lane works
/// those off. The read model, the API and the logs of a coordinator take no part in any figure.
struct BenchProcess {
    private let kafka: KafkaSettings
    private let turn: TurnSection
    private let plan: BenchPlan
    private let say: @Sendable (String) -> Void

    /// Coordinators did hardly any of the work together.
    private struct Gap: Error {}
    private static let gapWords = "the coordinators had not shared the partitions before the work was done"

    /// Measures, prints and ends; returns the exit code.
    static func run(
        _ settings: Settings, plan: BenchPlan, output: BenchOutput, console: Console
    ) async throws -> ExitCode {
        let turn = try TurnSection(settings)
        let kafka = try BrokerSection(settings).kafkaSettings(
            clientID: "habeas-bench", guarantee: turn.kafkaGuarantee)
        RecordMemory.keepBetweenBatches()
        let stop = ProcessSignal(SIGTERM) {
            BenchChild.stop()
            console.error("stopped; there are no figures of half a run")
            exit(CommandExit.done.rawValue)
        }
        defer { withExtendedLifetime(stop) {} }
        let process = BenchProcess(kafka: kafka, turn: turn, plan: plan) { console.error($0) }
        let report = try await process.report()
        if let file = output.file { try write(try report.json(isPretty: true) + "\n", to: file) }
        // What is written, so that the chart of the written figures is the same.
        if let file = output.chart { try write(BenchChart.svg(report.rounded), to: file) }
        console.out(output.json ? try report.json(isPretty: false) : BenchTable.text(report))
        return report.isSound ? CommandExit.done : CommandExit.no
    }

    /// Draws the chart of figures that were written earlier.
    static func draw(from figures: String, to chart: String) throws -> ExitCode {
        let report: BenchReport
        do {
            report = try BenchReport(json: Data(contentsOf: URL(fileURLWithPath: figures)))
        } catch let error as DecodingError {
            throw CommandFailure.usage(
                "\(figures) does not hold the figures of habeas bench; write them with --output (\(error))")
        } catch {
            throw CommandFailure.usage("\(figures) cannot be read: \(error.localizedDescription)")
        }
        try write(BenchChart.svg(report), to: chart)
        return CommandExit.done
    }

    private static func write(_ text: String, to file: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        } catch {
            throw CommandFailure.usage("\(file) cannot be written: \(error.localizedDescription)")
        }
    }

    private func report() async throws -> BenchReport {
        var report = BenchReport(setup: setup)
        // First, while nothing else has used memory: a process that was started for just this is its own child.
        if plan.suite == .quick || plan.suite == .restore, let sagas = idleSagas {
            say("restoring \(sagas) idle sagas")
            let idle = try await RestoreRun.measure(kafka: kafka, turn: turn, plan: plan, sagas: sagas)
            if idle.bytesPerSaga == nil {
                say("memory is unknown: a coordinator had others' partitions first, or the system does not tell it")
            }
            if idle.cpuUsPerRequest == nil { say("\(Self.gapWords): no CPU of a request; give more --requests") }
            report.idle.append(idle)
        }
        if plan.suite == .quick { report.add(try await asAsked(turn)) }
        if plan.suite.includes(.throughput) || plan.suite.includes(.latency) {
            for guarantee in guarantees {
                var turn = turn
                turn.guarantee = guarantee
                report.add(try await asAsked(turn))
            }
        }
        if plan.suite.includes(.latency) { try await addLatencies(to: &report) }
        if plan.suite == .full, let sagas = idleSagas {
            report.idle.append(contentsOf: try await child(restoring: sagas, rounds: plan.rounds))
        }
        if plan.suite.includes(.growth) { report.growth = try await growth() }
        if plan.codec, plan.suite == .quick || plan.suite == .full {
            say("measuring the codec")
            report.codec = try CodecBenchmark.run().map {
                BenchReport.Codec(record: $0.name, ns: $0.habeasNs, foundationNs: $0.foundationNs)
            }
        }
        return report
    }

    private var setup: BenchReport.Setup {
        BenchReport.Setup(
            suite: plan.suite.rawValue, requests: plan.requests, endpoints: plan.endpoints, partitions: plan.partitions,
            rounds: plan.rounds, commitIntervalMs: Int(turn.commitIntervalMs), turnRecords: turn.records,
            cores: ProcessInfo.processInfo.activeProcessorCount)
    }

    private var idleSagas: Int? {
        let asked = plan.idleSagas.flatMap { $0 > 0 ? $0 : nil }
        return plan.suite == .quick ? asked : asked ?? BenchPlan.idleSagasMax
    }

    /// Both where that is what is measured; latency is told of the configured one.
    private var guarantees: [TurnSection.Guarantee] {
        plan.suite == .latency ? [turn.guarantee] : [.exactlyOnce, .atLeastOnce]
    }
}

extension BenchProcess {
    /// What was asked for by name: without it there is nothing to tell.
    private func asAsked(_ turn: TurnSection) async throws -> BenchReport.Throughput {
        do { return try await beside(turn, plan) } catch is Gap {
            throw CommandFailure.usage("\(Self.gapWords); give more --requests")
        }
    }

    /// A lane and the raw limit in turns, so that both see the same hours of a machine that others use too.
    private func beside(_ turn: TurnSection, _ plan: BenchPlan) async throws -> BenchReport.Throughput {
        var lanes: [BenchReport.Throughput] = []
        var raw: [BenchPhase] = []
        var rawHeaders: [BenchPhase] = []
        var rawRecords: [BenchPhase] = []
        for round in 1...plan.rounds {
            let words = "\(turn.guarantee.rawValue), round \(round) of \(plan.rounds)"
            let working = plan.coordinators == 1 ? "a lane" : "\(plan.coordinators) coordinators"
            say("\(words): \(working), \(plan.requests) requests")
            lanes.append(try await drain(turn, plan, coordinators: plan.coordinators))
            say("\(words): the client alone")
            raw.append(try await RawLimit.measure(kafka: kafka(turn), turn: turn, plan: plan, traffic: .leanest))
            say("\(words): the client alone, with all headers")
            rawHeaders.append(
                try await RawLimit.measure(kafka: kafka(turn), turn: turn, plan: plan, traffic: .headers))
            say("\(words): the client alone, with all headers and the codec")
            rawRecords.append(
                try await RawLimit.measure(kafka: kafka(turn), turn: turn, plan: plan, traffic: .records))
        }
        var figures = lanes[0]
        figures.completed = lanes.map(\.completed).min() ?? 0
        figures.requestsPerS = median(lanes.map(\.requestsPerS))
        figures.cpuUsPerRequest = median(lanes.map(\.cpuUsPerRequest))
        (figures.rawRequestsPerS, figures.rawCpuUsPerRequest) = medians(raw)
        (figures.rawHeadersRequestsPerS, figures.rawHeadersCpuUsPerRequest) = medians(rawHeaders)
        (figures.rawRecordsRequestsPerS, figures.rawRecordsCpuUsPerRequest) = medians(rawRecords)
        return figures
    }

    private func medians(_ phases: [BenchPhase]) -> (requestsPerS: Double, cpuUsPerRequest: Double) {
        (
            median(phases.map { Double(plan.requests) / $0.seconds }),
            median(phases.map { $0.cpuSeconds * 1e6 / Double(plan.requests) })
        )
    }

    private func kafka(_ turn: TurnSection) -> KafkaSettings {
        var kafka = kafka
        kafka.guarantee = turn.kafkaGuarantee
        return kafka
    }

    private func drain(
        _ turn: TurnSection, _ plan: BenchPlan, coordinators: Int = 1
    ) async throws -> BenchReport.Throughput {
        let rig = try await BenchRig(kafka: kafka(turn), turn: turn, plan: plan)
        try rig.writeRequests()
        let first = try await rig.drain(records: plan.requests, lanes: coordinators)
        try rig.writeAcknowledgements()
        let second = try await rig.drain(records: plan.requests * plan.endpoints, lanes: coordinators)
        let completed = try rig.countCompleted()
        try await rig.close()
        guard let requests = first.whole(of: plan.requests),
            let answers = second.whole(of: plan.requests * plan.endpoints)
        else { throw Gap() }
        let cpuSeconds = requests.cpuSeconds + answers.cpuSeconds
        return BenchReport.Throughput(
            guarantee: turn.guarantee.rawValue, endpoints: plan.endpoints, partitions: plan.partitions,
            coordinators: coordinators, requests: plan.requests, completed: completed,
            commits: first.commits + second.commits,
            requestsPerS: Double(plan.requests) / (requests.seconds + answers.seconds),
            cpuUsPerRequest: cpuSeconds * 1e6 / Double(plan.requests), readyMs: [first.readyMs, second.readyMs])
    }

    private func addLatencies(to report: inout BenchReport) async throws {
        for index in report.throughput.indices {
            let figures = report.throughput[index]
            guard let guarantee = TurnSection.Guarantee(rawValue: figures.guarantee) else { continue }
            var turn = turn
            turn.guarantee = guarantee
            say("\(guarantee.rawValue): more requests than sender, lane, worker and readers get through")
            let sustained = try await LatencyRun.sustained(
                kafka: kafka(turn), turn: turn, plan: plan, offered: figures.requestsPerS)
            report.throughput[index].endToEndRequestsPerS = sustained
            for load in BenchPlan.loads {
                let rate = sustained * load
                say("\(guarantee.rawValue): \(Int(rate)) requests/s for \(plan.seconds) s")
                report.latency.append(
                    try await LatencyRun.measure(
                        kafka: kafka(turn), turn: turn, plan: plan, load: load, requestsPerSecond: rate))
            }
        }
    }

    private func growth() async throws -> BenchReport.Growth {
        var growth = BenchReport.Growth(endpoints: [], partitions: [], coordinators: [], idleSagas: [])
        for count in BenchPlan.endpointSteps {
            say("growth: \(count) endpoints")
            let step = plan.scaled(toEndpoints: count)
            growth.endpoints.append(try await paced(try await drain(turn, step), step))
        }
        for count in BenchPlan.partitionSteps {
            say("growth: \(count) partitions")
            var plan = plan
            plan.partitions = count
            growth.partitions.append(try await paced(try await drain(turn, plan), plan))
        }
        for count in plan.coordinatorSteps {
            say("growth: \(count) coordinators")
            var plan = plan
            plan.coordinators = count
            do {
                growth.coordinators.append(try await paced(try await beside(turn, plan), plan))
            } catch is Gap {
                say("\(Self.gapWords); give more --requests")
            }
        }
        for count in plan.idleSteps { growth.idleSagas += try await child(restoring: count, rounds: 1) }
        let few = min(BenchPlan.idleStepSagas, plan.idleSteps.last ?? 0)
        growth.idleEndpoints = []
        for count in BenchPlan.idleEndpointSteps {
            growth.idleEndpoints? += try await child(restoring: few, rounds: 1, plan.scaled(toEndpoints: count))
        }
        growth.idlePartitions = []
        for count in BenchPlan.idlePartitionSteps {
            var plan = plan
            plan.partitions = count
            growth.idlePartitions? += try await child(restoring: few, rounds: 1, plan)
        }
        growth.idleCoordinators = []
        for count in plan.coordinatorSteps {
            var plan = plan
            plan.coordinators = count
            growth.idleCoordinators? += try await child(
                restoring: plan.idleSteps.last ?? 0, rounds: plan.rounds, plan)
        }
        return growth
    }

    /// With latencies at the pace that all steps have in common.
    private func paced(_ figures: BenchReport.Throughput, _ plan: BenchPlan) async throws -> BenchReport.Throughput {
        var figures = figures
        figures.paced = try await LatencyRun.paced(kafka: kafka(turn), turn: turn, plan: plan)
        return figures
    }

    private func child(
        restoring sagas: Int, rounds: Int, _ step: BenchPlan? = nil
    ) async throws -> [BenchReport.Idle] {
        var plan = step ?? plan
        let among = plan.coordinators == 1 ? "" : ", \(plan.coordinators) coordinators"
        say("\(sagas) idle sagas of \(plan.endpoints) tasks in \(plan.partitions) partitions\(among)")
        plan.suite = .restore
        plan.idleSagas = sagas
        plan.rounds = rounds
        return try await BenchChild.run(plan).idle
    }
}
