import ArgumentParser
import Foundation
import FuzzKit

/// One reader's inputs, in a process of its own. Prints its figures and, after a failure, the name of a file.
struct FuzzChild {
    /// How often a failing input is tried smaller.
    static let triesMax = 3_000

    let command: FuzzCommand
    let progress: String

    struct Answer: Codable {
        var figures: FuzzFigures
        var faults: [String] = []
        var file: String?
    }

    func run() throws {
        guard let reader = try command.reader.first.flatMap({ try FuzzReaders.named($0) }) else {
            throw ValidationError("a reader is missing")
        }
        let mark = try SharedNumber(path: progress)
        let bounds = FuzzRun.Bounds(slowMs: command.slowMs, memoryMiB: command.memoryMiB)
        let (figures, failure) = FuzzRun(reader, seed: command.seed, bounds: bounds) { mark.value = Int64($0) }
            .run(inputs: command.inputs)
        var answer = Answer(figures: figures)
        if let failure {
            let smallest = smallest(failure.input, reader)
            answer.faults = failure.faults
            answer.file = try command.write(smallest, of: reader.name, index: failure.index, failure.faults)
        }
        print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
    }

    private func smallest(_ input: Wire, _ reader: FuzzReader) -> Wire {
        // A verdict that depends on time or memory cannot be asked for again cheaply.
        guard !reader.verdict(on: input).faults.isEmpty else { return input }
        // Longer, and the parent would take this process for one that hangs.
        let deadline = ContinuousClock.now + .seconds(command.hangSeconds / 2)
        return Minimiser.smallest(input, triesMax: Self.triesMax, deadline: deadline) {
            !reader.verdict(on: $0).faults.isEmpty
        }
    }
}

extension FuzzCommand {
    /// - Returns: the path of the file.
    func write(_ input: Wire, of reader: String, index: Int, _ faults: [String]) throws -> String {
        let path = "\(failures)/fuzz-\(reader)-\(seed)-\(index).json"
        try FuzzFile(reader: reader, seed: seed, index: index, faults: faults, input: input).write(to: path)
        return path
    }
}

/// A number in a file that two processes have in their memory: the one that writes it may die at any moment.
final class SharedNumber {
    private let memory: UnsafeMutablePointer<Int64>

    struct Unusable: Error {
        var path: String
    }

    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        guard descriptor >= 0 else { throw Unusable(path: path) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, 8) == 0,
            let memory = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
        else { throw Unusable(path: path) }
        self.memory = memory.bindMemory(to: Int64.self, capacity: 1)
    }

    deinit { munmap(memory, 8) }

    var value: Int64 {
        get { memory.pointee }
        set { memory.pointee = newValue }
    }
}
