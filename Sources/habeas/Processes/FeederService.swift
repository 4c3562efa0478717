import ReadModel
import ServiceLifecycle

/// The read model's feeder as a service.
struct FeederService: Service {
    let feeder: ReadModelFeeder
    let stopMs: Int

    func run() async throws {
        feeder.start()
        await untilStopped()
        // The wait is short and ends by its deadline, but it does block: not a matter for the cooperative pool.
        let feeder = feeder
        // As long as the other services have; see `ServiceRun`.
        let stopMs = stopMs * 2 / 3
        _ = await BlockingCall.run { feeder.stop(deadlineMs: stopMs) }
    }
}

/// Waits for a graceful shutdown or a cancellation.
func untilStopped() async {
    do {
        try await gracefulShutdown()
    } catch {
        // Cancelled instead: it comes to the same.
    }
}
