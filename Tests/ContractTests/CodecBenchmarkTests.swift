import Contract
import Testing

@Suite struct CodecBenchmarkTests {
    /// What it says depends on the build; that it says something must not.
    @Test func `the benchmark measures every record with both codecs`() throws {
        let figures = try CodecBenchmark.run(millisecondsPerCase: 5)
        #expect(figures.count == 8)
        #expect(Set(figures.map(\.name)).count == figures.count)
        for figure in figures {
            #expect(figure.habeasNs > 0 && figure.habeasNs < 1e9, "\(figure.name)")
            #expect(figure.foundationNs > 0 && figure.foundationNs < 1e9, "\(figure.name)")
            #expect(figure.bytes > 100, "\(figure.name)")
        }
    }
}
