import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// SIGTERM ends a long-running command with 0: whoever stops it on purpose is no failure.
enum TerminationSignal {
    /// Keeps the source alive; guarded by the mutex, written once.
    private static let source = Mutex<(any DispatchSourceSignal)?>(nil)

    static func endWithZero() {
        source.withLock { source in
            guard source == nil else { return }
            // The default action would end the process before the source hears of the signal.
            signal(SIGTERM, SIG_IGN)
            let new = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
            new.setEventHandler { exit(0) }
            new.activate()
            source = new
        }
    }
}
