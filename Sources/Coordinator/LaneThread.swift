import Foundation
public import RecordLog
import Synchronization

/// One lane on a thread of its own.
///
/// The log and the lane are made on that thread and never leave it; what other threads see is the mailbox and the end.
public final class LaneThread: Sendable {
    public enum Ending: Sendable {
        case stopped
        case failed(LaneFailure)
    }

    public let index: Int
    public let mailbox = LaneMailbox()
    private let ending = Mutex<State>(.running([]))

    private enum State {
        case running([CheckedContinuation<Ending, Never>])
        case ended(Ending)
    }

    public init(index: Int) {
        self.index = index
    }

    /// Starts the thread. Called once.
    public func start(
        parts: Lane.Parts, makeLog: @escaping @Sendable () throws(LogFailure) -> any LaneLog
    ) {
        let thread = Thread { [self] in
            // From within: on Linux a thread's name is only heeded once it runs. At most 15 bytes, for `top -H`.
            Thread.current.name = "habeas.lane.\(index)"
            finish(run(parts, makeLog))
        }
        // A turn recurses nowhere, but librdkafka's callbacks run on this stack too.
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Waits for the lane to end, however it ends.
    public func end() async -> Ending {
        await withCheckedContinuation { continuation in
            let ended = ending.withLock { state -> Ending? in
                switch state {
                case .ended(let ending): return ending
                case .running(var waiting):
                    waiting.append(continuation)
                    state = .running(waiting)
                    return nil
                }
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }

    private func run(
        _ parts: Lane.Parts, _ makeLog: () throws(LogFailure) -> any LaneLog
    ) -> Ending {
        let log: any LaneLog
        do throws(LogFailure) { log = try makeLog() } catch { return .failed(.log(error)) }
        do throws(LaneFailure) {
            try Lane(log: log, parts: parts, mailbox: mailbox).run()
            return .stopped
        } catch {
            return .failed(error)
        }
    }

    private func finish(_ result: Ending) {
        let waiting = ending.withLock { state -> [CheckedContinuation<Ending, Never>] in
            guard case .running(let waiting) = state else { return [] }
            state = .ended(result)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }
}
