import Foundation
import Testing

@testable import habeas_soak

struct ShellCommandTests {
    private let log = FileManager.default.temporaryDirectory.appending(path: "habeas-soak-\(UUID().uuidString).log")

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
