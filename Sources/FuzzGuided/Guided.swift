import Foundation
import FuzzKit

// Input that is chosen by what it reaches: libFuzzer keeps what runs through code that nothing before ran through, and
// goes on from there. It brings its own `main`; `HABEAS_FUZZ_READER` names the reader.
//
// Built only on request, because every module that is watched must be compiled for it: `make guided`.

/// The reader, chosen once.
private let reader: FuzzReader = {
    let name = ProcessInfo.processInfo.environment["HABEAS_FUZZ_READER"] ?? "request"
    do {
        if let reader = try FuzzReaders.named(name) { return reader }
        stop("there is no reader \(name)")
    } catch {
        stop("the readers cannot be made: \(error)")
    }
}()

private func stop(_ reason: String) -> Never {
    FileHandle.standardError.write(Data((reason + "\n").utf8))
    abort()
}

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func tryInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    // A binary reader's key and an answer's status stand in headers: those of the first seed.
    var input = Wire(bytes: bytes)
    input.headers = reader.mutator.seeds.first?.headers ?? []
    let verdict = reader.verdict(on: input)
    if !verdict.faults.isEmpty { stop(verdict.faults.joined(separator: "\n")) }
    return 0
}

/// Every third input is made by our own mutations, which know the form of an input; the others by libFuzzer's.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ sizeMax: Int, _ seed: UInt32) -> Int {
    guard seed % 3 == 0 else { return blindly(data, size, sizeMax) }
    let input = Wire(bytes: Array(UnsafeBufferPointer(start: data, count: size)))
    let bytes = (reader.mutator.mutated(input, seed: UInt64(seed)).value ?? []).prefix(sizeMax)
    for (offset, byte) in bytes.enumerated() { data[offset] = byte }
    return bytes.count
}

@_silgen_name("LLVMFuzzerMutate")
private func blindly(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ sizeMax: Int) -> Int
