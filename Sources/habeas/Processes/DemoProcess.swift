import ArgumentParser

enum DemoProcess {
    /// Tells its story and ends, or with `stay` serves until SIGTERM; returns the exit code.
    static func run(_ settings: Settings, console: Console, stay: Bool) async throws -> ExitCode {
        throw CommandFailure.internal("the demo is not wired into this executable yet")
    }
}
