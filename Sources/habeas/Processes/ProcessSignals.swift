import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Calls a closure whenever the process gets a signal, instead of what the system would do.
///
/// It can be made before there is anything to call: a signal that comes early is heeded as soon as there is.
final class ProcessSignal: Sendable {
    private struct State {
        var handle: (@Sendable () -> Void)?
        var isWaiting = false
    }

    // Made once and only ever activated and cancelled, which Dispatch allows from any thread.
    nonisolated(unsafe) private let source: any DispatchSourceSignal
    private let state = Mutex(State())

    init(_ number: Int32) {
        signal(number, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [weak self] in self?.came() }
        source.activate()
    }

    convenience init(_ number: Int32, _ handle: @escaping @Sendable () -> Void) {
        self.init(number)
        answer(with: handle)
    }

    deinit { source.cancel() }

    /// Calls this from now on, and at once where a signal has come already.
    func answer(with handle: @escaping @Sendable () -> Void) {
        let isWaiting = state.withLock { state in
            state.handle = handle
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if isWaiting { handle() }
    }

    private func came() {
        let handle = state.withLock { state in
            if state.handle == nil { state.isWaiting = true }
            return state.handle
        }
        handle?()
    }
}
