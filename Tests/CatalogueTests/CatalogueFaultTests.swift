import Catalogue
import Testing

/// One fault each: the text of a file, and where and how it is reported.
struct FaultCase: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var line: Int
    var path: String
    var message: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, line: Int, path: String, _ message: String) {
        self.name = name
        self.text = text
        self.line = line
        self.path = path
        self.message = message
    }

    /// An endpoint on line 4 whose further field stands on line 6.
    static func field(_ field: String, path: String = "", line: Int = 6, _ message: String) -> FaultCase {
        let key = field.prefix { $0 != ":" }
        return FaultCase(
            field, Self.endpoint(kind: "storage_container", field), line: line,
            path: path.isEmpty ? "hubs[0].endpoints[0].\(key)" : path, message)
    }

    static func endpoint(kind: String, _ fields: String) -> String {
        """
        hubs:
          - host: contoso.azure-devices.net
            endpoints:
              - id: archive
                kind: \(kind)
                \(fields.split(separator: "\n").joined(separator: "\n        "))

        """
    }

    static func hub(_ fields: String) -> String {
        """
        hubs:
          - host: contoso.azure-devices.net
            endpoints: [{ id: registry, kind: iot_hub_registry }]
        \(fields)

        """
    }
}

@Suite struct CatalogueFaultTests {
    static let file: [FaultCase] = [
        FaultCase("empty file", "", line: 1, path: "", "empty"),
        FaultCase("only a comment", "# nothing\n", line: 1, path: "", "empty"),
        FaultCase("null document", "---\n~\n", line: 2, path: "", "empty"),
        FaultCase("no mapping", "- a\n", line: 1, path: "", "a mapping is expected"),
        FaultCase("no hubs", "{}", line: 1, path: "", "`hubs` is missing"),
        FaultCase("hubs no list", "hubs: 3\n", line: 1, path: "hubs", "a list is expected"),
        FaultCase("no hub", "hubs: []\n", line: 1, path: "hubs", "at least one hub"),
        FaultCase("unknown top key", FaultCase.hub("hubz: []"), line: 4, path: "", "did you mean `hubs`?"),
        FaultCase("broken YAML", "hubs:\n  - host: [a\n", line: 3, path: "", "not YAML"),
        FaultCase("tabs", "hubs:\n\t- host: a\n", line: 2, path: "", "not YAML"),
        FaultCase("two documents", "hubs: []\n---\nhubs: []\n", line: 2, path: "", "not one YAML document"),
        FaultCase("control character", "hubs:\n  - host: \u{01}\n", line: 2, path: "", "not YAML"),
        FaultCase("undefined alias", "hubs: *a\n", line: 1, path: "", "anchors and aliases"),
        FaultCase("anchor", "hubs: &a []\n", line: 1, path: "hubs", "anchors and aliases"),
        FaultCase("tag", "hubs: !!set {}\n", line: 1, path: "hubs", "tags"),
        FaultCase("key is a list", FaultCase.hub("[a]: 1"), line: 4, path: "", "plain name"),
    ]

