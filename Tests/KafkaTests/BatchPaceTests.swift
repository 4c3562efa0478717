import Testing

@testable import Kafka

struct BatchPaceTests {
    @Test func `after a pause a batch is gathered for a fifth of the interval`() {
        #expect(BatchPace(intervalMs: 600_000).gatherMs == 120_000)
    }

    @Test func `the interval counts from the batch before`() {
        var pace = BatchPace(intervalMs: 600_000)
        pace.handedOut()
        #expect((500_000...600_000).contains(pace.gatherMs))
    }

    @Test func `without an interval nothing is gathered`() {
        var pace = BatchPace()
        #expect(pace.gatherMs == 0)
        pace.handedOut()
        #expect(pace.gatherMs == 0)
    }
}
