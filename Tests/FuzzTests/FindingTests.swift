import Foundation
import FuzzKit
import Testing

/// Faults that were planted are found: a fuzzer that finds nothing may be one that looks at nothing.
@Suite struct FindingTests {
    private func find(_ name: String, inputs: Int = 50_000, slowMs: Double = 60_000) throws -> FuzzFailure? {
        let reader = try #require(try FuzzReaders.named(name))
        return FuzzRun(reader, seed: 1, bounds: FuzzRun.Bounds(slowMs: slowMs)).run(inputs: inputs).failure
    }

    @Test(arguments: [
        ("planted-twice", "it means something else"), ("planted-deaf", "the parsers disagree"),
        ("planted-leak", "a message with a value of the input"),
    ])
    func `a property that does not hold is found`(_ name: String, _ fault: String) throws {
        let failure = try #require(try find(name))
        #expect(failure.faults.first?.hasPrefix(fault) == true, "\(failure.faults)")
    }

    @Test func `a reader that takes too long is found`() throws {
        let failure = try #require(try find("planted-slow", slowMs: 50))
        #expect(failure.faults == ["slower than it may be"])
    }

    @Test func `what was found is made small, and can be tried again from a file`() throws {
        let reader = try #require(try FuzzReaders.named("planted-twice"))
        let failure = try #require(try find("planted-twice"))
        let deadline = ContinuousClock.now + .seconds(60)
        let smallest = Minimiser.smallest(failure.input, triesMax: 3_000, deadline: deadline) {
            !reader.verdict(on: $0).faults.isEmpty
        }
        #expect(smallest.headers.isEmpty)
        // Two members of the same name and little else. What must go from both at once stays.
        #expect(try #require(smallest.value).count <= 40, "\(String(decoding: smallest.value ?? [], as: UTF8.self))")
        let file = FileManager.default.temporaryDirectory.appending(path: "habeas-fuzz-\(UUID().uuidString).json")
        defer { unlink(file.path) }
        try FuzzFile(reader: reader.name, seed: 1, index: failure.index, faults: failure.faults, input: smallest)
            .write(to: file.path)
        #expect(!reader.verdict(on: try FuzzFile.read(file.path).input).faults.isEmpty)
    }

    /// A mebibyte that takes long to refuse was tried smaller until its process was taken for one that hangs.
    @Test func `what was found is made small only as long as there is time`() {
        let input = Wire(bytes: Array(repeating: 0x20, count: 1_000))
        var asked = 0
        let smallest = Minimiser.smallest(input, triesMax: 3_000, deadline: .now) { _ in
            asked += 1
            return true
        }
        #expect(asked == 0 && smallest.value?.count == 1_000)
    }

    @Test func `a reader that dies is found by the process that watches it`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "habeas-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { removeFolder(folder) }
        let run = try fuzz(
            ["--reader", "planted-trap", "--inputs", "100000", "--failures", folder.path, "--json"])
        #expect(run.status == 1)
        #expect(run.output.contains("the process died of it"), "\(run.output)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let name = try #require(files.first { $0.hasPrefix("fuzz-planted-trap-1-") })
        #expect(files.count == 1)
        let input = try FuzzFile.read(folder.appending(path: name).path).input
        #expect(try #require(input.value).count < 40, "\(String(decoding: input.value ?? [], as: UTF8.self))")
        let again = try fuzz(["--replay", folder.appending(path: name).path])
        #expect(again.isKilled)
    }

    @Test func `a run that finds nothing says so and ends well`() throws {
        let run = try fuzz(["--reader", "plan", "--reader", "callback", "--inputs", "2000"])
        #expect(run.status == 0)
        #expect(run.output.contains("nothing found"))
    }

    private func removeFolder(_ folder: URL) {
        do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
    }

    private func fuzz(_ arguments: [String]) throws -> (status: Int32, isKilled: Bool, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "habeas-fuzz")
        process.arguments = arguments
        process.environment = ["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, process.terminationReason == .uncaughtSignal, text)
    }
}
