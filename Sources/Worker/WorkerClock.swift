public import SagaKernel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Time as a worker sees it. Tests bring their own, so that nothing in them waits for a real clock.
public protocol WorkerClock: Sendable {
    /// The wall clock, for what goes into records.
    func now() -> Timestamp
    /// Milliseconds that only grow, for durations.
    func monotonicMs() -> Int64
    /// Returns when the time is over, or early when the calling task is cancelled.
    func sleep(forMs milliseconds: Int64) async
}

/// The machine's clocks.
public struct SystemClock: WorkerClock {
    private let start = ContinuousClock.now

    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        // Fails only for a clock that does not exist.
        _ = clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func monotonicMs() -> Int64 {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    public func sleep(forMs milliseconds: Int64) async {
        do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch {
            // Cancelled: that is the early return that was promised.
        }
    }
}
