import Contract
import SagaKernel
import Testing

@testable import Connectors

@Suite struct DirectoryLogTests {
    private func entry(_ properties: String, category: String = "Connections", hub: String = "CONTOSO") -> String {
        let escaped = properties.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return #"{"time":"2026-11-02T15:00:00Z","resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/"#
            + #"MICROSOFT.DEVICES/IOTHUBS/\#(hub)","category":"\#(category)","properties":"\#(escaped)"}"#
    }

    private func erase(
        _ kept: [String], _ dropped: [String], subject: Subject = Subject(hub: TaskMaking.hub, deviceID: "dev1")
    ) async throws {
        let tree = try TemporaryTree()
        let name = "resourceId=/y=2026/m=11/d=02/h=15/m=00/PT1H.json"
        try tree.write(name, (dropped + kept + dropped).map { $0 + "\r\n" }.joined())
        let task = TaskMaking.directoryTask(
            .erase, tree, layout: "hourly_logs", more: #""minimum_age_seconds":0"#, subjects: [subject])
        let verdict = try await DirectoryConnector(roots: [tree.path]).perform(task)
        #expect(verdict.completion?.recordCount == Int64(2 * dropped.count), "\(verdict)")
        #expect(tree.text(name) == (kept.isEmpty ? nil : kept.map { $0 + "\r\n" }.joined()))
    }

    @Test func `log entries are the device's by the JSON inside their properties`() async throws {
        try await erase(
            [
                entry(#"{"deviceId":"dev10"}"#), entry(#"{"deviceId":"DEV1"}"#), entry(#"{"deviceId":null}"#),
                entry(#"{"other":"dev1"}"#), entry(""), entry(#"{"deviceId":"dev1"}"#, hub: "FABRIKAM"),
            ],
            [
                entry(#"{"deviceId":"dev1","protocol":"Mqtt"}"#), entry(#"{"deviceId":"\u0064ev1"}"#),
                #"{"category":"Routes","properties":{"deviceId":"dev1"}}"#,
            ])
    }

    @Test func `a query names the devices in its text, and no longer ids that begin alike`() async throws {
        let query = { (text: String) in entry(#"{"query":"\#(text)"}"#, category: "TwinQueries") }
        try await erase(
            [
                query("SELECT * FROM devices WHERE deviceId = 'dev10'"), query("deviceId = 'a-dev1'"),
                entry(#"{"query":"deviceId = 'dev1'"}"#, category: "Connections"),
            ],
            [
                query("SELECT * FROM devices WHERE deviceId = 'dev1'"), query("deviceId IN ['dev0','dev1']"),
                entry(#"{"filter":"deviceId='dev1'"}"#, category: "JobsOperations"),
                entry(#"{"targetCondition":"deviceId='dev1'"}"#, category: "Configurations"),
            ])
    }

    @Test func `a module's log entries name it too`() async throws {
        try await erase(
            [entry(#"{"deviceId":"dev1"}"#), entry(#"{"deviceId":"dev1","moduleId":"m2"}"#)],
            [entry(#"{"deviceId":"dev1","moduleId":"m1"}"#)],
            subject: Subject(hub: TaskMaking.hub, deviceID: "dev1", moduleID: "m1"))
    }

    @Test func `an hourly file that may still grow is left alone until it is old`() async throws {
        let tree = try TemporaryTree()
        try tree.write("PT1H.json", entry(#"{"deviceId":"dev1"}"#) + "\n")
        let task = TaskMaking.directoryTask(.erase, tree, layout: "hourly_logs")
        let connector = try DirectoryConnector(roots: [tree.path])
        #expect(await connector.perform(task).wait?.reason == .operationRunning)
        #expect(tree.text("PT1H.json") != nil)
        try tree.age("PT1H.json", seconds: 3 * 3_600 + 1)
        #expect(await connector.perform(task).completion?.outcome == .erased)
    }

    @Test func `the old form with all records in one object is not mistaken for clean`() async throws {
        let tree = try TemporaryTree()
        try tree.write("PT1H.json", #"{"records":["# + entry(#"{"deviceId":"dev1"}"#) + "]}\n")
        try tree.age("PT1H.json", seconds: 20_000)
        let verdict = try await DirectoryConnector(roots: [tree.path]).perform(
            TaskMaking.directoryTask(.erase, tree, layout: "hourly_logs"))
        #expect(verdict.failure?.code == .conflict)
        #expect(verdict.failure?.retryable == false)
    }
}
