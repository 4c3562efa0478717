import Foundation
import Synchronization

/// A part of a run in a process of its own, with the same settings: memory that another part has used before would
/// otherwise be used again, and not be seen.
enum BenchChild {
    /// What belongs to the parent alone, or is said anew; with whether a value follows.
    private static let own: [String: Bool] = [
        "--suite": true, "--requests": true, "--endpoints": true, "--partitions": true, "--coordinators": true,
        "--idle-sagas": true, "--rounds": true, "--seconds": true, "--output": true, "--chart": true, "--json": false,
        "--codec": false, "--no-codec": false,
    ]
    private static let running = Mutex<Process?>(nil)

    /// - Parameter given: the words of this process's command line behind its name.
    static func arguments(given: [String], plan: BenchPlan) -> [String] {
        var kept: [String] = []
        var words = given[...]
        while let word = words.popFirst() {
            let name = String(word.prefix { $0 != "=" })
            guard let hasValue = own[name] else {
                kept.append(word)
                continue
            }
            if hasValue, name == word { words = words.dropFirst() }
        }
        let own = [
            "--suite", plan.suite.rawValue, "--requests", "\(plan.requests)", "--endpoints", "\(plan.endpoints)",
            "--partitions", "\(plan.partitions)", "--coordinators", "\(plan.coordinators)",
            "--rounds", "\(plan.rounds)", "--seconds", "\(plan.seconds)", "--no-codec", "--json",
        ]
        return kept + own + (plan.idleSagas.map { ["--idle-sagas", "\($0)"] } ?? [])
    }

    static func run(_ plan: BenchPlan) async throws -> BenchReport {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
        process.arguments = arguments(given: Array(CommandLine.arguments.dropFirst()), plan: plan)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        running.withLock { $0 = process }
        defer { running.withLock { $0 = nil } }
        let reading = output.fileHandleForReading
        let data = await BlockingCall.run { reading.readDataToEndOfFile() }
        await BlockingCall.run { process.waitUntilExit() }
        // 1 says that a figure is not as it should be; the figures are there.
        guard [0, 1].contains(process.terminationStatus) else {
            throw CommandFailure.internal("a part of the run ended with \(process.terminationStatus)")
        }
        return try BenchReport(json: data)
    }

    /// Ends what is running, since its figures are of no use any more.
    static func stop() { running.withLock { $0?.terminate() } }
}
