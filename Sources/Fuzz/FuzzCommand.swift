import ArgumentParser
import Foundation
import FuzzKit

/// `habeas-fuzz`: hostile input for every reader of Habeas.
///
/// Each reader runs in a process of its own, so that one that dies takes nothing else along, memory is measured for
/// each, and what killed it is known: the number of the input stands in a file that both processes see.
@main
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "habeas-fuzz",
        abstract: "Tries every reader with hostile input, and says how it went.",
        discussion: """
            An input is made from the seed and its number, so that a run can be repeated. The first input that brings \
            a reader down is made as small as possible and written to a file.

            Exit codes: 0 nothing was found, 1 something was, 64 usage.
            """)

    @Option(help: ArgumentHelp("Only this reader; repeatable.", valueName: "name"))
    var reader: [String] = []

    @Option(help: "Inputs of all readers together.")
    var inputs = 10_000_000

    @Option(help: "Where the random numbers begin.")
    var seed: UInt64 = 1

    @Option(help: "Readers that run at the same time.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: ArgumentHelp("CPU time of one input at most, in milliseconds.", valueName: "ms"))
    var slowMs = 5_000.0

    @Option(
        name: .customLong("memory-mib"),
        help: ArgumentHelp("Resident memory of one process at most, in mebibytes.", valueName: "MiB"))
    var memoryMiB = 2_048

    @Option(help: ArgumentHelp("How long one input may take before its reader is killed.", valueName: "seconds"))
    var hangSeconds = 60.0

    @Option(help: ArgumentHelp("Where failing inputs are written.", valueName: "folder"))
    var failures = "."

    @Flag(help: "Prints the figures as JSON.")
    var json = false

    @Flag(help: "Prints the names of the readers and ends.")
    var list = false

    @Option(help: ArgumentHelp("Tries the input of a file that a run has written.", valueName: "file"))
    var replay: String?

    @Option(help: ArgumentHelp("The file that both processes see.", visibility: .private))
    var progress: String?

    mutating func validate() throws {
        guard inputs > 0, jobs > 0, slowMs > 0, memoryMiB > 0, hangSeconds > 0 else {
            throw ValidationError("--inputs, --jobs, --slow-ms, --memory-mib and --hang-seconds are more than 0")
        }
    }

    func run() throws {
        if let replay { return try tryAgain(replay) }
        if let progress { return try FuzzChild(command: self, progress: progress).run() }
        var readers = try FuzzReaders.all()
        if !reader.isEmpty { readers = try reader.map(named) }
        if list { return readers.forEach { print($0.name) } }
        let parent = FuzzParent(command: self)
        let results = parent.run(FuzzReaders.portions(readers, total: inputs).map { ($0.reader.name, $0.inputs) })
        print(json ? try FuzzReport.json(results) : FuzzReport.text(results, seed: seed))
        if results.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
    }

    private func named(_ name: String) throws -> FuzzReader {
        guard let reader = try FuzzReaders.named(name) else {
            throw ValidationError("there is no reader \(name); --list names them")
        }
        return reader
    }

    private func tryAgain(_ path: String) throws {
        let file = try FuzzFile.read(path)
        let verdict = try named(file.reader).verdict(on: file.input)
        print("\(file.reader): \(verdict.isAccepted ? "taken" : "refused")")
        verdict.faults.forEach { print("  \($0)") }
        if !verdict.faults.isEmpty { throw ExitCode(1) }
    }
}
