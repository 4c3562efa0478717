import Dispatch
import Foundation
import Synchronization

/// Lines about what happens, on the standard error; on a terminal with one that changes in place.
final class SoakConsole: @unchecked Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    // Of the main thread.
    private var hasProgress = false
    private let interrupted = Atomic(false)
    private var sources: [any DispatchSourceSignal] = []

    var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

    /// SIGINT and SIGTERM end the run in order: processes that nobody stops would go on for ever.
    func watchSignals() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in interrupted.store(true, ordering: .relaxed) }
            source.resume()
            sources.append(source)
        }
    }

    func line(_ text: String) {
        let time = Self.clock.string(from: Date())
        write((hasProgress ? "\r\u{1B}[K" : "") + "\(time) \(text)\n")
        hasProgress = false
    }

    func progress(_ text: String) {
        guard isTerminal else { return }
        write("\r\u{1B}[K\(text)")
        hasProgress = true
    }

    private static let clock: DateFormatter = {
        let clock = DateFormatter()
        clock.dateFormat = "HH:mm:ss.SSS"
        return clock
    }()

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