    static let hub: [FaultCase] = [
        FaultCase("hub is text", "hubs: [x]\n", line: 1, path: "hubs[0]", "a mapping is expected"),
        FaultCase(
            "host missing", "hubs:\n  - endpoints: [{ id: a, kind: other }]\n", line: 2, path: "hubs[0]",
            "`host` is missing"),
        FaultCase(
            "host with scheme", FaultCase.hub("").replacing("contoso.azure", with: "https://contoso.azure"), line: 2,
            path: "hubs[0].host", "a host name alone"),
        FaultCase(
            "host with device", FaultCase.hub("").replacing(".net\n", with: ".net/device-1\n"), line: 2,
            path: "hubs[0].host", "a host name alone"),
        FaultCase(
            "host with port", FaultCase.hub("").replacing(".net\n", with: ".net:443\n"), line: 2, path: "hubs[0].host",
            "a host name alone"),
        FaultCase(
            "host of one label", FaultCase.hub("").replacing(".azure-devices.net", with: ""), line: 2,
            path: "hubs[0].host", "a host name alone"),
        FaultCase(
            "host is a number", FaultCase.hub("").replacing("contoso.azure-devices.net", with: "17"), line: 2,
            path: "hubs[0].host", "text is expected, so put it in quotes"),
        FaultCase(
            "hub twice",
            FaultCase.hub("  - host: CONTOSO.azure-devices.net\n    endpoints: [{ id: b, kind: iot_hub_registry }]"),
            line: 4, path: "hubs[1].host", "stands on line 2 already"),
        FaultCase(
            "endpoints missing", "hubs:\n  - host: contoso.azure-devices.net\n", line: 2, path: "hubs[0]",
            "`endpoints` is missing"),
        FaultCase(
            "no endpoint", "hubs:\n  - host: contoso.azure-devices.net\n    endpoints: []\n", line: 3,
            path: "hubs[0].endpoints", "without having done anything"),
        FaultCase(
            "endpoint is a list", "hubs:\n  - host: contoso.azure-devices.net\n    endpoints:\n      - [a]\n", line: 4,
            path: "hubs[0].endpoints[0]", "a mapping is expected"),
        FaultCase(
            "unknown hub key", FaultCase.hub("    region: west"), line: 4, path: "hubs[0]", "`region` is not known"),
        FaultCase(
            "hub resource id", FaultCase.hub("    resource_id: contoso"), line: 4, path: "hubs[0].resource_id",
            "an ARM resource id is expected"),
        FaultCase(
            "disclosures no list", FaultCase.hub("    disclosures: backups"), line: 4, path: "hubs[0].disclosures",
            "a list is expected"),
        FaultCase(
            "disclosure form", FaultCase.hub("    disclosures: [Device Update]"), line: 4,
            path: "hubs[0].disclosures[0]", "lower-case letters"),
        FaultCase(
            "disclosure twice", FaultCase.hub("    disclosures: [backups, backups]"), line: 4,
            path: "hubs[0].disclosures[1]", "given twice"),
        FaultCase(
            "disclosure without reason", FaultCase.hub("    disclosures: [{ system: crm }]"), line: 4,
            path: "hubs[0].disclosures[0]", "`reason` is missing"),
        FaultCase(
            "id twice",
            FaultCase.hub(
                "  - host: fabrikam.azure-devices.net\n    endpoints:\n      - { id: registry, kind: other }"),
            line: 6, path: "hubs[1].endpoints[0].id", "used on line 3 already"),
    ]

