import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Calls a closure whenever the process gets a signal, instead of what the system would do.
final class ProcessSignal: Sendable {
    // Made once and only ever activated and cancelled, which Dispatch allows from any thread.
    nonisolated(unsafe) private let source: any DispatchSourceSignal

    init(_ number: Int32, _ handle: @escaping @Sendable () -> Void) {
        signal(number, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: handle)
        source.activate()
    }

    deinit { source.cancel() }
}
