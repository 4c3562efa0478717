import ArgumentParser
import Foundation
import Testing

@testable import habeas

struct BenchTests {
    @Test func `what is due agrees with the moments at which it should be sent`() {
        for rate in [0.3, 7, 333.3, 12_345.6] {
            let loop = OpenLoop(startNs: 5_000, requestsPerSecond: rate, count: 500)
            #expect(loop.due(nowNs: 0) == 0 && loop.due(nowNs: 4_999) == 0)
            for index in 0..<loop.count {
                let moment = loop.intendedNs(index)
                #expect(loop.due(nowNs: moment) == index + 1, "\(rate) \(index)")
                #expect(loop.due(nowNs: moment - 1) == index, "\(rate) \(index)")
            }
            #expect(loop.due(nowNs: .max / 2) == loop.count)
        }
    }

    /// A stall of a second that holds up the sender as well: whoever counted from the sending would see nothing of it.
    @Test func `requests that a stall kept from being sent are counted from when they were due`() {
        let loop = OpenLoop(startNs: 1_000_000_000, requestsPerSecond: 1_000, count: 2_000)
        var ledger = LatencyLedger(count: loop.count)
        let stall: Range<UInt64> = 1_500_000_000..<2_500_000_000
        var next = 0
        for nowNs in stride(from: loop.startNs, through: 3_100_000_000, by: 500_000) where !stall.contains(nowNs) {
            for index in next..<loop.due(nowNs: nowNs) {
                ledger.sentNs[index] = nowNs
                ledger.tasksNs[index] = nowNs
                ledger.answeredNs[index] = nowNs + 3_000_000
                ledger.completedNs[index] = nowNs + 10_000_000
            }
            next = max(next, loop.due(nowNs: nowNs))
        }
        #expect(ledger.unfinished == 0)
        // A thousand of the two thousand were due in the stall: their latencies go evenly from 0 to 1 s.
        #expect((975_000...985_000).contains(ledger.sending(since: loop).p99Us))
        #expect((975_000...985_000).contains(ledger.tasks(since: loop).p99Us))
        #expect((985_000...995_000).contains(ledger.completion(since: loop).p99Us))
        #expect(ledger.completion(since: loop).p50Us >= 10_000)
        // The worker's own time is told apart from it.
        #expect((2_990...3_010).contains(ledger.worker().p999Us))
    }

    @Test func `what was not completed is counted and is in no percentile`() {
        let loop = OpenLoop(startNs: 0, requestsPerSecond: 10, count: 10)
        var ledger = LatencyLedger(count: 10)
        for index in 0..<9 { ledger.completedNs[index] = loop.intendedNs(index) + 2_000_000 }
        #expect(ledger.unfinished == 1)
        #expect((1_990...2_010).contains(ledger.completion(since: loop).p999Us))
    }

    @Test func `what is sustained counts from the first due moment to the last completion, not to the last sending`() {
        let loop = OpenLoop(startNs: 1_000_000_000, requestsPerSecond: 1_000, count: 1_000)
        var ledger = LatencyLedger(count: loop.count)
        #expect(ledger.completedPerSecond(since: loop) == 0)
        // Sent within a second, completed within four; the last one not at all.
        for index in 0..<999 { ledger.completedNs[index] = loop.startNs + UInt64(index + 1) * 4_000_000 }
        #expect((249.9...250.1).contains(ledger.completedPerSecond(since: loop)))
    }

    @Test func `percentiles are right to three digits`() {
        var table = LatencyTable()
        for milliseconds in 1...10_000 { table.record(ns: UInt64(milliseconds) * 1_000_000) }
        let found = table.percentiles
        for (value, expected) in [(found.p50Us, 5_000_000), (found.p99Us, 9_900_000), (found.p999Us, 9_990_000)] {
            #expect(abs(value - expected) <= expected / 900, "\(value) instead of \(expected)")
        }
        // Longer than can be told: counted, not lost.
        for _ in 0..<100_000 { table.record(ns: .max) }
        #expect(table.percentiles.p50Us >= 599_000_000)
    }