    static let endpoint: [FaultCase] = [
        FaultCase(
            "id missing", FaultCase.endpoint(kind: "other", "").replacing("id: archive", with: "settle: PT1S"), line: 4,
            path: "hubs[0].endpoints[0]", "`id` is missing"),
        FaultCase(
            "id characters", FaultCase.endpoint(kind: "other", "").replacing("archive", with: "Archive_1"), line: 4,
            path: "hubs[0].endpoints[0].id", "1 to 64 lower-case letters"),
        FaultCase(
            "id too long",
            FaultCase.endpoint(kind: "other", "").replacing("archive", with: String(repeating: "a", count: 65)),
            line: 4,
            path: "hubs[0].endpoints[0].id", "1 to 64 lower-case letters"),
        FaultCase(
            "kind missing", FaultCase.endpoint(kind: "", ""), line: 4, path: "hubs[0].endpoints[0]",
            "`kind` is missing"),
        FaultCase(
            "kind nearly right", FaultCase.endpoint(kind: "storage_contaner", ""), line: 5,
            path: "hubs[0].endpoints[0].kind", "did you mean `storage_container`?"),
        FaultCase(
            "kind unknown", FaultCase.endpoint(kind: "mainframe", ""), line: 5, path: "hubs[0].endpoints[0].kind",
            "`other` stands for a place"),
        .field("settel: PT1S", path: "hubs[0].endpoints[0]", "did you mean `settle`?"),
        .field("connector: blob storage", "1 to 100 letters"),
        .field("connector: [a]", "text is expected"),
        .field("stage: sink", "source, sinks or logs is expected"),
        .field("stage: export", "made by the plan itself"),
        .field("stage: verify", "made by the plan itself"),
        .field("actions: []", "is empty"),
        .field("actions: erase", "a list is expected"),
        .field("actions: [delete]", path: "hubs[0].endpoints[0].actions[0]", "export or erase is expected"),
        .field("actions: [erase, verify]", path: "hubs[0].endpoints[0].actions[1]", "come from `reverify`"),
        .field("actions: [erase, erase]", path: "hubs[0].endpoints[0].actions[1]", "given twice"),
        .field("settle: 12 minutes", "not an ISO 8601 duration"),
        .field("settle: 720", "text is expected"),
        .field("settle: P1M", "years or months"),
        .field("settle: -PT1S", "negative"),
        .field("settle: P5000D", "a duration from PT0S to P4383D is expected"),
        .field("settle: { minutes: 3 }", "text is expected"),
        .field("ack_timeout: PT0.5S", "a duration from PT1S to P7D is expected"),
        .field("ack_timeout: P8D", "a duration from PT1S to P7D is expected"),
        .field("worst_case: PT", "not an ISO 8601 duration"),
        .field("max_attempts: 0", "a whole number from 1 to 1000"),
        .field("max_attempts: 1.5", "a whole number from 1 to 1000"),
        .field("max_attempts: eight", "a whole number from 1 to 1000"),
        .field("max_attempts: [8]", "a whole number is expected"),
        .field("max_attempts: 99999999999999999999", "a whole number from 1 to 1000"),
        .field("backoff: PT30S", "a mapping is expected"),
        .field("backoff: { initial: PT1H, maximum: PT1M }", "more than its maximum"),
        .field("backoff: { initial: PT12H }", "more than its maximum"),
        .field("backoff: { start: PT1H }", "`start` is not known"),
        .field(
            "backoff: { initial: PT0S }", path: "hubs[0].endpoints[0].backoff.initial",
            "a duration from PT0.1S to P30D is expected"),
        .field("reverify: P1D", "a list is expected"),
        .field("reverify: [PT0S]", path: "hubs[0].endpoints[0].reverify[0]", "a duration from PT0.001S"),
        .field("reverify: [P2D, P1D]", path: "hubs[0].endpoints[0].reverify[1]", "not later"),
        .field("reverify: [\(Array(1...17).map { "P\($0)D" }.joined(separator: ","))]", "at most 16"),
        .field("actions: [export]\nreverify: [P1D]", path: "hubs[0].endpoints[0].reverify", line: 7, "has no erase"),
        .field("resource_id: \"a\\nb\"", "one line"),
        .field("settings: 3", "a mapping is expected"),
        .field("settings: { a: .inf }", path: "hubs[0].endpoints[0].settings.a", "JSON cannot carry"),
        .field("settings: { a: 0x1F }", path: "hubs[0].endpoints[0].settings.a", "looks like a number"),
        .field("settings: { a: [1, 007] }", path: "hubs[0].endpoints[0].settings.a[1]", "looks like a number"),
        .field("settings: { a: +5 }", path: "hubs[0].endpoints[0].settings.a", "looks like a number"),
        .field("settings: { a: &x 1, b: *x }", path: "hubs[0].endpoints[0].settings.a", "anchors and aliases"),
        .field("settings: { \(String(repeating: "k", count: 300)): 1 }", "more than 256 bytes"),
        .field("settings: { a: \(String(repeating: "v", count: 17_000)) }", "takes 17008 bytes"),
        .field(
            "settings: { a: \(String(repeating: "[", count: 40))\(String(repeating: "]", count: 40)) }",
            path: "hubs[0].endpoints[0].settings.a" + String(repeating: "[0]", count: 31), "nested deeper than 32"),
        .field(
            "connector: retention\nactions: [erase]", path: "hubs[0].endpoints[0].settings", line: 4,
            "needs `retention`"),
        .field(
            "connector: retention\nactions: [erase]\nsettings: { retention: never }",
            path: "hubs[0].endpoints[0].settings.retention", line: 8, "not an ISO 8601 duration"),
        FaultCase(
            "retention of a kind that has a default",
            FaultCase.endpoint(kind: "event_hub", "settings: { retention: P1M }"), line: 6,
            path: "hubs[0].endpoints[0].settings.retention", "years or months"),
        .field("settle: PT1S\nsettle: PT2S", path: "hubs[0].endpoints[0].settle", line: 7, "stands on line 6 already"),
    ]

