import Foundation
import FuzzKit
import Synchronization

/// What became of one reader.
struct FuzzResult: Sendable {
    var figures: FuzzFigures
    var failure: Failure?

    struct Failure: Sendable, Codable {
        var faults: [String]
        /// Of the smallest input that was found; nil where it could not be written.
        var file: String?
    }
}

/// Starts a process for each reader, watches it, and finds out what killed it.
struct FuzzParent: Sendable {
    /// How often the input that killed a process is tried smaller: each costs a process.
    private static let triesMax = 300

    let command: FuzzCommand

    func run(_ portions: [(reader: String, inputs: Int)]) -> [FuzzResult] {
        // The longest first, so that none is left alone at the end.
        let waiting = Mutex(portions.sorted { $0.inputs > $1.inputs }[...])
        let results = Mutex<[String: FuzzResult]>([:])
        DispatchQueue.concurrentPerform(iterations: min(command.jobs, portions.count)) { _ in
            while let (reader, inputs) = waiting.withLock({ $0.popFirst() }) {
                let result = run(reader, inputs)
                results.withLock { $0[reader] = result }
                if !command.json { FileHandle.standardError.write(Data((FuzzReport.line(result) + "\n").utf8)) }
            }
        }
        return portions.compactMap { portion in results.withLock { $0[portion.reader] } }
    }

    private func run(_ reader: String, _ inputs: Int) -> FuzzResult {
        let path = FileManager.default.temporaryDirectory.appending(path: "habeas-fuzz-\(UUID().uuidString)").path
        defer { unlink(path) }
        var lost = FuzzResult(figures: FuzzFigures(reader: reader, seed: command.seed))
        do {
            let mark = try SharedNumber(path: path)
            let ending = try start(
                [
                    "--reader", reader, "--inputs", "\(inputs)", "--seed", "\(command.seed)", "--slow-ms",
                    "\(command.slowMs)", "--memory-mib", "\(command.memoryMiB)", "--failures", command.failures,
                    "--hang-seconds", "\(command.hangSeconds)", "--progress", path,
                ], stillMoves: { mark.value })
            let line = ending.output.split(separator: "\n").last.map { Data($0.utf8) }
            if !ending.isKilled, ending.status == 0,
                let answer = try line.map({ try JSONDecoder().decode(FuzzChild.Answer.self, from: $0) })
            {
                let failure = FuzzResult.Failure(faults: answer.faults, file: answer.file)
                return FuzzResult(figures: answer.figures, failure: answer.faults.isEmpty ? nil : failure)
            }
            guard ending.isKilled else {
                lost.failure = FuzzResult.Failure(faults: ["its process ended with \(ending.status)"])
                return lost
            }
            lost.figures.inputs = Int(mark.value) + 1
            lost.failure = try autopsy(reader, Int(mark.value), ending)
        } catch {
            lost.failure = FuzzResult.Failure(faults: ["its process could not be run: \(error)"])
        }
        return lost
    }

    /// Makes the input of this number again, and then smaller as long as it still kills.
    private func autopsy(_ name: String, _ index: Int, _ ending: Ending) throws -> FuzzResult.Failure {
        guard let reader = try FuzzReaders.named(name) else {
            return FuzzResult.Failure(faults: ["there is no reader \(name)"])
        }
        let input = reader.mutator.input(seed: command.seed, index: index)
        let faults = [ending.isHung ? "it hangs" : "the process died of it"]
        let file = try command.write(input, of: reader.name, index: index, faults)
        // One hang costs a minute.
        guard !ending.isHung else { return FuzzResult.Failure(faults: faults, file: file) }
        let deadline = ContinuousClock.now + .seconds(command.hangSeconds * 10)
        let smallest = Minimiser.smallest(input, triesMax: Self.triesMax, deadline: deadline) { candidate in
            do {
                let path = "\(command.failures)/fuzz-try-\(reader.name)-\(command.seed)-\(index).json"
                defer { unlink(path) }
                try FuzzFile(reader: reader.name, seed: command.seed, index: index, faults: faults, input: candidate)
                    .write(to: path)
                return try start(["--replay", path], stillMoves: { 0 }).isKilled
            } catch {
                return false
            }
        }
        return FuzzResult.Failure(
            faults: faults, file: try command.write(smallest, of: reader.name, index: index, faults))
    }

    private struct Ending {
        var status: Int32
        var isKilled: Bool
        var isHung: Bool
        var output: String
    }

    /// - Parameter stillMoves: a number that changes as long as all is well.
    private func start(_ arguments: [String], stillMoves: () -> Int64) throws -> Ending {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = arguments
        // A trap needs no picture of the stack: the input says more, and a picture takes a second.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var isHung = false
        var last = stillMoves()
        var lastMove = Date()
        while process.isRunning {
            Thread.sleep(forTimeInterval: 0.01)
            let now = stillMoves()
            if now != last { (last, lastMove) = (now, Date()) }
            if Date().timeIntervalSince(lastMove) > command.hangSeconds {
                isHung = true
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
        }
        process.waitUntilExit()
        defer { output.fileHandleForReading.closeFile() }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let isKilled = process.terminationReason == .uncaughtSignal
        return Ending(
            status: process.terminationStatus, isKilled: isKilled, isHung: isHung, output: text)
    }
}
