import Coordinator
import RecordLog
import ServiceLifecycle

/// A lane as a service: started with the others, stopped by SIGTERM, and its failure is the process's.
struct LaneService: Service {
    let lane: LaneThread
    let parts: Lane.Parts
    let onEnd: @Sendable () -> Void
    let makeLog: @Sendable () throws(LogFailure) -> any LaneLog

    func run() async throws {
        let lane = lane
        lane.start(parts: parts, makeLog: makeLog)
        let ending = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await lane.end()
            } onGracefulShutdown: {
                lane.mailbox.stop()
            }
        } onCancel: {
            lane.mailbox.stop()
        }
        onEnd()
        if case .failed(let failure) = ending { throw failure }
    }
}
