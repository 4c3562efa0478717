import Foundation
import FuzzKit
import Testing

/// Any input at all: no crash, no hang, no secret in a message, and what is accepted means the same when it is written
/// again.
///
/// A short form of what `make fuzz` does. `HABEAS_FUZZ_INPUTS` sets how many inputs are tried (150 000),
/// `HABEAS_FUZZ_SEED` where they begin (1). A failure names its input; the same seed and number make it again.
@Suite struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let inputs = environment["HABEAS_FUZZ_INPUTS"].flatMap { Int($0) } ?? 150_000
    private static let seed = environment["HABEAS_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    // A reader that hangs ends here, and not with the run.
    @Test(.timeLimit(.minutes(20)))
    func `no input brings a reader down`() throws {
        for (reader, inputs) in FuzzReaders.portions(try FuzzReaders.all(), total: Self.inputs) {
            // Debug code is some ten times slower than what is installed.
            let bounds = FuzzRun.Bounds(slowMs: 20_000, memoryMiB: 4_096)
            let (figures, failure) = FuzzRun(reader, seed: Self.seed, bounds: bounds).run(inputs: inputs)
            print(
                reader.name, figures.inputs, "inputs,", figures.accepted, "taken,", figures.inputsPerSecond,
                "a second, slowest", figures.slowestMs, "ms")
            #expect(failure?.faults == nil, "\(reader.name), input \(failure?.index ?? 0) of seed \(Self.seed)")
            // Inputs that nothing survives would test the first line of a parser only.
            #expect(figures.accepted > inputs / 100, "\(reader.name) takes next to nothing")
            #expect(figures.accepted < inputs, "\(reader.name) takes everything")
        }
    }

    @Test func `every input can be made again from its number`() throws {
        for reader in try FuzzReaders.all() {
            for index in 0..<20 {
                let input = reader.mutator.input(seed: 9, index: index)
                let again = reader.mutator.input(seed: 9, index: index)
                #expect(input.value == again.value)
                #expect(input.headers.map(\.name) == again.headers.map(\.name))
                #expect(input.headers.map(\.value) == again.headers.map(\.value))
            }
        }
    }

    @Test func `every reader takes at least one of the inputs that it begins with`() throws {
        for reader in try FuzzReaders.all() {
            let isTaken = reader.mutator.seeds.contains { seed in
                let verdict = reader.verdict(on: seed)
                #expect(verdict.faults == [], "\(reader.name)")
                return verdict.isAccepted
            }
            #expect(isTaken, "\(reader.name)")
        }
    }
}
