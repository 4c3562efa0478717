import ArgumentParser

enum WorkerProcess {
    /// Runs until SIGTERM; returns the exit code.
    static func run(_ settings: Settings) async throws -> ExitCode {
        throw CommandFailure.internal("the worker is not wired into this executable yet")
    }
}
