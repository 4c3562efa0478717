import Foundation
import Logging
import Testing

@testable import habeas

struct LogOutputTests {
    private func logger(_ handle: FileHandle) -> Logger {
        Logger(label: "habeas") { LogOutput(label: $0, level: .info, isJSON: true, handle: handle) }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs Linux's /dev/full"))
    func `a disk that is full costs lines, not the process, and the next line says how many`() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        logger(full).info("one")
        logger(full).info("two")
        let scratch = try ScratchFolder()
        let path = try scratch.write("", to: "habeas.log")
        let file = try #require(FileHandle(forWritingAtPath: path))
        logger(file).info("three")
        logger(file).info("four")
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].contains("\"message\":\"three\"") && lines[0].contains("\"lines_lost\":\"2\""))
        #expect(!lines[1].contains("lines_lost"))
    }
}
