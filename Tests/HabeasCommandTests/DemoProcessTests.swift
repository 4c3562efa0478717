import Foundation
import Testing

@testable import habeas

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `habeas demo` as a process of its own, to be stopped like one.
struct DemoProcessTests {
    @Test(.timeLimit(.minutes(2))) func `a demo that is stopped in the middle of its story ends with 0`() async throws {
        let demo = Process()
        demo.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("habeas")
        demo.arguments = ["demo"]
        let out = Pipe()
        demo.standardOutput = out
        demo.standardError = FileHandle.nullDevice
        try demo.run()
        defer { if demo.isRunning { demo.terminate() } }
        // The ids are printed when the API serves and the requests are sent.
        var text = ""
        while !text.contains("  access   ") {
            let more = out.fileHandleForReading.availableData
            try #require(!more.isEmpty, "it ended before it began")
            text += String(decoding: more, as: UTF8.self)
        }
        kill(demo.processIdentifier, SIGTERM)
        while !out.fileHandleForReading.availableData.isEmpty {}
        demo.waitUntilExit()
        #expect(demo.terminationReason == .exit)
        #expect(demo.terminationStatus == 0)
    }
}
