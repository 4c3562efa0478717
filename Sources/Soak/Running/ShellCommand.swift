import Foundation

/// Commands that the run needs from outside.
enum ShellCommand {
    /// Runs a command to its end; what it leaves behind may go on.
    ///
    /// - Parameter log: where its output goes: a broker that it starts keeps what it was given, and a pipe would never
    ///   end.
    /// - Throws: `SoakFailure.command` when it fails or takes longer than `seconds`.
    static func run(_ command: String, log: URL, seconds: Double = 180) throws {
        let ended = log.appendingPathExtension("\(UUID().uuidString).code")
        defer { unlink(ended.path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Foundation counts a process as running for as long as any descendant has the descriptors that it began with,
        // and a broker has them. So the shell writes down that it is at its end.
        let script = #"( eval "$1" ) > "$2" 2>&1; echo $? > "$3.new"; mv "$3.new" "$3""#
        process.arguments = ["-c", script, "sh", command, log.path, ended.path]
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HABEAS_") }
        try process.run()
        let deadline = Date().addingTimeInterval(seconds)
        while !FileManager.default.fileExists(atPath: ended.path) {
            guard Date() < deadline else {
                throw SoakFailure.command(command, code: -1, output: "not at an end after \(Int(seconds)) s")
            }
            Pause.wait(0.05)
        }
        let code = String(
            decoding: try Data(contentsOf: ended), as: UTF8.self
        ).trimmingCharacters(in: .whitespacesAndNewlines)
        guard code == "0" else {
            let output = String(decoding: try Data(contentsOf: log), as: UTF8.self)
            throw SoakFailure.command(command, code: Int32(code) ?? -1, output: String(output.suffix(2_000)))
        }
    }
}
