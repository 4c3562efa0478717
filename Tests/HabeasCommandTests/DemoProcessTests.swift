import Foundation
import TestKit
import Testing

@testable import habeas

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `habeas demo` as a process of its own, to be stopped like one.
struct DemoProcessTests {
    private func demo(_ arguments: [String]) -> (Process, Pipe) {
        let demo = Process.habeas(["demo"] + arguments)
        let out = Pipe()
        demo.standardOutput = out
        demo.standardError = FileHandle.nullDevice
        return (demo, out)
    }

    @Test(.timeLimit(.minutes(2))) func `a demo tells its story to the end, and every claim was looked at`() throws {
        let (demo, out) = demo(["--json"])
        try demo.run()
        defer { if demo.isRunning { demo.terminate() } }
        let text = try out.fileHandleForReading.readToEnd() ?? Data()
        demo.waitUntilExit()
        #expect(demo.terminationStatus == 0)
        let end = try JSONDecoder().decode(EndState.self, from: text)
        #expect(end.claims.count == 10)
        for claim in end.claims { #expect(claim.holds, "\(claim.claim)") }
        #expect([end.erasure.state, end.access.state] == ["completed", "completed"])
        #expect(end.api == nil, "nothing serves any more")
        #expect(FileManager.default.fileExists(atPath: end.folder), "it is left to be looked at")
        try FileManager.default.removeItem(atPath: end.folder)
    }

    private struct EndState: Decodable {
        struct Claim: Decodable {
            var claim: String
            var holds: Bool
        }
        struct Request: Decodable {
            var state: String
        }

        var folder: String
        var api: String?
        var claims: [Claim]
        var erasure: Request
        var access: Request
    }

    @Test(.timeLimit(.minutes(2))) func `a demo that is stopped in the middle of its story ends with 0`() async throws {
        let (demo, out) = demo([])
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
