import Contract
import Crypto
import Foundation
import SagaKernel
import Testing

@testable import Connectors

@Suite struct DirectoryReadingTests {
    private func perform(
        _ action: TaskAction, _ tree: TemporaryTree, layout: String = "routed_messages", more: String = "",
        subjects: [Subject] = [Subject(hub: TaskMaking.hub, deviceID: "dev1")]
    ) async throws -> Acknowledgement.Verdict {
        try await DirectoryConnector(roots: [tree.path]).perform(
            TaskMaking.directoryTask(action, tree, layout: layout, more: more, subjects: subjects))
    }

    private func lines(_ tree: TemporaryTree, _ name: String = "one.json") -> [String] {
        (tree.text(name) ?? "").split(separator: "\n").map(String.init)
    }

    @Test func `an export holds the subject's lines byte for byte and can be repeated`() async throws {
        let tree = try TemporaryTree()
        let mine = TaskMaking.message("dev1", body: #""caf\u00e9""#)
        try tree.write("data/b.json", "\u{FEFF}" + mine + "\r\n" + TaskMaking.message("dev10") + "\r\n" + mine)
        try tree.write("data/a.json", TaskMaking.message("dev1", body: "1") + "\n")
        try tree.write("out/keep", "")
        let settings = #"{"path":"\#(tree.path)/data","layout":"routed_messages","export_path":"\#(tree.path)/out"}"#
        let connector = try DirectoryConnector(roots: [tree.path])
        let expected = TaskMaking.message("dev1", body: "1") + "\n" + mine + "\r\n" + mine + "\n"
        for _ in 1...2 {
            let verdict = await connector.perform(TaskMaking.task(.export, settings: settings))
            let completion = try #require(verdict.completion, "\(verdict)")
            #expect(completion.outcome == .exported)
            #expect(completion.recordCount == 3)
            let name = "out/\(TaskMaking.requestID)/archive.ndjson"
            #expect(tree.text(name) == expected)
            let digest = SHA256.hash(data: Array(expected.utf8)).map { String(format: "%02x", $0) }.joined()
            #expect(
                completion.artifacts == [
                    Artifact(
                        uri: "file://\(tree.path)/\(name)", sha256: digest, bytes: Int64(expected.utf8.count),
                        contentType: "application/x-ndjson")
                ])
        }
        #expect(try tree.names().count { $0.hasPrefix("out/") } == 3)
    }

    @Test func `an export of a device without records leaves no file`() async throws {
        let tree = try TemporaryTree()
        try tree.write("data/a.json", TaskMaking.message("dev10") + "\n")
        try tree.write("out/keep", "")
        let settings = #"{"path":"\#(tree.path)/data","layout":"routed_messages","export_path":"\#(tree.path)/out"}"#
        let verdict = try await DirectoryConnector(roots: [tree.path]).perform(
            TaskMaking.task(.export, settings: settings))
        #expect(verdict.completion?.outcome == .noData)
        #expect(verdict.completion?.artifacts == [])
        #expect(try tree.names().allSatisfy { !$0.contains("ndjson") && !$0.contains(".tmp") })
    }

