import Foundation
import Testing

@testable import habeas_soak

final class ShellCommandTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "habeas-soak-\(UUID().uuidString)")
    private var log: URL { folder.appending(path: "run.log") }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit {
        do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
    }

    @Test func `nothing but the output is left of a command`() throws {
        try ShellCommand.run("echo done", log: log)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run.log"])
    }

    @Test func `a command ends although what it has started goes on`() throws {
        let began = ContinuousClock.now
        try ShellCommand.run("sleep 20 & echo started", log: log)
        #expect(ContinuousClock.now - began < .seconds(15))
        #expect(try String(contentsOf: log, encoding: .utf8) == "started\n")
    }

    @Test func `a command that fails is told with its code and its last words`() throws {
        let failure = #expect(throws: SoakFailure.self) { try ShellCommand.run("echo no broker; exit 3", log: log) }
        #expect("\(try #require(failure))".contains("ended with 3: no broker"))
    }

    @Test func `a command that does not end is given up`() {
        #expect(throws: SoakFailure.self) { try ShellCommand.run("sleep 5", log: log, seconds: 0.3) }
    }
}
