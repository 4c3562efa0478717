import Foundation

/// Commands that the run needs from outside.
enum ShellCommand {
    /// Runs a command to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: `SoakFailure.command` when it fails or takes longer than `seconds`.
    @discardableResult
    static func run(_ process: Process, named name: String, log: URL, seconds: Double = 120) throws -> String {
        // A file and no pipe: a broker that is started keeps what it was given, and a pipe would never end.
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        let deadline = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < deadline { Pause.wait(0.05) }
        let output = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        guard !process.isRunning else {
            process.terminate()
            throw SoakFailure.command(name, code: -1, output: "not at an end after \(Int(seconds)) s. \(output)")
        }
        guard process.terminationStatus == 0 else {
            throw SoakFailure.command(name, code: process.terminationStatus, output: String(output.suffix(2_000)))
        }
        return output
    }

    static func shell(_ command: String, log: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        try run(process, named: command, log: log)
    }
}
