import Contract
import Logging
import RecordLog
import SagaKernel
import Testing

@testable import Worker

struct TookTooLong: Error {}

/// Waits for a condition, with a deadline that only a failing test meets.
func eventually(
    _ condition: () -> Bool, withinSeconds seconds: Int = 20, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("did not happen within \(seconds) s", sourceLocation: sourceLocation)
            throw TookTooLong()
        }
        await Task.yield()
    }
}

/// A worker with everything that surrounds it.
struct Bench {
    let broker: MemoryBroker
    let clock = ManualClock()
    let observer = TestObserver()
    let events = MemorySource.EventQueue()
    let worker: TaskWorker

    static let requestID = "a7551968-d5d6-44b2-9831-815ac9017798"

    init(
        _ connectors: [any Connector], names: [String] = ["test"], broker: MemoryBroker = MemoryBroker(),
        partitions: [Int32] = [0], logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        change: (inout WorkerSettings) -> Void = { _ in }
    ) throws {
        self.broker = broker
        var settings = WorkerSettings(worker: "worker-1", connectors: names)
        settings.commitIntervalMs = 0
        settings.pollMs = 5
        settings.graceMs = 1_000
        change(&settings)
        events.push(.assigned(partitions))
        let events = events
        worker = try TaskWorker(
            settings: settings, connectors: connectors, sink: broker, clock: clock, observer: observer, logger: logger
        ) { _ in MemorySource(broker, events: events) }
    }

    /// Runs the worker beside the test's own steps, and stops it after them.
    func run(_ steps: @Sendable @escaping () async throws -> Void) async throws {
        let worker = worker
        let clock = clock
        let running = Task { try await worker.run() }
        var failure: (any Error)?
        do { try await steps() } catch { failure = error }
        worker.stop()
        // Whatever still waits for the clock shall not hold up the test.
        let finished = Task { await running.result }
        let pusher = Task {
            while !Task.isCancelled {
                clock.advance(ms: 600_000)
                await Task.yield()
            }
        }
        let result = await finished.value
        pusher.cancel()
        if let failure { throw failure }
        try result.get()
    }

    /// The JSON of a task.
    static func task(
        _ path: String = "archive/erase", endpoint: String = "archive", epoch: Int = 1, attempt: Int = 1,
        device: String = "thermostat-17", continuation: String? = nil, replyPartition: Int = 3
    ) -> String {
        let continuation = continuation.map { "\"\($0)\"" } ?? "null"
        return #"{"task_id":"\#(requestID)/\#(path)","request_id":"\#(requestID)","epoch":\#(epoch),"#
            + #""attempt":\#(attempt),"action":"erase","endpoint":{"id":"\#(endpoint)","kind":"directory","#
            + #""hub":"contoso.azure-devices.net","settings":{}},"subjects":[{"hub":"contoso.azure-devices.net","#
            + #""device_id":"\#(device)","aliases":[]}],"#
            + #""subject_ref":"hmac-sha256:\#(String(repeating: "0", count: 64))","#
            + #""continuation":\#(continuation),"due_time":"2026-12-02T15:00:00Z","#
            + #""reply":{"topic":"habeas.acks","partition":\#(replyPartition)}}"#
    }
}
