import Dispatch
import Telemetry
import Testing

@Suite struct RegistryTests {
    @Test func `the same labels give the same series`() {
        let family = MetricsRegistry().counters("habeas_a_total", "A.", labels: ["code", "topic"])
        #expect(family.with("x", "y") === family.with("x", "y"))
        #expect(family.with("x", "y") !== family.with("y", "x"))
    }

    @Test func `combinations beyond the bound are counted together`() {
        let registry = MetricsRegistry(seriesPerFamilyMax: 2)
        let family = registry.counters("habeas_a_total", "A.", labels: ["code"])
        for code in 0..<10 { family.with(String(code)).add() }
        let text = String(decoding: registry.scrape(), as: UTF8.self)
        #expect(text.contains(#"{code="0"} 1"#))
        #expect(text.contains(#"{code="1"} 1"#))
        #expect(text.contains(#"{code="other"} 8"#))
        #expect(text.split(separator: "\n").count == 5)
    }

    @Test func `nothing is lost when threads count at once`() {
        let registry = MetricsRegistry()
        let counter = registry.counter("habeas_a_total", "A.")
        let gauge = registry.gauge("habeas_b", "B.")
        let histogram = registry.histogram("habeas_c_seconds", "C.", bounds: [1, 2])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for _ in 0..<5_000 {
                counter.add()
                gauge.add(thread % 2 == 0 ? 1 : -1)
                histogram.observe(1.5)
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 0)
        #expect(histogram.count == 40_000)
        #expect(histogram.total == 60_000)
    }

    @Test func `hooks run before the scrape that they are for`() {
        let registry = MetricsRegistry()
        let gauge = registry.gauge("habeas_a", "A.")
        registry.onScrape { gauge.add() }
        _ = registry.scrape()
        #expect(String(decoding: registry.scrape(), as: UTF8.self).contains("habeas_a 2\n"))
    }

    @Test func `a series that is not replaced is forgotten`() {
        let registry = MetricsRegistry()
        let family = registry.gauges("habeas_a", "A.", labels: ["state"])
        family.replace([(["old"], 1)])
        family.replace([(["new"], 2)])
        let text = String(decoding: registry.scrape(), as: UTF8.self)
        #expect(!text.contains("old"))
        #expect(text.contains(#"{state="new"} 2"#))
    }

    @Test func `replaced samples beyond the bound are added up`() {
        let registry = MetricsRegistry(seriesPerFamilyMax: 2)
        let family = registry.gauges("habeas_a", "A.", labels: ["state"])
        family.replace((0..<10).map { ([String($0)], Double($0)) })
        let text = String(decoding: registry.scrape(), as: UTF8.self)
        #expect(text.contains(#"{state="1"} 1"#))
        #expect(text.contains(#"{state="other"} 44"#))
        #expect(text.split(separator: "\n").count == 5)
    }

    @Test func `every metric of Habeas is named for its unit and explained`() throws {
        let metrics = HabeasMetrics(version: "1.0.0", role: "demo")
        _ = metrics.coordinator.lane(0)
        metrics.coordinator.deadLetters.with("malformed").add()
        metrics.coordinator.acksIgnored.with("older_epoch").add()
        metrics.coordinator.consumerLag.with("habeas.status", "0").set(1)
        metrics.readModel.requests.with("failed").set(1)
        metrics.readModel.tasks.with("registry", "waiting").set(1)
        metrics.readModel.statusAsOf.with().set(1)
        metrics.readModel.records.with("status").set(total: 1)
        metrics.readModel.unreadable.with("status").set(total: 1)
        metrics.http.duration.with("/v1/summary").observe(1)
        metrics.worker.tasks.with("blob", "erase", "completed").add()
        metrics.worker.taskDuration.with("blob").observe(1)
        metrics.worker.tasksInFlight.with("blob").set(1)
        metrics.worker.rateLimitWait.with("blob").observe(1)
        metrics.http.requests.with("/v1/summary", "GET", "200").add()
        let text = String(decoding: metrics.registry.scrape(), as: UTF8.self)
        let types = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
        #expect(types.count >= 28)
        for type in types {
            let name = String(type[2])
            #expect(name.hasPrefix("habeas_") || name.hasPrefix("process_"))
            #expect(type[3] != "counter" || name.hasSuffix("_total"), "\(name)")
            #expect(type[3] != "histogram" || name.hasSuffix("_seconds") || name.hasSuffix("_records"), "\(name)")
        }
        #expect(text.contains(#"habeas_build_info{version="1.0.0",role="demo"} 1"#))
        #expect(text.contains("process_cpu_seconds_total "))
        let start = try #require(text.firstMatch(of: /process_start_time_seconds (\d+)/))
        #expect(try #require(Int(start.output.1)) > 1_700_000_000)
    }

    @Test func `a worker's scrape shows nothing of lanes`() {
        let metrics = HabeasMetrics(version: "1.0.0", role: "worker")
        #expect(!String(decoding: metrics.registry.scrape(), as: UTF8.self).contains("habeas_turn"))
    }
}