    @Test func `a verification counts what came back`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", TaskMaking.message("dev10") + "\n")
        #expect(try await perform(.verify, tree).completion?.outcome == .absent)
        try tree.append("one.json", TaskMaking.message("dev1") + "\n" + TaskMaking.message("dev1") + "\n")
        let before = tree.text("one.json")
        let completion = try #require(try await perform(.verify, tree).completion)
        #expect(completion.outcome == .reappeared)
        #expect(completion.recordCount == 2)
        #expect(completion.verified == .readBack)
        #expect(tree.text("one.json") == before)
    }

    @Test func `a half-written last line waits while it is young and is kept when it is old`() async throws {
        let tree = try TemporaryTree()
        let half = #"{"SystemProperties":{"connectionDeviceId":"dev1","enq"#
        try tree.write("one.json", TaskMaking.message("dev2") + "\n" + half)
        let young = try await perform(.erase, tree)
        #expect(young.wait?.reason == .operationRunning)
        #expect(young.wait?.resumeAt != nil)
        try tree.age("one.json", seconds: 1_000)
        let old = try #require(try await perform(.erase, tree).failure)
        #expect(old.code == .conflict)
        #expect(!old.retryable)
        #expect(old.detail.hasPrefix("1 "))
        #expect(!old.detail.contains("dev1"))
        #expect(tree.text("one.json") == TaskMaking.message("dev2") + "\n" + half)
    }

    @Test func `a broken line that names the subject is kept, while its records beside it go`() async throws {
        let tree = try TemporaryTree()
        let broken = #"{"SystemProperties":{"connectionDeviceId":"\u0064ev1"#
        try tree.write(
            "one.json", TaskMaking.message("dev1") + "\n" + broken + "\n" + TaskMaking.message("dev2") + "\n")
        for action in [TaskAction.erase, .verify] {
            let failure = try #require(try await perform(action, tree).failure)
            #expect(failure.code == .conflict)
            #expect(!failure.retryable)
        }
        #expect(lines(tree) == [broken, TaskMaking.message("dev2")])
    }

    @Test func `a broken line that names somebody else holds up nobody`() async throws {
        let tree = try TemporaryTree()
        let broken = #"{"SystemProperties":{"connectionDeviceId":"dev10"# + "\n"
        try tree.write("one.json", broken + TaskMaking.message("dev1") + "\n" + broken)
        #expect(try await perform(.erase, tree).completion?.recordCount == 1)
        #expect(tree.text("one.json") == broken + broken)
    }

    @Test func `a line longer than the limit fails the task and is not touched`() async throws {
        let tree = try TemporaryTree()
        let long = TaskMaking.message("dev1", body: "\"" + String(repeating: "x", count: 300_000) + "\"") + "\n"
        try tree.write("long.json", long)
        try tree.write("short.json", TaskMaking.message("dev1") + "\n")
        let failure = try #require(try await perform(.erase, tree, more: #""line_bytes_max":100000"#).failure)
        #expect(failure.code == .unsupported)
        #expect(tree.text("long.json") == long)
        #expect(try tree.names().filter { $0.hasSuffix(".json") } == ["long.json"])
        #expect(try await perform(.erase, tree).completion?.recordCount == 1)
    }

    @Test func `files that are not JSON Lines are not called clean`() async throws {
        for beginning in [Array("Obj\u{1}".utf8), [0x1F, 0x8B, 8], [0xFF, 0xFE, 0x7B, 0]] as [[UInt8]] {
            let tree = try TemporaryTree()
            try tree.write("one.bin", beginning + [0, 1, 2])
            try tree.write("one.json", "")
            #expect(try await perform(.verify, tree).failure?.code == .unsupported)
            #expect(
                try await perform(.verify, tree, more: #""file_suffixes":[".json"]"#).completion?.outcome == .absent)
        }
    }

    @Test func `events count by their properties, telemetry only by its sender`() async throws {
        let tree = try TemporaryTree()
        let event = #"{"Properties":{"deviceId":"dev1","opType":"deleteDeviceIdentity"},"SystemProperties":{}}"#
        let twin =
            #"{"Properties":{"deviceId":"dev1"},"SystemProperties":{"connectionDeviceId":"gateway","#
            + #""iothub-message-source":"twinChangeEvents"}}"#
        let telemetry =
            #"{"Properties":{"deviceId":"dev1","opType":"x"},"SystemProperties":{"connectionDeviceId":"gateway","#
            + #""iothub-message-source":"Telemetry"}}"#
        try tree.write("one.json", [event, twin, telemetry].joined(separator: "\n"))
        #expect(try await perform(.erase, tree).completion?.recordCount == 2)
        #expect(lines(tree) == [telemetry])
    }

    @Test func `a module is told apart from its device and its sisters`() async throws {
        let tree = try TemporaryTree()
        let module = { (name: String) in
            #"{"SystemProperties":{"connectionDeviceId":"dev1","connectionModuleId":"\#(name)"}}"#
        }
        let all = [module("m1"), module("m10"), TaskMaking.message("dev1")]
        try tree.write("one.json", all.joined(separator: "\n") + "\n")
        let subject = Subject(hub: TaskMaking.hub, deviceID: "dev1", moduleID: "m1")
        #expect(try await perform(.erase, tree, subjects: [subject]).completion?.recordCount == 1)
        #expect(lines(tree) == Array(all.dropFirst()))
        #expect(try await perform(.erase, tree).completion?.recordCount == 2)
    }

    @Test func `a device of the same name at another hub keeps its records`() async throws {
        let tree = try TemporaryTree()
        let ours = TaskMaking.message("dev1", hub: "Contoso")
        let theirs = TaskMaking.message("dev1", hub: "fabrikam")
        try tree.write("one.json", ours + "\n" + theirs + "\n")
        #expect(try await perform(.erase, tree).completion?.recordCount == 1)
        #expect(lines(tree) == [theirs])
        #expect(try await perform(.erase, tree, more: #""hub_check":false"#).completion?.recordCount == 1)
    }

    @Test func `an owner's own fields are looked into, through embedded JSON and base64`() async throws {
        let tree = try TemporaryTree()
        let body = Data(#"{"origin":{"serial":"S-77"}}"#.utf8).base64EncodedString()
        let bodies = [#"{"origin":{"serial":"S-77"}}"#, "\"\(body)\"", #"{"origin":{"serial":"S-770"}}"#, "\"S-77\""]
        let all = bodies.map { TaskMaking.message("gateway", body: $0) }
        try tree.write("one.json", all.joined(separator: "\n") + "\n")
        let subject = Subject(
            hub: TaskMaking.hub, deviceID: "dev1",
            aliases: [Subject.Alias(identityType: "serial_number", identityValue: "S-77")])
        let more = #""extra_json_paths":["/Body/origin/serial","/Properties/*"]"#
        #expect(try await perform(.erase, tree, subjects: [subject]).completion?.outcome == .alreadyAbsent)
        #expect(try await perform(.erase, tree, more: more, subjects: [subject]).completion?.recordCount == 2)
        #expect(lines(tree) == Array(all.dropFirst(2)))
    }
}
