public import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Process {
    /// `habeas` as it was built beside the program that asks.
    public static var habeasBesideThis: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "habeas")
    }

    /// `habeas` with these arguments, by default as it was built beside the tests. The settings of the test run are
    /// none of its business, and a name that it does not know would be a fault.
    public static func habeas(_ arguments: [String], executable: URL = Process.habeasBesideThis) -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HABEAS_") }
        return process
    }
}

/// A `habeas coordinator` or `habeas worker` as a process of its own, to be killed and stopped like one.
public final class HabeasProcessRig: @unchecked Sendable {
    // Used by one thread or test task at a time.
    private let arguments: [String]
    private let executable: URL
    private let log: URL
    private var process: Process?

    /// - Parameter arguments: what follows `habeas`.
    public init(
        arguments: [String], name: String, folder: URL, executable: URL = Process.habeasBesideThis
    ) {
        self.arguments = arguments
        self.executable = executable
        log = folder.appending(path: "\(name).log")
    }

    public var pid: Int32? { process?.processIdentifier }
    /// What it has logged so far; empty before it was started.
    public func logText() throws -> String {
        guard FileManager.default.fileExists(atPath: log.path) else { return "" }
        return String(decoding: try Data(contentsOf: log), as: UTF8.self)
    }

    public func start() throws {
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        let new = Process.habeas(arguments, executable: executable)
        new.standardError = handle
        new.standardOutput = handle
        try new.run()
        process = new
    }

    /// As the kernel ends a process that nobody asked.
    public func kill() { signal(SIGKILL, wait: true) }
    public func pause() { signal(SIGSTOP, wait: false) }
    public func hangUp() { signal(SIGHUP, wait: false) }
    public var isRunning: Bool { process?.isRunning ?? false }
    public func resume() { signal(SIGCONT, wait: false) }
    /// Asks it to end, and does not wait for it.
    public func terminate() { signal(SIGTERM, wait: false) }

    /// How it ended, as a shell tells it: its exit code, or 128 and the number of the signal; nil before its end.
    public var exitCode: Int32? {
        guard let process, !process.isRunning else { return nil }
        return process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
    }

    /// Asks it to end; returns its exit code.
    public func stop() -> Int32 {
        guard let process else { return 0 }
        signal(SIGTERM, wait: true)
        return process.terminationStatus
    }

    private func signal(_ number: Int32, wait: Bool) {
        guard let process, process.isRunning else { return }
        _ = Glibc.kill(process.processIdentifier, number)
        if wait { process.waitUntilExit() }
    }
}
