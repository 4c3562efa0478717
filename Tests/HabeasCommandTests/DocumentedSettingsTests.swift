import Foundation
import Testing
import Yams

@testable import habeas

/// The examples in `config/` and `compose/` are what people copy: they must be right.
struct DocumentedSettingsTests {
    @Test(arguments: ["config/local.yaml", "config/production.yaml", "config/event-hubs.yaml", "compose/habeas.yaml"])
    func `an example of a configuration has no fault and says all that a coordinator needs`(path: String) throws {
        let file = DocumentedFiles.root.appendingPathComponent(path).path
        // Secrets that it names are not opened, because they are not the project's.
        let resolver = SettingsResolver(
            configPath: file, environment: ["USER": "dana"], used: [],
            required: [.bootstrapServers, .catalogue, .subjectKey])
        let settings = try resolver.resolve()
        #expect(settings.text(.bootstrapServers)?.isEmpty == false)
    }

    @Test func `the example for Event Hubs does without transactions and sequence numbers`() throws {
        let file = DocumentedFiles.root.appendingPathComponent("config/event-hubs.yaml").path
        let settings = try SettingsResolver(configPath: file).resolve()
        #expect(settings.text(.processingGuarantee) == "at-least-once")
        #expect(settings.kafkaProperties.contains { $0.name == "enable.idempotence" && $0.value == "false" })
    }

    /// `#key: value` is a setting to be uncommented; text has a blank behind the mark.
    @Test(arguments: ["config/local.yaml", "config/production.yaml", "config/event-hubs.yaml"])
    func `settings that an example shows in comments have no fault either`(path: String) throws {
        let lines = try DocumentedFiles.text(path).split(separator: "\n", omittingEmptySubsequences: false)
        let all = lines.map { $0.hasPrefix("#") && $0.dropFirst().first?.isLetter == true ? $0.dropFirst() : $0 }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try all.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        _ = try SettingsResolver(configPath: file.path, environment: ["USER": "dana"]).resolve()
    }

    @Test func `the rules of the alerts are YAML, each with an expression and its page`() throws {
        let root = try #require(try Yams.compose(yaml: DocumentedFiles.text("config/alerts.yaml")))
        let groups = try #require(root["groups"]?.sequence)
        let rules = groups.flatMap { $0["rules"]?.sequence.map(Array.init) ?? [] }
        #expect(!rules.isEmpty)
        for rule in rules {
            #expect(rule["alert"]?.string != nil)
            #expect(rule["expr"]?.string?.isEmpty == false)
            #expect(rule["annotations"]?["runbook_url"]?.string?.hasPrefix("runbooks/alerts/") == true)
        }
    }

    @Test(arguments: ["config/catalogue.local.yaml", "config/catalogue.example.yaml", "compose/catalogue.yaml"])
    func `an example of a catalogue has no fault`(path: String) throws {
        let file = DocumentedFiles.root.appendingPathComponent(path).path
        _ = try CatalogueSource.catalogue(path: file, endpointsPerHub: nil)
    }

    @Test func `every command of the compose file is understood`() throws {
        let root = try #require(try Yams.compose(yaml: DocumentedFiles.text("compose/compose.yaml")))
        let services = try #require(root["services"]?.mapping)
        var seen = 0
        for (name, service) in services where service["image"]?.string == "habeas" && service["entrypoint"] == nil {
            let words = try #require(service["command"]?.sequence).compactMap(\.string)
            seen += 1
            #expect(DocumentedCommandsTests.fault(of: words) == nil, "\(name.string ?? "?")")
            let check = service["healthcheck"]?["test"]?.sequence?.compactMap(\.string) ?? ["CMD", "habeas", "--help"]
            #expect(check.starts(with: ["CMD", "habeas"]))
            #expect(DocumentedCommandsTests.fault(of: Array(check.dropFirst(2))) == nil, "\(name.string ?? "?")")
        }
        #expect(seen >= 3)
    }
}
