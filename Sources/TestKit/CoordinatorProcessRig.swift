public import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Process {
    /// `habeas` with these arguments, as it was built beside the tests. The settings of the test run are none of its
    /// business, and a name that it does not know would be a fault.
    public static func habeas(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "habeas")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HABEAS_") }
        return process
    }
}

/// A `habeas coordinator` as a process of its own, to be killed and stopped like one.
public final class CoordinatorProcessRig: @unchecked Sendable {
    // Used by one test task at a time.
    private let arguments: [String]
    private let log: URL
    private var process: Process?

    /// - Parameter arguments: what follows `habeas coordinator`.
    public init(arguments: [String], name: String, folder: URL) {
        self.arguments = arguments
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
        let new = Process.habeas(["coordinator"] + arguments)
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
