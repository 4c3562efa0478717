import ArgumentParser
import Contract
import Coordinator
import Foundation
import Kafka
import Logging
import RecordLog
import SagaKernel
import Telemetry

/// `habeas bench`: what a lane can do on a given broker.
///
/// The traffic is prepared before it is measured, so that neither the backend nor the workers take part: first all
/// requests are in the log and the lane works them off, then all acknowledgements are, and a restarted lane works those
/// off. What is measured is a lane's share and the broker's answer to it: the read model, the API and the logs of a
/// coordinator take no part.
enum BenchProcess {
    /// Measures, prints and ends; returns the exit code.
    static func run(_ settings: Settings, plan: BenchPlan, console: Console) async throws -> ExitCode {
        let broker = try BrokerSection(settings)
        let turn = try TurnSection(settings)
        let kafka = try broker.kafkaSettings(clientID: "habeas-bench", guarantee: turn.kafkaGuarantee)
        RecordMemory.keepBetweenBatches()
        let stop = ProcessSignal(SIGTERM) {
            console.error("stopped; there are no figures of half a run")
            exit(CommandExit.done.rawValue)
        }
        defer { withExtendedLifetime(stop) {} }
        func say(_ text: String) { if !plan.json { console.error(text) } }
        let idle = plan.idleSagas > 0 ? try await restore(kafka, turn, plan, say: say) : nil
        let rig = try BenchRig(kafka: kafka, turn: turn, plan: plan, part: "work")
        defer { rig.close() }
        try await rig.createTopics()
        say("writing \(plan.requests) requests")
        try rig.writeRequests()
        say("measuring requests")
        let first = try await rig.drain(records: plan.requests)
        say("writing \(plan.requests * plan.endpoints) acknowledgements")
        try rig.writeAcknowledgements()
        say("measuring acknowledgements")
        let second = try await rig.drain(records: plan.requests * plan.endpoints)
        let completed = try rig.countCompleted()
        say("measuring the client alone")
        let client = try await BenchRig.client(kafka, turn, plan)
        let result = BenchResult(
            plan: plan, guarantee: turn.guarantee.rawValue, phases: [first, second], client: client,
            completed: completed, idle: idle, codec: plan.codec ? try CodecBenchmark.run() : [])
        console.out(plan.json ? result.json : result.text)
        let isSmall = idle?.bytesPerSaga.map { $0 <= BenchResult.idleBytesMax } ?? true
        return completed == plan.requests && isSmall ? CommandExit.done : CommandExit.no
    }

    /// Memory and time of a restore. It comes first: what was used before could be used again, and would not be seen.
    private static func restore(
        _ kafka: KafkaSettings, _ turn: TurnSection, _ plan: BenchPlan, say: (String) -> Void
    ) async throws -> BenchResult.Idle {
        var plan = plan
        plan.requests = plan.idleSagas
        let rig = try BenchRig(kafka: kafka, turn: turn, plan: plan, part: "idle")
        defer { rig.close() }
        try await rig.createTopics()
        let before = ProcessMetrics.residentBytes()
        say("writing the snapshots of \(plan.idleSagas) waiting sagas")
        try rig.writeIdleSagas()
        say("restoring them")
        let phase = try await rig.drain(records: 0)
        let bytes = phase.residentBytes.flatMap { after in before.map { max(0, after - $0) } }
        return BenchResult.Idle(
            sagas: plan.idleSagas, readyMs: phase.readyMs, bytesPerSaga: bytes.map { $0 / plan.idleSagas })
    }
}

/// The figures of a run.
struct BenchResult {
    /// What a waiting saga of eight tasks may take.
    static let idleBytesMax = 2_048

    /// Sagas that wait, in the memory of a lane that has just restored them.
    struct Idle {
        var sagas: Int
        var readyMs: Int
        /// Growth of the process since before their snapshots were written; nil where the system does not say.
        var bytesPerSaga: Int?
    }

