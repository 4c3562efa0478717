import Foundation

/// The figures of a run for people.
enum BenchTable {
    static func text(_ report: BenchReport) -> String {
        var lines: [String] = []
        func section(_ title: String, _ table: Table) {
            if table.rows.isEmpty { return }
            if !lines.isEmpty { lines.append("") }
            lines.append(title)
            lines += table.lines(width: nil, colours: false)
        }
        section("Prepared requests, as fast as possible", throughput(report.throughput))
        section("Requests at an even pace, ms from the moment they were due", latency(report.latency))
        section("Idle sagas", idle(report.idle))
        if let growth = report.growth {
            section("By endpoints", throughput(growth.endpoints))
            section("By partitions", throughput(growth.partitions))
            section("By coordinators", throughput(growth.coordinators))
            section("By idle sagas", idle(growth.idleSagas))
            section("Idle sagas by endpoints", idle(growth.idleEndpoints ?? []))
            section("Idle sagas by partitions", idle(growth.idlePartitions ?? []))
            section("Idle sagas by coordinators", idle(growth.idleCoordinators ?? []))
            section("At an even pace of \(BenchPlan.pacedTasks) tasks a second", paced(growth))
        }
        section("Codec, ns a record", codec(report.codec))
        return lines.joined(separator: "\n")
    }

    private static func columns(_ titles: [String], textual: Int) -> Table {
        Table(titles.enumerated().map { Table.Column(title: $1, alignment: $0 < textual ? .left : .right) })
    }

    private static func throughput(_ drains: [BenchReport.Throughput]) -> Table {
        var table = columns(
            [
                "GUARANTEE", "ENDPOINTS", "PARTITIONS", "COORDINATORS", "COMPLETED", "REQUESTS/S", "CPU µs",
                "CLIENT ALONE/S", "CPU µs ALONE", "SHARE", "TIMES CPU", "+ HEADERS/S", "CPU µs + HEADERS",
                "+ CODEC/S", "CPU µs + CODEC", "END TO END/S",
            ], textual: 1)
        for figures in drains {
            table.append(
                [
                    figures.guarantee, "\(figures.endpoints)", "\(figures.partitions)", "\(figures.coordinators)",
                    "\(figures.completed)/\(figures.requests)", number(figures.requestsPerS, 0),
                    number(figures.cpuUsPerRequest, 1), number(figures.rawRequestsPerS, 0),
                    number(figures.rawCpuUsPerRequest, 1), number(figures.shareOfRaw, 2),
                    number(figures.timesRawCPU, 2), number(figures.rawHeadersRequestsPerS, 0),
                    number(figures.rawHeadersCpuUsPerRequest, 1), number(figures.rawRecordsRequestsPerS, 0),
                    number(figures.rawRecordsCpuUsPerRequest, 1), number(figures.endToEndRequestsPerS, 0),
                ].map { Styled($0) })
        }
        return table
    }

    private static func latency(_ stretches: [BenchReport.Latency]) -> Table {
        var table = columns(
            [
                "GUARANTEE", "LOAD", "REQUESTS/S", "UNFINISHED", "TASKS p50", "p99", "p99.9", "COMPLETED p50", "p99",
                "p99.9", "WORKER p50", "p99", "SENT LATE p99",
            ], textual: 1)
        for figures in stretches {
            let load = figures.load.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
            let times =
                [figures.tasks, figures.completion].flatMap { [$0.p50Us, $0.p99Us, $0.p999Us] }
                + [figures.worker.p50Us, figures.worker.p99Us, figures.sending.p99Us]
            table.append(
                ([
                    figures.guarantee, load, number(figures.requestsPerS, 0), "\(figures.unfinished)",
                ] + times.map { number(Double($0) / 1_000, 1) }).map { Styled($0) })
        }
        return table
    }

    private static func idle(_ waiting: [BenchReport.Idle]) -> Table {
        var table = columns(
            [
                "SAGAS", "ENDPOINTS", "PARTITIONS", "COORDINATORS", "BYTES EACH", "RESTORE ms", "READING ALONE ms",
                "TIMES", "READY ms", "CPU µs A REQUEST",
            ], textual: 0)
        for figures in waiting {
            table.append(
                [
                    "\(figures.sagas)", "\(figures.endpoints)", figures.partitions.map { "\($0)" } ?? "",
                    "\(figures.coordinators ?? 1)",
                    figures.bytesPerSaga.map { "\($0)" } ?? "unknown",
                    "\(figures.restoreMs)", "\(figures.readMs)", number(figures.timesReading, 2),
                    "\(figures.readyMs)", number(figures.cpuUsPerRequest, 1),
                ].map { Styled($0) })
        }
        return table
    }

    /// Until completion, ms; by what differs from the run's own setup.
    private static func paced(_ growth: BenchReport.Growth) -> Table {
        var table = columns(
            ["ENDPOINTS", "PARTITIONS", "COORDINATORS", "IDLE SAGAS", "REQUESTS/S", "COMPLETED p50", "p99", "p99.9"],
            textual: 0)
        func append(_ places: [Int], _ figures: BenchReport.Latency?) {
            guard let figures else { return }
            let times = [figures.completion.p50Us, figures.completion.p99Us, figures.completion.p999Us]
            table.append(
                (places.map { "\($0)" } + [number(figures.requestsPerS, 0)]
                    + times.map { number(Double($0) / 1_000, 1) }).map { Styled($0) })
        }
        for figures in growth.drains {
            append([figures.endpoints, figures.partitions, figures.coordinators, 0], figures.paced)
        }
        for figures in growth.waiting {
            append(
                [figures.endpoints, figures.partitions ?? 0, figures.coordinators ?? 1, figures.sagas], figures.paced)
        }
        return table
    }

    private static func codec(_ figures: [BenchReport.Codec]) -> Table {
        var table = columns(["RECORD", "HABEAS", "FOUNDATION"], textual: 1)
        for figure in figures {
            table.append([figure.record, number(figure.ns, 0), number(figure.foundationNs, 0)].map { Styled($0) })
        }
        return table
    }

    private static func number(_ value: Double?, _ digits: Int) -> String {
        value.map { String(format: "%.\(digits)f", $0) } ?? ""
    }
}
