import Contract
import Foundation
import SagaKernel
import Testing

@testable import Connectors

/// What must not be called clean, and whose records must not be touched.
@Suite struct DirectoryDoubtTests {
    private func perform(
        _ action: TaskAction, _ tree: TemporaryTree, layout: String = "routed_messages", more: String = "",
        subject: Subject = Subject(hub: TaskMaking.hub, deviceID: "dev1")
    ) async throws -> Acknowledgement.Verdict {
        try await DirectoryConnector(roots: [tree.path]).perform(
            TaskMaking.directoryTask(action, tree, layout: layout, more: more, subjects: [subject]))
    }

    @Test func `a device that writes another hub's name into its telemetry hides nothing`() async throws {
        let tree = try TemporaryTree()
        let disguised = [
            #"{"Properties":{"hubName":"fabrikam"},"SystemProperties":{"connectionDeviceId":"dev1"}}"#,
            #"{"Properties":{"hubName":"fabrikam","opType":"x"},"SystemProperties":{"connectionDeviceId":"dev1"}}"#,
            #"{"Properties":{"hubName":"fabrikam","opType":"x"},"#
                + #""SystemProperties":{"connectionDeviceId":"dev1","iotHubName":"contoso"}}"#,
        ]
        let events = [
            #"{"Properties":{"hubName":"fabrikam","deviceId":"dev1","opType":"x"},"SystemProperties":{}}"#,
            #"{"Properties":{"hubName":"fabrikam","deviceId":"dev1","opType":"x"},"#
                + #""SystemProperties":{"connectionDeviceId":"dev2"}}"#,
        ]
        try tree.write("one.json", (disguised + events).map { $0 + "\n" }.joined())
        #expect(try await perform(.erase, tree).completion?.recordCount == 3)
        #expect(tree.text("one.json") == events.map { $0 + "\n" }.joined())
    }

    @Test func `a device with a quote in its name is found in queries`() async throws {
        let tree = try TemporaryTree()
        let query = { (text: String) in
            #"{"category":"TwinQueries","properties":"{\"query\":\"deviceId = \#(text)\"}"}"# + "\n"
        }
        try tree.write("PT1H.json", query("'it''s'") + query("'its'"))
        let subject = Subject(hub: TaskMaking.hub, deviceID: "it's")
        let verdict = try await perform(
            .erase, tree, layout: "hourly_logs", more: #""minimum_age_seconds":0"#, subject: subject)
        #expect(verdict.completion?.recordCount == 1)
        #expect(tree.text("PT1H.json") == query("'its'"))
    }

    @Test func `an owner's own fields of another hub's records are not ours`() async throws {
        let tree = try TemporaryTree()
        let body = #"{"serial":"S-77"}"#
        let lines = ["contoso", "fabrikam"].map { TaskMaking.message("gateway", body: body, hub: $0) + "\n" }
        let open = TaskMaking.message("gateway", body: body) + "\n"
        try tree.write("one.json", lines.joined() + open)
        let subject = Subject(
            hub: TaskMaking.hub, deviceID: "dev1",
            aliases: [Subject.Alias(identityType: "serial_number", identityValue: "S-77")])
        let more = #""extra_json_paths":["/Body/serial"]"#
        #expect(try await perform(.erase, tree, more: more, subject: subject).completion?.recordCount == 2)
        #expect(tree.text("one.json") == lines[1])
        let log = { (hub: String) in
            #"{"resourceId":"/X/IOTHUBS/\#(hub)","properties":"{}","serial":"S-77"}"# + "\n"
        }
        try tree.write("one.json", log("CONTOSO") + log("FABRIKAM"))
        let logs = #""extra_json_paths":["/serial"],"minimum_age_seconds":0"#
        let verdict = try await perform(.erase, tree, layout: "hourly_logs", more: logs, subject: subject)
        #expect(verdict.completion?.recordCount == 1)
        #expect(tree.text("one.json") == log("FABRIKAM"))
    }

    @Test func `a routed file that was written just now is left alone unless the catalogue says otherwise`()
        async throws
    {
        let tree = try TemporaryTree()
        try tree.write("one.json", TaskMaking.message("dev1") + "\n")
        let task = TaskMaking.task(.erase, settings: #"{"path":"\#(tree.path)","layout":"routed_messages"}"#)
        let connector = try DirectoryConnector(roots: [tree.path])
        #expect(await connector.perform(task).wait?.reason == .operationRunning)
        #expect(tree.text("one.json") != nil)
        try tree.age("one.json", seconds: 901)
        #expect(await connector.perform(task).completion?.outcome == .erased)
    }

    @Test func `a format that nobody listed is not called clean`() async throws {
        let good = TaskMaking.message("dev2") + "\n"
        let beginnings: [[UInt8]] = [
            Array("SQLite format 3\u{0}".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], Array(good.utf8) + [0xFF, 0x0A],
            Array("BZh9".utf8) + [0x31, 0x41, 0xF1, 0x26, 0x53, 0x59, 0x0A], [0x81, 0x0A, 0x20],
        ]
        for beginning in beginnings {
            let tree = try TemporaryTree()
            try tree.write("one.bin", beginning)
            for action in [TaskAction.erase, .verify] {
                #expect(try await perform(action, tree).failure?.code == .unsupported, "\(beginning)")
            }
        }
    }

    @Test func `records with odd bytes, other texts and a character cut in two are no other format`() async throws {
        let tree = try TemporaryTree()
        let odd = Array(#"{"SystemProperties":{},"Body":""#.utf8) + [0xFF, 0x01] + Array("\"}\n".utf8)
        let text = Array("time,café\n".utf8)
        try tree.write("one.json", odd + text)
        #expect(try await perform(.verify, tree).completion?.outcome == .absent)
        try tree.write("one.json", odd + Array("{\"Body\":\"caf".utf8) + [0xC3])
        #expect(try await perform(.verify, tree).wait?.reason == .operationRunning)
    }

    @Test func `a tree without files may be a mount that is missing`() async throws {
        let tree = try TemporaryTree()
        try tree.check(tree.at(Array("2026".utf8)) { mkdir($0, 0o755) } == 0)
        for action in [TaskAction.erase, .verify] {
            let failure = try #require(try await perform(action, tree).failure)
            #expect(failure.code == .notFound)
            #expect(failure.retryable)
        }
        let outcome = try await perform(.verify, tree, more: #""empty_tree":"absent""#).completion?.outcome
        #expect(outcome == .absent)
        #expect(try await perform(.verify, tree, more: #""empty_tree":"x""#).failure?.code == .invalidTask)
        try tree.write("one.txt", "")
        #expect(try await perform(.verify, tree, more: #""file_suffixes":[".json"]"#).failure?.code == .notFound)
    }

    @Test func `a tree that an erasure emptied is known to be empty`() async throws {
        let tree = try TemporaryTree()
        try tree.write("2026/one.json", TaskMaking.message("dev1") + "\n")
        let more = #""file_suffixes":[".json"]"#
        #expect(try await perform(.erase, tree, more: more).completion?.outcome == .erased)
        #expect(try tree.names() == [".habeas-emptied", "2026"])
        #expect(try await perform(.verify, tree, more: more).completion?.outcome == .absent)
        #expect(try await perform(.erase, tree, more: more).completion?.outcome == .alreadyAbsent)
    }
}
