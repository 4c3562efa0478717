import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a command writes and reads: the process's own streams, or a test's arrays.
struct Console: Sendable {
    /// Writes to the standard output, exactly.
    var writeOut: @Sendable (String) -> Void
    /// Writes to the standard error, exactly.
    var writeError: @Sendable (String) -> Void
    /// One line of the standard input without its end; nil at the end of it.
    var readLine: @Sendable () -> String?
    var terminal: TerminalFacts

    func out(_ line: String = "") { writeOut(line + "\n") }
    func error(_ line: String) { writeError(line + "\n") }

    /// The streams of this process.
    static func live(environment: [String: String]) -> Console {
        Console(
            writeOut: { write($0, to: .standardOutput) }, writeError: { write($0, to: .standardError) },
            readLine: { Swift.readLine() }, terminal: .live(environment: environment))
    }

    /// Whoever closed the pipe (`habeas list | head`) reads no more: the process ends as SIGPIPE would have ended it,
    /// where a library ignores that signal.
    private static func write(_ text: String, to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            exit(128 + SIGPIPE)
        }
    }
}
