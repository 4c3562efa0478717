import Foundation
public import Logging
public import RecordLog
import Synchronization

/// Follows `status` and `timeline` on a thread of its own and applies them to a read model.
///
/// Nothing here is ever in a lane's way: where the log or the database fails, the feeder says so, waits and tries
/// again, and the read model grows old in the meantime, which its answers show.
public final class ReadModelFeeder: Sendable {
    /// A reader and the partitions that it was opened for, in that order.
    public struct OpenedReader {
        public var partitions: [Int32]
        public var reader: any LogReader

        public init(partitions: [Int32], reader: any LogReader) {
            self.partitions = partitions
            self.reader = reader
        }
    }

    /// Opens a reader on all partitions of a topic. It is given the next offset to read of each partition that was read
    /// before; a reader that begins at the beginning all the same is only slower. Called on the feeder's thread, again
    /// after a failure.
    public typealias OpenReader = @Sendable (_ positions: [Int32: Int64]) throws(LogFailure) -> OpenedReader

    /// How far one partition's projection is behind its log.
    public struct Lag: Hashable, Sendable {
        public var topic: ProjectedTopic
        public var partition: Int32
        /// Offsets between the next record to read and the end, control markers included.
        public var records: Int64
    }

    struct Progress: Sendable {
        var hasReachedStartingEnd = false
        var lags: [Lag] = []
        var failures: [ProjectedTopic: String] = [:]
    }

    let model: ReadModel
    let settings: FeederSettings
    let logger: Logger
    let nowMs: @Sendable () -> Int64
    private let opens: [ProjectedTopic: OpenReader]
    private let progress = Mutex(Progress())
    let stopper = Stopper()
    private let finished = DispatchGroup()
    private let isStarted = Atomic(false)

    /// - Parameters:
    ///   - timeline: nil where nobody will ask what happened.
    ///   - nowMs: milliseconds since 1970; by default this machine's clock.
    public init(
        model: ReadModel, status: @escaping OpenReader, timeline: OpenReader?,
        settings: FeederSettings = FeederSettings(), logger: Logger,
        nowMs: (@Sendable () -> Int64)? = nil
    ) {
        self.model = model
        self.settings = settings.checked()
        self.logger = logger
        self.nowMs = nowMs ?? { Int64(Date().timeIntervalSince1970 * 1_000) }
        var opens: [ProjectedTopic: OpenReader] = [.status: status]
        opens[.timeline] = timeline
        self.opens = opens
    }

    /// Starts the thread. A second call does nothing.
    public func start() {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        finished.enter()
        let thread = Thread { [self] in
            run()
            finished.leave()
        }
        thread.name = "read-model"
        thread.start()
    }

    /// Ends the thread behind the transaction under way and closes the readers.
    ///
    /// - Returns: false when it is not done within the deadline.
    public func stop(deadlineMs: Int) -> Bool {
        stopper.stop()
        return finished.wait(timeout: .now() + .milliseconds(deadlineMs)) == .success
    }

    /// True once everything is applied that `status` held when the feeder first saw its end.
    public var reachedEndSeenAtStart: Bool { progress.withLock { $0.hasReachedStartingEnd } }

    /// As of the last time the ends were asked for, see `FeederSettings.lagIntervalMs`.
    public var lags: [Lag] { progress.withLock { $0.lags } }

    /// Why nothing is applied at the moment; nil while all is well.
    public var failure: String? {
        progress.withLock { progress in
            ProjectedTopic.allCases.compactMap { topic in
                progress.failures[topic].map { "\(topic.name): \($0)" }
            }.first
        }
    }

    private func run() {
        while !stopper.isStopping {
            let streams = ProjectedTopic.allCases.compactMap { topic in
                opens[topic].map { FeedStream(topic: topic, open: $0, feeder: self) }
            }
            do {
                try resetIfTooOld()
                try feed(streams)
            } catch is ModelWasReset {
                logger.debug("the read model's positions are back at the beginning")
            } catch let failure as FeedFailure {
                fail(failure)
            } catch {
                fail(FeedFailure(topic: .status, reason: "\(error)"))
            }
            for stream in streams { stream.close() }
        }
    }

    /// Until something fails that a new reader may cure, or the model has to be filled anew.
    private func feed(_ streams: [FeedStream]) throws {
        for stream in streams {
            try named(stream.topic) { try stream.open() }
        }
        var isIdle = false
        while !stopper.isStopping {
            var taken = 0
            for stream in streams {
                // Only the statuses may hold the thread, and only when neither topic had anything.
                let waitMs = isIdle && stream.topic == .status ? settings.idleWaitMs : 0
                do {
                    taken += try named(stream.topic) { try stream.step(waitMs: waitMs) }
                } catch let failure as FeedFailure where failure.isRetriable {
                    fail(failure)
                }
            }
            isIdle = taken == 0
        }
    }

    private func named<Value>(_ topic: ProjectedTopic, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch LogFailure.retriable(let reason) {
            throw FeedFailure(topic: topic, reason: reason, isRetriable: true)
        } catch let failure as LogFailure {
            throw FeedFailure(topic: topic, reason: failure.reason)
        } catch let error as ModelWasReset {
            throw error
        } catch {
            throw FeedFailure(topic: topic, reason: "\(error)")
        }
    }

    /// A file that missed tombstones cannot be mended, only made again.
    private func resetIfTooOld() throws {
        guard !model.positions(of: .status).isEmpty else { return }
        guard let savedMs = model.savedMs, nowMs() - savedMs <= settings.resumeAgeMaxMs else {
            try startAnew(reason: "it was not level with the log for too long")
            return
        }
    }

    func startAnew(reason: String) throws {
        logger.notice("the read model is filled anew from the log", metadata: ["reason": "\(reason)"])
        try model.reset()
    }

    private func fail(_ failure: FeedFailure) {
        let before = progress.withLock { $0.failures.updateValue(failure.reason, forKey: failure.topic) }
        if before != failure.reason {
            logger.warning(
                "the read model is not being fed",
                metadata: ["topic": "\(failure.topic.name)", "reason": "\(failure.reason)"])
        }
        stopper.wait(milliseconds: settings.retryDelayMs)
    }

    func succeeded(_ topic: ProjectedTopic) {
        let before = progress.withLock { $0.failures.removeValue(forKey: topic) }
        if before != nil {
            logger.notice("the read model is being fed again", metadata: ["topic": "\(topic.name)"])
        }
    }

    func reachedEnd(of topic: ProjectedTopic) {
        guard topic == .status else { return }
        progress.withLock { $0.hasReachedStartingEnd = true }
    }

    func note(_ lags: [Lag], of topic: ProjectedTopic) {
        progress.withLock { $0.lags = $0.lags.filter { $0.topic != topic } + lags }
    }
}

/// What went wrong while a topic was being followed.
struct FeedFailure: Error {
    var topic: ProjectedTopic
    var reason: String
    /// The same reader may go on.
    var isRetriable = false
}

/// Every position is void: open the readers again.
struct ModelWasReset: Error {}

/// A flag to end a thread, and a sleep that the flag cuts short.
final class Stopper: Sendable {
    private let flag = Atomic(false)
    private let signal = DispatchSemaphore(value: 0)

    var isStopping: Bool { flag.load(ordering: .acquiring) }

    func stop() {
        flag.store(true, ordering: .releasing)
        signal.signal()
    }

    func wait(milliseconds: Int) {
        guard !isStopping else { return }
        _ = signal.wait(timeout: .now() + .milliseconds(milliseconds))
    }
}
