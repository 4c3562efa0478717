import Foundation
import FuzzKit

/// Input that is chosen by what it reaches: libFuzzer keeps what runs through code that nothing before ran through, and
/// goes on from there. `HABEAS_FUZZ_READER` names the reader; the arguments are libFuzzer's own.
///
/// Built only on request, because every module that is watched must be compiled for it: `make guided`.
@main
enum Guided {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(drive(&count, &arguments) { Guided.tryInput($0, $1) })
    }

    /// Chosen once.
    private nonisolated(unsafe) static let reader: FuzzReader = {
        let name = ProcessInfo.processInfo.environment["HABEAS_FUZZ_READER"] ?? "request"
        do {
            if let reader = try FuzzReaders.named(name) { return reader }
            stop("there is no reader \(name)")
        } catch {
            stop("the readers cannot be made: \(error)")
        }
    }()

    private static func stop(_ reason: String) -> Never {
        FileHandle.standardError.write(Data((reason + "\n").utf8))
        abort()
    }

    private static func tryInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
        var input = Wire(bytes: Array(UnsafeBufferPointer(start: data, count: size)))
        // A record's key and an answer's status stand in headers: those of the first seed.
        input.headers = reader.mutator.seeds.first?.headers ?? []
        let verdict = reader.verdict(on: input)
        if !verdict.faults.isEmpty { stop(verdict.faults.joined(separator: "\n")) }
        return 0
    }

    /// Every third input is made by our own mutations, which know the form of an input; the others by libFuzzer's.
    fileprivate static func mutated(
        _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ sizeMax: Int, _ seed: UInt32
    ) -> Int {
        guard seed.isMultiple(of: 3) else { return mutateBlindly(data, size, sizeMax) }
        let seeds = reader.mutator.seeds
        // libFuzzer begins with nothing; our seeds are better.
        let input =
            size > 1
            ? Wire(bytes: Array(UnsafeBufferPointer(start: data, count: size))) : seeds[Int(seed / 3) % seeds.count]
        let bytes = (reader.mutator.mutated(input, seed: UInt64(seed)).value ?? []).prefix(sizeMax)
        for (offset, byte) in bytes.enumerated() { data[offset] = byte }
        return bytes.count
    }
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
    _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ sizeMax: Int, _ seed: UInt32
) -> Int {
    Guided.mutated(data, size, sizeMax, seed)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func drive(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ tryInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_silgen_name("LLVMFuzzerMutate")
private func mutateBlindly(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ sizeMax: Int) -> Int