    @Test func `the middle of several rounds is told`() {
        #expect(median([3.0, 1, 2]) == 2)
        #expect(median([4, 1, 3, 2]) == 3)
        #expect(median([Int]()) == 0)
    }

    @Test func `figures have the names that scripts read, and can be read back`() throws {
        let report = BenchSamples.report
        #expect(try report.json(isPretty: true) + "\n" == BenchSamples.json)
        let again = try BenchReport(json: Data(BenchSamples.json.utf8))
        #expect(again.throughput.first?.completed == 20_000)
        #expect(try again.json(isPretty: true) + "\n" == BenchSamples.json)
        #expect(throws: (any Error).self) { try BenchReport(json: Data("{}".utf8)) }
    }

    @Test func `the table shows what was measured, and nothing that was not`() {
        let lines = BenchTable.text(BenchSamples.report).split(separator: "\n").map { $0.split(separator: " ") }
        #expect(
            lines.contains([
                "exactly-once", "8", "4", "1", "20000/20000", "4812", "121.7", "6016", "52.1", "0.80", "2.33",
                "5310", "71.4", "4999", "98.0", "2412",
            ]))
        #expect(
            lines.contains([
                "exactly-once", "10", "%", "481", "0", "61.0", "118.0", "131.0", "124.0", "233.0", "251.0", "0.1",
                "0.4",
                "0.2",
            ]))
        #expect(lines.contains(["1000000", "8", "2", "655", "6200", "4100", "1.51", "6900"]))
        var bare = BenchSamples.report
        bare.latency = []
        #expect(!BenchTable.text(bare).contains("p99"))
    }

    @Test func `latencies at one pace are told by what differs, and count as unfinished work`() {
        var report = BenchSamples.report
        var (drain, waiting) = (report.throughput[0], report.idle[0])
        (drain.paced, waiting.paced, waiting.partitions) = (report.latency[0], report.latency[0], 4)
        drain.paced?.load = nil
        func grow() {
            report.growth = .init(endpoints: [drain], partitions: [], coordinators: [], idleSagas: [waiting])
        }
        grow()
        let lines = BenchTable.text(report).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["8", "4", "1", "0", "481", "124.0", "233.0", "251.0"]))
        #expect(lines.contains(["8", "4", "2", "1000000", "481", "124.0", "233.0", "251.0"]))
        #expect(report.isSound)
        waiting.paced?.unfinished = 1
        grow()
        #expect(!report.isSound)
        report.growth?.idleSagas = []
        #expect(report.isSound)
        report.growth?.idleCoordinators = [waiting]
        #expect(!report.isSound)
    }

    @Test func `the chart of given figures is this text`() {
        #expect(BenchChart.svg(BenchSamples.report) == BenchSamples.chart)
    }

    @Test(arguments: ["speed", "speed-slow"])
    func `the charts of the documentation are drawn from the figures beside them`(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Coordinator/Coordinator.docc/Resources")
        let report = try BenchReport(json: Data(contentsOf: folder.appending(path: "\(name).json")))
        let chart = try String(contentsOf: folder.appending(path: "\(name).svg"), encoding: .utf8)
        #expect(BenchChart.svg(report) == chart)
        let growth = try #require(report.growth)
        #expect(report.throughput.count == 2)
        // What the documents say of the CPU means nothing without what the codec alone takes.
        #expect(report.throughput.allSatisfy { $0.rawRecordsCpuUsPerRequest != nil })
        // The aim of throughput is told of two coordinators: that means nothing without the client alone beside them.
        #expect(growth.coordinators.map(\.coordinators) == [1, 2])
        #expect(growth.coordinators.allSatisfy { $0.shareOfRaw != nil })
        // The good hour's are of before a restore was measured with several.
        if name == "speed-slow" { #expect(growth.idleCoordinators?.compactMap(\.coordinators) == [1, 2]) }
    }

    @Test func `what grows with coordinators is drawn once for each of them`() {
        var report = BenchSamples.report
        var alone = report.idle[0]
        alone.coordinators = nil
        report.growth = .init(
            endpoints: [], partitions: [], coordinators: [], idleSagas: [], idleCoordinators: [alone, report.idle[0]])
        let panels = BenchChart.panels(report).filter { $0.xLabel == "coordinators" }
        #expect(panels.map(\.title) == ["Restore of 1 M idle sagas", "Memory of 1 M idle sagas"])
        #expect(panels.allSatisfy { $0.places == ["1", "2"] })
        #expect(panels.flatMap(\.series).map(\.values) == [[6.2, 6.2], [4.1, 4.1], [655, 655]])
    }

    @Test func `axes have four to eight marks at round numbers`() {
        for most in [0.07, 0.9, 1, 3, 47, 148, 999, 1_001, 54_000, 1_000_000] {
            let step = ChartPanel.step(upTo: most)
            #expect((2...8).contains((most / step).rounded(.up)), "\(most): \(step)")
            let digits = step / pow(10, log10(step).rounded(.down))
            #expect([1, 2, 5, 10].contains { abs($0 - digits) < 1e-6 }, "\(most): \(step)")
        }
    }

    @Test func `a run whose requests were not all completed is not sound`() {
        #expect(BenchSamples.report.isSound)
        var report = BenchSamples.report
        report.throughput[0].completed -= 1
        #expect(!report.isSound)
        report = BenchSamples.report
        report.latency[0].unfinished = 1
        #expect(!report.isSound)
        report = BenchSamples.report
        report.idle[0].bytesPerSaga = BenchReport.idleBytesMax + 1
        #expect(!report.isSound)
    }

    @Test func `growth takes no more coordinators than there are partitions`() {
        var plan = BenchPlan()
        #expect(plan.coordinatorSteps == [1, 2])
        plan.partitions = 1
        #expect(plan.coordinatorSteps == [1])
    }

    @Test func `a part of a run has the settings of the whole, and options of its own`() throws {
        var plan = BenchPlan()
        plan.suite = .restore
        plan.coordinators = 2
        plan.idleSagas = 1_000
        let words = BenchChild.arguments(
            given: [
                "bench", "--suite", "full", "--bootstrap-servers", "h:1", "--output=x.json", "--chart", "x.svg",
                "--json",
                "--requests=7", "--kafka", "linger.ms=1", "--idle-sagas", "5", "--seconds", "3", "--coordinators", "1",
            ], plan: plan)
        let command = try #require(try HabeasCommand.parseAsRoot(words) as? BenchCommand)
        #expect(command.suite == .restore && command.idleSagas == 1_000 && command.requests == plan.requests)
        #expect(command.coordinators == 2)
        #expect(command.json && !command.codec && command.output == nil && command.chart == nil)
        #expect(command.resolver(environment: [:]).flags.contains { $0.text == "h:1" })
    }

    @Test(arguments: [
        (["--coordinators", "0"], "from 1 to 64"), (["--coordinators", "5"], "--partitions"),
        (["--coordinators", "2", "--suite", "full"], "--suite quick, throughput or restore"),
    ])
    func `coordinators that would have nothing to do, or that no suite measures, are refused`(
        words: [String], reason: String
    ) throws {
        let broker = ["bench", "--bootstrap-servers", "h:1"]
        let error = #expect(throws: (any Error).self) { try HabeasCommand.parseAsRoot(broker + words) }
        #expect(HabeasCommand.message(for: try #require(error)).contains(reason))
        for suite in ["throughput", "restore"] {
            let good = broker + ["--coordinators", "4", "--suite", suite]
            #expect((try HabeasCommand.parseAsRoot(good) as? BenchCommand)?.coordinators == 4)
        }
    }

    @Test func `a chart can be drawn from a file without a broker`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("habeas-bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let figures = folder.appendingPathComponent("figures.json")
        let chart = folder.appendingPathComponent("chart.svg")
        try Data(BenchSamples.json.utf8).write(to: figures)
        #expect(try BenchProcess.draw(from: figures.path, to: chart.path) == CommandExit.done)
        #expect(try String(contentsOf: chart, encoding: .utf8) == BenchSamples.chart)
        try Data("{}".utf8).write(to: figures)
        #expect(throws: CommandFailure.self) { try BenchProcess.draw(from: figures.path, to: chart.path) }
    }
}
