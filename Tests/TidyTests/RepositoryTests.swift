import Foundation
import Testing

struct RepositoryTests {
    @Test func `what a build leaves behind is ignored and not tracked`() throws {
        let ignored = try Tree.lines(".gitignore")
        #expect(ignored.contains(".build/"))
        #expect(ignored.contains("Package.resolved"))
        // A source archive has no history to look into.
        guard Tree.exists(".git") else { return }
        #expect(try git("ls-files", "--", ".build", "Package.resolved").isEmpty)
    }

    private func git(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Also where the checkout belongs to another user, as in a container.
        process.arguments = ["git", "-c", "safe.directory=*", "-C", Tree.root.path] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test func `scripts can be run and stop at the first error`() throws {
        for path in [".ci/run"] {
            #expect(FileManager.default.isExecutableFile(atPath: Tree.root.appendingPathComponent(path).path))
            #expect(try Tree.text(path).contains("set -euo pipefail"))
        }
    }

    @Test func `every target of the Makefile is explained`() throws {
        let lines = try Tree.lines("Makefile")
        let phony = lines.filter { $0.hasPrefix(".PHONY:") }.flatMap { $0.split(separator: " ").dropFirst() }
        #expect(phony.contains("demo") && phony.contains("test"))
        for target in phony {
            #expect(lines.contains { $0.hasPrefix("\(target):") && $0.contains("## ") }, "\(target) has no ## text")
        }
    }

    @Test func `text files end in one line feed and have no trailing blanks or tabs`() throws {
        var faults: [String] = []
        for path in try Tree.files(extensions: ["md", "yaml", "yml", "swift", "sh", "h"]) where path != "LICENSE" {
            let text = try Tree.text(path)
            if !text.hasSuffix("\n") || text.hasSuffix("\n\n") { faults.append("\(path): its end") }
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where line.last == " " || line.contains("\t") {
                faults.append("\(path):\(number + 1): blanks at the end, or a tab")
            }
        }
        expectNone(faults, "clean these")
    }
}
