import Telemetry
import Testing

@Suite struct ExpositionTests {
    let registry = MetricsRegistry(seriesPerFamilyMax: 3)

    var text: String { String(decoding: registry.scrape(), as: UTF8.self) }

    @Test func `a scrape shows help, type and samples in the order of the names`() {
        registry.counter("habeas_b_total", "The second.").add(3)
        registry.gauge("habeas_a", "The first.").set(1.5)
        #expect(
            text == """
                # HELP habeas_a The first.
                # TYPE habeas_a gauge
                habeas_a 1.5
                # HELP habeas_b_total The second.
                # TYPE habeas_b_total counter
                habeas_b_total 3

                """)
    }

    @Test func `help texts and label values are escaped`() {
        registry.gauges("habeas_a", "One\\two\nlines \"here\".", labels: ["state", "kind"])
            .with("say \"hi\"\n", "back\\slash").set(1)
        #expect(text.contains("# HELP habeas_a One\\\\two\\nlines \"here\".\n"))
        #expect(text.contains(#"habeas_a{state="say \"hi\"\n",kind="back\\slash"} 1"# + "\n"))
    }

    @Test func `the ranges of a histogram are cumulative and end in infinity`() {
        let histogram = registry.histogram("habeas_turn_duration_seconds", "Turns.", bounds: [0.1, 1])
        histogram.observe(0.1)
        histogram.observe(.milliseconds(500))
        histogram.observe(7)
        #expect(
            text == """
                # HELP habeas_turn_duration_seconds Turns.
                # TYPE habeas_turn_duration_seconds histogram
                habeas_turn_duration_seconds_bucket{le="0.1"} 1
                habeas_turn_duration_seconds_bucket{le="1"} 2
                habeas_turn_duration_seconds_bucket{le="+Inf"} 3
                habeas_turn_duration_seconds_sum 7.6
                habeas_turn_duration_seconds_count 3

                """)
        #expect(histogram.count == 3)
    }

    @Test func `the bound of a labelled histogram follows its labels`() {
        registry.histograms("habeas_x_seconds", "X.", labels: ["connector"], bounds: [1]).with("blob").observe(2)
        #expect(text.contains(#"habeas_x_seconds_bucket{connector="blob",le="1"} 0"#))
        #expect(text.contains(#"habeas_x_seconds_sum{connector="blob"} 2"#))
    }

    @Test func `numbers are written as Prometheus reads them`() {
        let gauges = registry.gauges("habeas_a", "A.", labels: ["n"])
        gauges.with("1").set(.infinity)
        gauges.with("2").set(-.infinity)
        gauges.with("3").set(.nan)
        #expect(text.contains("{n=\"1\"} +Inf\n"))
        #expect(text.contains("{n=\"2\"} -Inf\n"))
        #expect(text.contains("{n=\"3\"} NaN\n"))
        gauges.replace([(["1"], 0.00001), (["2"], 1e300), (["3"], -12)])
        #expect(text.contains("{n=\"1\"} 1e-05\n"))
        #expect(text.contains("{n=\"2\"} 1e+300\n"))
        #expect(text.contains("{n=\"3\"} -12\n"))
    }

    @Test func `series stand in the order of their label values`() {
        let family = registry.counters("habeas_a_total", "A.", labels: ["code"])
        for code in ["c", "a", "b"] { family.with(code).add() }
        let codes = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\"")[1] }
        #expect(codes == ["a", "b", "c"])
    }

    @Test func `a family without series is not shown`() {
        _ = registry.counters("habeas_a_total", "A.", labels: ["code"])
        #expect(text.isEmpty)
    }
}
