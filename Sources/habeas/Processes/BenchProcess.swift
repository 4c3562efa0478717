import ArgumentParser

enum BenchProcess {
    /// Measures, prints and ends; returns the exit code.
    static func run(_ settings: Settings, plan: BenchPlan, console: Console) async throws -> ExitCode {
        throw CommandFailure.internal("the benchmark is not wired into this executable yet")
    }
}