    @Test(arguments: file + hub + endpoint) func `a fault is reported at its line, and nothing else is`(
        fault: FaultCase
    ) {
        let reading = CatalogueFile.read(fault.text)
        #expect(reading.catalogue == nil)
        #expect(reading.faults.count == 1, "\(reading.report)")
        guard let found = reading.faults.first else { return }
        #expect(found.line == fault.line, "\(found)")
        #expect(found.path == fault.path, "\(found)")
        #expect(found.message.contains(fault.message), "\(found)")
    }

    @Test func `every fault of a file is listed, in the order of its lines`() {
        let reading = CatalogueFile.read(
            """
            hubs:
              - host: https://contoso
                endpoints:
                  - { id: UPPER, kind: mainframe, settle: soon, stage: middle }
                  - id: a
                    id: b
                    kind: other
                    max_attempts: -1
                disclosures: [NO]
                regions: 2
              - host: fabrikam.azure-devices.net
                endpoints:
                  - id: b
                    kind: directory
                    settings: { x: &y 1, x: 2 }
            extra: 1
            """)
        let lines = reading.faults.map(\.line)
        #expect(lines == lines.sorted())
        #expect(lines == [2, 4, 4, 4, 4, 6, 8, 9, 10, 13, 15, 16], "\(reading.report)")
    }

    @Test func `three equal keys are two faults`() {
        let reading = CatalogueFile.read(
            FaultCase.endpoint(kind: "other", "settle: PT1S\n\"settle\": PT2S\nsettle: PT3S"))
        #expect(reading.faults.map(\.line) == [7, 8], "\(reading.report)")
    }

    @Test func `a file of aliases within aliases is refused before it costs anything`() {
        var text = "a0: &a0 [x]\n"
        for level in 1...40 {
            text += "? [*a\(level - 1), *a\(level - 1)]\n: &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        let reading = CatalogueFile.read(text + "hubs: []\n")
        #expect(reading.faults.count == 1 && reading.faults[0].message.contains("aliases"), "\(reading.report)")
    }

    @Test func `seventeen aliases are too many to look at, sixteen are faults of their own`() {
        func read(_ count: Int) -> [CatalogueFault] {
            let aliases = Array(repeating: "*x", count: count).joined(separator: ", ")
            return CatalogueFile.read(FaultCase.hub("    disclosures: &x []\nnote: &y [\n\(aliases)]")).faults
        }
        #expect(read(17).map(\.line) == [6])
        #expect(read(16).map(\.line) == [4, 5, 5])
    }

    @Test func `a file nested a hundred thousand levels deep is refused`() {
        for text in [
            "hubs: " + String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
            String(repeating: "? ", count: 100_000), String(repeating: "{a: ", count: 100_000),
        ] {
            #expect(CatalogueFile.read(text).faults.count == 1)
        }
    }

    @Test func `limits are settings`() {
        var limits = CatalogueLimits()
        limits.endpointsPerHub = 1
        let two = FaultCase.hub("").replacing(" }]", with: " }, { id: b, kind: other }]")
        let tooMany = CatalogueFile.read(two, limits: limits)
        #expect(tooMany.faults.map(\.path) == ["hubs[0].endpoints"])
        #expect(tooMany.faults.first?.message.contains("limits.endpoints_per_hub allows 1") == true)
        #expect(CatalogueFile.read(two).faults.isEmpty)
        limits.fileBytes = 10
        #expect(CatalogueFile.read(two, limits: limits).faults.first?.message.contains("10 are allowed") == true)
    }

    @Test func `bytes that are not UTF-8 are a fault`() {
        #expect(CatalogueFile.read(bytes: [0xFF, 0xFE, 0x00]).faults.map(\.message) == ["the file is not UTF-8"])
    }

    @Test func `a fault prints as an editor's jump target`() {
        let fault = CatalogueFault(line: 12, column: 9, path: "hubs[0]", message: "is wrong")
        #expect(fault.description == "12:9: hubs[0]: is wrong")
        #expect(CatalogueFault(line: 1, column: 1, path: "", message: "is wrong").description == "1:1: is wrong")
    }
}
