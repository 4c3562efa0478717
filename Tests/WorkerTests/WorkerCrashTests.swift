import Contract
import SagaKernel
import Synchronization
import TestSeed
import Testing

@testable import Worker

@Suite struct WorkerCrashTests {
    @Test func `whatever happens to workers, every task is acknowledged and no commit runs ahead`() async throws {
        for seed in UInt64(1)...25 {
            let random = Mutex(SeededRandom(seed: seed))
            let broker = MemoryBroker()
            for number in 0..<40 {
                broker.append(
                    number % 9 == 4 ? "broken \(number)" : Bench.task("t\(number)", endpoint: "e\(number % 5)"),
                    partition: Int32(number % 2))
            }
            var rounds = 0
            while broker.now.committed != [0: 20, 1: 20] {
                rounds += 1
                try #require(rounds < 200, "seed \(seed)")
                let connector = TestConnector { _ in
                    for _ in 0..<random.withLock({ Int.random(in: 0...30, using: &$0) }) { await Task.yield() }
                    return TestConnector.erased
                }
                let bench = try Bench([connector], broker: broker, partitions: [0, 1])
                let running = Task { try await bench.worker.run() }
                for _ in 0..<random.withLock({ Int.random(in: 50...3_000, using: &$0) }) { await Task.yield() }
                switch random.withLock({ Int.random(in: 0...3, using: &$0) }) {
                case 0: running.cancel()
                case 1:
                    bench.events.push(.revoked(lost: true))
                    bench.events.push(.assigned([0, 1]))
                    bench.worker.stop()
                default: bench.worker.stop()
                }
                let pusher = Task {
                    while !Task.isCancelled {
                        bench.clock.advance(ms: 500)
                        await Task.yield()
                    }
                }
                try await running.value
                pusher.cancel()
                Self.checkCommits(broker, seed: seed)
            }
            #expect(Set(Self.acknowledged(broker)).count == 36, "seed \(seed)")
        }
    }

    /// Nothing below a committed offset may be without an acknowledgement or a dead letter.
    private static func checkCommits(_ broker: MemoryBroker, seed: UInt64) {
        let state = broker.now
        let acknowledged = Set(acknowledged(broker))
        let dead = Set(broker.published(to: "habeas.dead-letters"))
        for (partition, offset) in state.committed {
            for record in (state.partitions[partition] ?? []).prefix(Int(offset)) {
                let text = String(decoding: record.value ?? [], as: UTF8.self)
                let isAnswered = text.hasPrefix("broken") ? dead.contains(text) : acknowledged.contains(taskID(text))
                #expect(isAnswered, "seed \(seed), partition \(partition), offset \(record.offset)")
            }
        }
    }

    private static func acknowledged(_ broker: MemoryBroker) -> [String] {
        broker.acknowledgements.map(taskID)
    }

    /// What stands between the quotation marks behind `"task_id":`.
    private static func taskID(_ json: String) -> String {
        String(json.split(separator: "\"", maxSplits: 4)[3])
    }
}