    var plan: BenchPlan
    var guarantee: String
    var phases: [BenchPhase]
    /// The same traffic without a lane.
    var client: BenchPhase
    var completed: Int
    var idle: Idle?
    var codec: [CodecBenchmark.Figure]

    var seconds: Double { phases.reduce(0) { $0 + $1.seconds } }
    var requestsPerSecond: Double { Double(plan.requests) / seconds }
    var microsecondsPerRequest: Double {
        phases.reduce(0) { $0 + $1.cpuSeconds } * 1e6 / Double(plan.requests)
    }

    var clientRequestsPerSecond: Double { Double(plan.requests) / client.seconds }
    var clientMicrosecondsPerRequest: Double { client.cpuSeconds * 1e6 / Double(plan.requests) }

    var json: String {
        var json = JSONWriter()
        json.beginObject()
        json.name("mode")
        json.string(guarantee)
        for (name, value) in [
            ("requests", plan.requests), ("endpoints", plan.endpoints), ("partitions", plan.partitions),
            ("completed", completed), ("commits", phases.reduce(0) { $0 + $1.commits }),
            ("requests_per_s", Int(requestsPerSecond)),
        ] as [(StaticString, Int)] {
            json.name(name)
            json.integer(value)
        }
        json.name("cpu_us_per_request")
        json.json(String(format: "%.1f", microsecondsPerRequest))
        json.name("client_requests_per_s")
        json.integer(Int(clientRequestsPerSecond))
        json.name("client_cpu_us_per_request")
        json.json(String(format: "%.1f", clientMicrosecondsPerRequest))
        json.name("ready_ms")
        json.beginArray()
        for phase in phases { json.integer(phase.readyMs) }
        json.endArray()
        if let idle {
            json.name("idle")
            json.beginObject()
            json.name("sagas")
            json.integer(idle.sagas)
            json.name("ready_ms")
            json.integer(idle.readyMs)
            json.name("bytes_per_saga")
            if let bytes = idle.bytesPerSaga { json.integer(bytes) } else { json.null() }
            json.endObject()
        }
        json.name("codec")
        json.beginArray()
        for figure in codec {
            json.beginObject()
            json.name("record")
            json.string(figure.name)
            json.name("ns")
            json.json(String(format: "%.0f", figure.habeasNs))
            json.name("foundation_ns")
            json.json(String(format: "%.0f", figure.foundationNs))
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    var text: String {
        var lines = [
            "\(guarantee): \(completed) of \(plan.requests) requests with \(plan.endpoints) endpoints completed",
            String(format: "  %.0f requests/s, %.1f µs CPU a request", requestsPerSecond, microsecondsPerRequest),
        ]
        for (name, phase) in zip(["requests", "acknowledgements"], phases) {
            lines.append(
                String(
                    format: "  %@: %.2f s, %.2f s CPU, %d commits, ready after %d ms", name, phase.seconds,
                    phase.cpuSeconds, phase.commits, phase.readyMs))
        }
        lines.append(
            String(
                format:
                    "  the client alone: %.0f requests/s, %.1f µs CPU a request; a lane has %.2f of that throughput at "
                    + "%.2f of that CPU",
                clientRequestsPerSecond, clientMicrosecondsPerRequest, requestsPerSecond / clientRequestsPerSecond,
                microsecondsPerRequest / clientMicrosecondsPerRequest))
        if let idle {
            let bytes = idle.bytesPerSaga.map { "\($0) bytes each" } ?? "memory unknown on this system"
            lines.append("  \(idle.sagas) waiting sagas: ready after \(idle.readyMs) ms, \(bytes)")
        }
        for figure in codec {
            lines.append(
                String(
                    format: "  %@: %.0f ns, Foundation %.0f ns", figure.name, figure.habeasNs,
                    figure.foundationNs))
        }
        return lines.joined(separator: "\n")
    }
}
