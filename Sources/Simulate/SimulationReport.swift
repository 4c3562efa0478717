import Foundation
import SagaKernel
import Simulation
import Synchronization

/// What the command prints.
enum SimulationReport {
    static func text(of verdict: SimulationVerdict) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let options = String(decoding: try encoder.encode(verdict.options), as: UTF8.self)
        let hours = String(format: "%.1f", Double(verdict.virtualMs) / 3_600_000)
        return """
            seed \(verdict.options.seed): \(verdict.violation.map { "VIOLATION \($0)" } ?? "nothing found")
              options \(options)
              \(hours) simulated hours, \(verdict.happenings) happenings, \(verdict.records) records, \
            \(verdict.tasks) tasks, fingerprint \(String(verdict.fingerprint, radix: 16))
            """
    }

    static func text(of result: CampaignResult) throws -> String {
        var lines: [String] = []
        for failure in result.failures.prefix(10) { lines.append(try text(of: failure)) }
        if let first = result.failures.first {
            lines.append("\(result.failures.count) seeds came to a violation; the first again, line by line:")
            lines.append("  habeas-simulate --seed \(first.options.seed) --trace")
        }
        let rate = Double(result.seeds) / max(result.seconds, 0.001)
        let hours = Double(result.virtualMs) / 3_600_000
        lines.append(
            String(
                format: "%d seeds in %.1f s, %.1f a second; %.0f simulated hours; %d records, %d tasks", result.seeds,
                result.seconds, rate, hours, result.records, result.tasks))
        lines.append(coverage(result))
        return lines.joined(separator: "\n")
    }

    /// Cells that no saga can ask for are part of the table all the same, so the whole is never reached; what is
    /// missing is named.
    private static func coverage(_ result: CampaignResult) -> String {
        guard !result.cells.isEmpty else { return "coverage of the transition table: not known in this build" }
        let missing = TransitionCell.all.subtracting(result.cells).map { cell in
            let phase =
                if case .waiting(let reason) = cell.phase { "waiting for \(reason.rawValue)" } else { cell.phase.name }
            return "\(phase) / \(cell.happening.rawValue)"
        }
        let head = "coverage of the transition table: \(result.cells.count) of \(TransitionCell.all.count) cells"
        return missing.isEmpty ? head : head + "; not seen: " + missing.sorted().joined(separator: ", ")
    }

    private struct Summary: Encodable {
        var seeds: Int
        var failedSeeds: [UInt64]
        var violations: [String]
        var seconds: Double
        var seedsPerSecond: Double
        var simulatedHours: Double
        var records: Int
        var tasks: Int
        var cellsSeen: Int
        var cells: Int
    }

    static func json(of result: CampaignResult) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let summary = Summary(
            seeds: result.seeds, failedSeeds: result.failures.map(\.options.seed),
            violations: result.failures.compactMap(\.violation), seconds: result.seconds,
            seedsPerSecond: Double(result.seeds) / max(result.seconds, 0.001),
            simulatedHours: Double(result.virtualMs) / 3_600_000, records: result.records, tasks: result.tasks,
            cellsSeen: result.cells.count, cells: TransitionCell.all.count)
        return String(decoding: try encoder.encode(summary), as: UTF8.self)
    }
}

/// One line on a terminal; nothing elsewhere.
final class SimulationProgress: CampaignProgress {
    private let total: Int
    private let state = Mutex((ran: 0, violated: 0, lastShown: ContinuousClock.now))
    private let isShown: Bool

    init(total: Int) {
        self.total = total
        isShown = total > 0 && isatty(STDERR_FILENO) == 1
    }

    func ranOne(isViolated: Bool) {
        let line = state.withLock { state -> String? in
            state.ran += 1
            if isViolated { state.violated += 1 }
            guard isShown, ContinuousClock.now - state.lastShown > .milliseconds(200) else { return nil }
            state.lastShown = .now
            return "\r\(state.ran) of \(total) seeds, \(state.violated) violations"
        }
        if let line { FileHandle.standardError.write(Data(line.utf8)) }
    }

    func ended() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
