/// The figures of a run as a picture.
enum BenchChart {
    private static let columns = 2

    static func svg(_ report: BenchReport) -> String {
        var svg = SVGText()
        let panels = panels(report)
        for (index, panel) in panels.enumerated() {
            panel.draw(
                on: &svg, x: Double(index % columns) * ChartPanel.width,
                y: Double(index / columns) * ChartPanel.height)
        }
        let rows = (panels.count + columns - 1) / columns
        return svg.document(
            width: columns * Int(ChartPanel.width), height: rows * Int(ChartPanel.height),
            title: "habeas bench")
    }

    /// What was measured; what was not has no panel.
    static func panels(_ report: BenchReport) -> [ChartPanel] {
        var panels: [ChartPanel] = []
        if !report.throughput.isEmpty { panels += beside(report.throughput) }
        if !report.latency.isEmpty { panels += latencies(report.latency) }
        if let growth = report.growth { panels += drains(growth) }
        let idle = report.growth?.idleSagas ?? report.idle
        if !idle.isEmpty { panels += waiting(idle) }
        if let shared = report.growth?.idleCoordinators, !shared.isEmpty { panels += waitingByCoordinators(shared) }
        return panels
    }

    private static func beside(_ drains: [BenchReport.Throughput]) -> [ChartPanel] {
        let places = drains.map(\.guarantee)
        let tasks = "\(drains[0].endpoints) endpoints"
        return [
            ChartPanel(
                title: "Throughput, \(tasks)", kind: .bars, yLabel: "requests/s", xLabel: "guarantee", places: places,
                series: measured([
                    .init(name: "coordinator", values: drains.map(\.requestsPerS)),
                    .init(name: "client alone", values: drains.map(\.rawRequestsPerS)),
                    .init(name: "+ headers", values: drains.map(\.rawHeadersRequestsPerS)),
                    .init(name: "+ codec", values: drains.map(\.rawRecordsRequestsPerS)),
                ])),
            ChartPanel(
                title: "CPU, \(tasks)", kind: .bars, yLabel: "µs a request", xLabel: "guarantee", places: places,
                series: measured([
                    .init(name: "coordinator", values: drains.map(\.cpuUsPerRequest)),
                    .init(name: "client alone", values: drains.map(\.rawCpuUsPerRequest)),
                    .init(name: "+ headers", values: drains.map(\.rawHeadersCpuUsPerRequest)),
                    .init(name: "+ codec", values: drains.map(\.rawRecordsCpuUsPerRequest)),
                ])),
        ]
    }

    /// Figures of earlier versions lack some.
    private static func measured(_ series: [ChartPanel.Series]) -> [ChartPanel.Series] {
        series.filter { $0.values.contains { $0 != nil } }
    }

    /// Each load by itself: where there is no core to spare, one takes fifty times as long as the other.
    private static func latencies(_ stretches: [BenchReport.Latency]) -> [ChartPanel] {
        Set(stretches.compactMap(\.load)).sorted().flatMap { load in
            let these = stretches.filter { $0.load == load }
            return [
                latencies(these, at: load, "From request to tasks", \.tasks),
                latencies(these, at: load, "From request to completion", \.completion),
            ]
        }
    }

    private static func latencies(
        _ stretches: [BenchReport.Latency], at load: Double, _ title: String,
        _ part: (BenchReport.Latency) -> BenchReport.Percentiles
    ) -> ChartPanel {
        func values(_ figure: (BenchReport.Percentiles) -> Int) -> [Double?] {
            stretches.map { Double(figure(part($0))) / 1_000 }
        }
        return ChartPanel(
            title: title, kind: .bars, yLabel: "ms", xLabel: "at \(Int(load * 100)) % of what is sustained end to end",
            places: stretches.map(\.guarantee),
            series: [
                .init(name: "p50", values: values(\.p50Us)), .init(name: "p99", values: values(\.p99Us)),
                .init(name: "p99.9", values: values(\.p999Us)),
            ])
    }

    private static func drains(_ growth: BenchReport.Growth) -> [ChartPanel] {
        var panels: [ChartPanel] = []
        if !growth.endpoints.isEmpty {
            panels.append(
                ChartPanel(
                    title: "CPU by endpoints", kind: .lines, yLabel: "µs a task", xLabel: "endpoints of a request",
                    places: growth.endpoints.map { "\($0.endpoints)" },
                    series: [
                        .init(
                            name: "coordinator",
                            values: growth.endpoints.map { $0.cpuUsPerRequest / Double($0.endpoints) })
                    ]))
        }
        if !growth.partitions.isEmpty {
            panels.append(
                ChartPanel(
                    title: "Throughput by partitions", kind: .lines, yLabel: "requests/s", xLabel: "partitions",
                    places: growth.partitions.map { "\($0.partitions)" },
                    series: [.init(name: "coordinator", values: growth.partitions.map(\.requestsPerS))]))
        }
        if !growth.coordinators.isEmpty {
            panels.append(
                ChartPanel(
                    title: "Throughput by coordinators", kind: .bars, yLabel: "requests/s", xLabel: "coordinators",
                    places: growth.coordinators.map { "\($0.coordinators)" },
                    series: measured([
                        .init(name: "coordinators", values: growth.coordinators.map(\.requestsPerS)),
                        .init(name: "client alone", values: growth.coordinators.map(\.rawRequestsPerS)),
                    ])))
        }
        return panels
    }

    private static func waiting(_ idle: [BenchReport.Idle]) -> [ChartPanel] {
        waiting(
            idle, of: "idle sagas", by: "idle sagas", .lines, idle.map { ChartPanel.short(Double($0.sagas)) })
    }

    private static func waitingByCoordinators(_ idle: [BenchReport.Idle]) -> [ChartPanel] {
        waiting(
            idle, of: "\(ChartPanel.short(Double(idle[0].sagas))) idle sagas", by: "coordinators", .bars,
            idle.map { "\($0.coordinators ?? 1)" })
    }

    private static func waiting(
        _ idle: [BenchReport.Idle], of sagas: String, by xLabel: String, _ kind: ChartPanel.Kind, _ places: [String]
    ) -> [ChartPanel] {
        [
            ChartPanel(
                title: "Restore of \(sagas)", kind: kind, yLabel: "s", xLabel: xLabel, places: places,
                series: [
                    .init(name: "restore", values: idle.map { Double($0.restoreMs) / 1_000 }),
                    .init(name: "reading alone", values: idle.map { Double($0.readMs) / 1_000 }),
                ]),
            ChartPanel(
                title: "Memory of \(sagas)", kind: kind, yLabel: "bytes a saga", xLabel: xLabel, places: places,
                series: [.init(name: "coordinator", values: idle.map { $0.bytesPerSaga.map(Double.init) })]),
        ]
    }
}
