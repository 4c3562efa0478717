import Foundation
import FuzzKit

/// The figures of a run, for people and for programs.
enum FuzzReport {
    static func line(_ result: FuzzResult) -> String {
        let figures = result.figures
        let numbers = String(
            format: "%10d inputs %10d taken %10d refused %8d inputs/s  slowest %8.2f ms  peak %5d MiB", figures.inputs,
            figures.accepted, figures.refused, figures.inputsPerSecond, figures.slowestMs, figures.peakMiB)
        let name = figures.reader.padding(toLength: 20, withPad: " ", startingAt: 0)
        guard let failure = result.failure else { return name + numbers }
        let file = failure.file.map { "; habeas-fuzz --replay \($0)" } ?? ""
        return name + numbers + "\n  FOUND: \(failure.faults.joined(separator: "; "))\(file)"
    }

    static func text(_ results: [FuzzResult], seed: UInt64) -> String {
        let inputs = results.reduce(0) { $0 + $1.figures.inputs }
        let found = results.count { $0.failure != nil }
        let last = "\(inputs) inputs, seed \(seed): \(found == 0 ? "nothing found" : "\(found) readers failed")"
        return (results.map(line) + [last]).joined(separator: "\n")
    }

    private struct Entry: Codable {
        var figures: FuzzFigures
        var failure: FuzzResult.Failure?
    }

    static func json(_ results: [FuzzResult]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let entries = results.map { Entry(figures: $0.figures, failure: $0.failure) }
        return String(decoding: try encoder.encode(entries), as: UTF8.self)
    }
}
