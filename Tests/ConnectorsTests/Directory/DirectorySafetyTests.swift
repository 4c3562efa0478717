import Contract
import Foundation
import SagaKernel
import Testing

@testable import Connectors

@Suite struct DirectorySafetyTests {
    private func perform(
        _ action: TaskAction, _ tree: TemporaryTree, roots: [String]? = nil, more: String = ""
    ) async throws -> Acknowledgement.Verdict {
        try await DirectoryConnector(roots: roots ?? [tree.path]).perform(
            TaskMaking.directoryTask(action, tree, more: more))
    }

    @Test func `names that are no text are files like any other`() async throws {
        let tree = try TemporaryTree()
        let line = Array((TaskMaking.message("dev1") + "\n" + TaskMaking.message("dev2") + "\n").utf8)
        let names: [[UInt8]] = [
            [0xFF, 0xFE], Array("-rf".utf8), Array("new\nline".utf8), Array("..hidden".utf8),
            Array("$(id) 'q' \"".utf8), Array("*".utf8), Array(" ".utf8),
            [UInt8(ascii: "d"), 0xE9, UInt8(ascii: "/"), 0xFC, 0x0A],
        ]
        for name in names { try tree.write(name, line) }
        #expect(try await perform(.erase, tree).completion?.recordCount == Int64(names.count))
        for name in names { #expect(tree.bytes(name) == Array((TaskMaking.message("dev2") + "\n").utf8)) }
    }

    @Test func `links, pipes and folders' links are never opened`() async throws {
        let outside = try TemporaryTree()
        try outside.write("one.json", TaskMaking.message("dev1") + "\n")
        let tree = try TemporaryTree()
        try tree.check(tree.at(Array("pipe".utf8)) { mkfifo($0, 0o600) } == 0)
        try tree.check(tree.at(Array("link.json".utf8)) { symlink("\(outside.path)/one.json", $0) } == 0)
        try tree.check(tree.at(Array("folder".utf8)) { symlink(outside.path, $0) } == 0)
        try tree.check(tree.at(Array("loop".utf8)) { symlink(".", $0) } == 0)
        try tree.write("kept.json", TaskMaking.message("dev2") + "\n")
        #expect(try await perform(.erase, tree).completion?.outcome == .alreadyAbsent)
        #expect(outside.text("one.json") == TaskMaking.message("dev1") + "\n")
    }

    @Test func `a file with a second name is neither opened nor called clean`() async throws {
        let outside = try TemporaryTree()
        try outside.write("one.json", TaskMaking.message("dev1") + "\n")
        let tree = try TemporaryTree()
        try tree.check(tree.at(Array("one.json".utf8)) { link("\(outside.path)/one.json", $0) } == 0)
        for action in [TaskAction.erase, .verify] {
            #expect(try await perform(action, tree).failure?.code == .unsupported)
        }
        #expect(outside.text("one.json") == TaskMaking.message("dev1") + "\n")
    }

    @Test func `a path outside the roots is refused, also through a link`() async throws {
        let outside = try TemporaryTree()
        try outside.write("one.json", TaskMaking.message("dev1") + "\n")
        let tree = try TemporaryTree()
        try tree.check(tree.at(Array("way-out".utf8)) { symlink(outside.path, $0) } == 0)
        let sideways = try #require(outside.path.split(separator: "/").last)
        for path in [outside.path, tree.path + "/way-out", tree.path + "/../\(sideways)"] {
            let task = TaskMaking.task(.erase, settings: #"{"path":"\#(path)","layout":"routed_messages"}"#)
            let failure = try await DirectoryConnector(roots: [tree.path]).perform(task).failure
            #expect(failure?.code == .invalidTask)
            #expect(failure?.detail == "settings.path: outside the worker's directory_roots")
        }
        // A sister whose name begins alike is outside too.
        try tree.write("data/one.json", TaskMaking.message("dev1") + "\n")
        try tree.write("data-of-others/one.json", TaskMaking.message("dev1") + "\n")
        let sister = TaskMaking.task(
            .erase, settings: #"{"path":"\#(tree.path)/data-of-others","layout":"routed_messages"}"#)
        let connector = try DirectoryConnector(roots: [tree.path + "/data"])
        #expect(await connector.perform(sister).failure?.code == .invalidTask)
        #expect(tree.text("data-of-others/one.json") != nil)
        #expect(outside.text("one.json") != nil)
    }

    @Test func `an export does not go outside the roots, nor into the tree itself`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", TaskMaking.message("dev1") + "\n")
        let outside = try TemporaryTree()
        for path in [outside.path, tree.path] {
            let failure = try await perform(.export, tree, more: #""export_path":"\#(path)""#).failure
            #expect(failure?.code == .invalidTask)
            #expect(failure?.detail.hasPrefix("settings.export_path") == true)
        }
        #expect(try await perform(.export, tree).failure?.detail == "settings.export_path: missing")
        #expect(try outside.names() == [])
    }

    @Test func `a folder that is missing is not found, and not clean`() async throws {
        let tree = try TemporaryTree()
        let task = TaskMaking.task(.erase, settings: #"{"path":"\#(tree.path)/no","layout":"routed_messages"}"#)
        let failure = try await DirectoryConnector(roots: [tree.path]).perform(task).failure
        #expect(failure?.code == .notFound)
        #expect(failure?.retryable == true)
    }

    @Test(arguments: [
        (#""layuot":"x""#, "settings.layuot: unknown key"),
        (#""minimum_age_seconds":-1"#, "settings.minimum_age_seconds: wrong type or out of range"),
        (#""delete_empty":"yes""#, "settings.delete_empty: wrong type or out of range"),
        (#""extra_json_paths":["Body"]"#, "settings.extra_json_paths: wrong type or out of range"),
        (#""path":"/""#, "settings.path: given twice"),
        (#""line_bytes_max":1.5"#, "settings.line_bytes_max: wrong type or out of range"),
    ]) func `a fault in the settings is refused by the name of its key`(more: String, detail: String) async throws {
        let tree = try TemporaryTree()
        let failure = try await perform(.erase, tree, more: more).failure
        #expect(failure?.code == .invalidTask)
        #expect(failure?.retryable == false)
        #expect(failure?.detail == detail)
    }

    @Test(arguments: [
        "[]", "{", #"{"path":"/x"}"#, #"{"path":"x","layout":"routed_messages"}"#, #"{"path":"/x","layout":"csv"}"#,
        #"{"layout":"routed_messages"}"#, #"{"path":"/\u0000","layout":"routed_messages"}"#,
    ]) func `settings that say too little are refused`(settings: String) async throws {
        let connector = try DirectoryConnector(roots: ["/tmp"])
        let verdict = await connector.perform(TaskMaking.task(.erase, settings: settings))
        #expect(verdict.failure?.code == .invalidTask)
    }

    @Test func `another connector's continuation is refused instead of counted as nothing`() async throws {
        let tree = try TemporaryTree()
        let task = TaskMaking.directoryTask(.erase, tree, continuation: "https://example/operation")
        #expect(try await DirectoryConnector(roots: [tree.path]).perform(task).failure?.code == .invalidTask)
    }

    @Test func `a worker without roots, or with relative ones, cannot be made`() {
        #expect(throws: ConnectorFault.directoryRoots) { try DirectoryConnector(roots: []) }
        #expect(throws: ConnectorFault.directoryRoots) { try DirectoryConnector(roots: ["data"]) }
    }

    @Test func `no verdict carries an identifier`() async throws {
        let tree = try TemporaryTree()
        let id = "dev1"
        let broken = #"{"SystemProperties":{"connectionDeviceId":"dev1"#
        try tree.write("\(id).json", TaskMaking.message(id) + "\n" + broken + "\n")
        try tree.write("other/\(id)/x.json", [0x1F, 0x8B, 0])
        for action in TaskAction.allCases {
            let verdict = try await perform(action, tree, more: #""half_written_seconds":0"#)
            #expect(!"\(verdict)".contains(id))
        }
    }
}
