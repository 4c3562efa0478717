import SagaKernel
import Testing

@testable import Catalogue

@Suite struct CatalogueReadingTests {
    /// The example of the contract, with a value in every place.
    static let contract = """
        hubs:
          - host: Contoso.azure-devices.net
            resource_id: /subscriptions/0000/resourceGroups/iot/providers/Microsoft.Devices/IotHubs/contoso
            endpoints:
              - id: registry                  # unique in the file
                kind: iot_hub_registry
                connector: iot-hub
                stage: source
                actions: [export, erase]
                settle: PT0S
                ack_timeout: PT15M
                worst_case: PT1H
                max_attempts: 8
                backoff: { initial: PT30S, maximum: PT6H }
                reverify: [P1D, P2D, P28D]
                settings: { }
              - { id: archive, kind: storage_container, settle: PT12M, settings: { account: a, container: b } }
            disclosures: [device_update_telemetry, iot_hub_system_logs]
        """

    @Test func `the contract's example reads as it says`() throws {
        let reading = CatalogueFile.read(Self.contract)
        let catalogue = try #require(reading.catalogue, "\(reading.report)")
        #expect(reading.warnings.isEmpty)
        let hub = catalogue.hubs[0]
        #expect(hub.host == "contoso.azure-devices.net")
        #expect(hub.resourceID?.hasSuffix("IotHubs/contoso") == true)
        let registry = hub.endpoints[0]
        #expect(registry.connector == "iot-hub" && registry.stage == .source && registry.maxAttempts == 8)
        #expect(registry.settleMs == 0 && registry.ackTimeoutMs == 900_000 && registry.worstCaseMs == 3_600_000)
        #expect(registry.backoff == Backoff(initialMs: 30_000, maximumMs: 21_600_000))
        #expect(registry.reverifyMs == [1, 2, 28].map { $0 * Milliseconds.day })
        #expect(registry.settingsJSON == "{}" && !registry.awaitsOwner)
        #expect(hub.endpoints[1].settleMs == 720_000)
        #expect(hub.endpoints[1].settingsJSON == #"{"account":"a","container":"b"}"#)
        #expect(hub.disclosures.map(\.reason) == ["system_generated", "system_generated"])
        #expect(catalogue.connectors == ["iot-hub", "blob-storage"])
    }

    @Test func `a hub is found whatever the case of its name`() throws {
        let catalogue = try #require(CatalogueFile.read(Self.contract).catalogue)
        #expect(catalogue.plan(host: "CONTOSO.Azure-Devices.NET")?.host == "contoso.azure-devices.net")
        #expect(catalogue.plan(host: "fabrikam.azure-devices.net") == nil)
    }

    @Test func `the connector attestation awaits the owner and every other one does not`() throws {
        let asked = try Self.endpoint("{ id: a, kind: cosmos_db, connector: attestation }")
        #expect(asked.awaitsOwner)
        let called = try Self.endpoint("{ id: a, kind: event_grid_webhook, connector: webhook }")
        #expect(!called.awaitsOwner)
    }

    @Test func `two spellings of the same actions are the same`() throws {
        let left = try Self.endpoint("{ id: a, kind: other, actions: [erase, export] }")
        let right = try Self.endpoint("{ id: a, kind: other, actions: [export, erase] }")
        #expect(left == right)
    }

    @Test func `a null field is a field that is left out`() throws {
        let plain = try Self.endpoint("{ id: a, kind: other }")
        let nulls = try Self.endpoint("{ id: a, kind: other, settle: null, stage: ~, reverify: , settings: }")
        #expect(plain == nulls)
    }

    static let settings: [(String, String)] = [
        ("{ b: 1, a: 2 }", #"{"a":2,"b":1}"#),
        ("{ a: { d: [], c: {} } }", #"{"a":{"c":{},"d":[]}}"#),
        (
            "{ a: 1.50, b: -0, c: 1e9, d: 123456789012345678901234567890 }",
            #"{"a":1.50,"b":-0,"c":1e9,"d":123456789012345678901234567890}"#
        ),
        ("{ a: true, b: False, c: null, d: ~, e: }", #"{"a":true,"b":false,"c":null,"d":null,"e":null}"#),
        (
            "{ a: yes, b: off, c: 12:30:45, d: 2026-11-02, e: 1_000 }",
            #"{"a":"yes","b":"off","c":"12:30:45","d":"2026-11-02","e":"1_000"}"#
        ),
        (#"{ a: "1", b: '2', c: "true" }"#, #"{"a":"1","b":"2","c":"true"}"#),
        (#"{ a: "line\nbreak \u00e9 \U0001F600 \x07 \"q\" \\" }"#, #"{"a":"line\nbreak é 😀 \u0007 \"q\" \\"}"#),
        (
            "{ a: <<, b: '*', c: 10.0.0.1, d: P1D, e: -, f: e5, g: . }",
            #"{"a":"<<","b":"*","c":"10.0.0.1","d":"P1D","e":"-","f":"e5","g":"."}"#
        ),
        ("{ é: 1, z: 2, Z: 3, \"\": 4 }", #"{"":4,"Z":3,"z":2,"é":1}"#),
    ]

    @Test(arguments: settings) func `settings become the one compact JSON text of their value`(
        yaml: String, json: String
    ) throws {
        #expect(try Self.endpoint("{ id: a, kind: other, settings: \(yaml) }").settingsJSON == json)
    }

    @Test func `block text in settings is kept as it is`() throws {
        let text = FaultCase.endpoint(kind: "other", "settings:\n  query: |\n    a\n    b\n  folded: >-\n    c\n    d")
        let catalogue = try #require(CatalogueFile.read(text).catalogue)
        #expect(catalogue.hubs[0].endpoints[0].settingsJSON == #"{"folded":"c d","query":"a\nb\n"}"#)
    }

    @Test func `a disclosure may bring its own reason`() throws {
        let reading = CatalogueFile.read(FaultCase.hub("    disclosures: [{ system: crm, reason: contract }, backups]"))
        let hub = try #require(reading.catalogue?.hubs.first)
        #expect(hub.disclosures == [Disclosure(system: "crm", reason: "contract"), KnownDisclosure.backups.disclosure])
        #expect(reading.warnings.isEmpty)
    }

    static let warned: [(String, String)] = [
        (
            FaultCase.endpoint(kind: "iot_hub_registry", "settings: { unitz: 2, mine: 3 }"), "did you mean `units`?"
        ),
        (FaultCase.hub("    disclosures: [device_update_telemtry]"), "did you mean `device_update_telemetry`?"),
        (FaultCase.endpoint(kind: "storage_container", ""), "no endpoint of the stage source erases"),
        (
            FaultCase.endpoint(kind: "iot_hub_registry", "settings: { connection_string: \"HostName=x\" }"),
            "looks like a secret"
        ),
        (
            FaultCase.endpoint(kind: "iot_hub_registry", "settings: { uri: \"https://x/y?sig=abc\" }"),
            "looks like a secret"
        ),
        (
            FaultCase.endpoint(
                kind: "iot_hub_registry", "connector: retention\nsettings: { retention: P1D }"),
            "exports nothing"
        ),
    ]

    @Test(arguments: warned) func `what its author should look at is a warning and no fault`(
        text: String, message: String
    ) {
        let reading = CatalogueFile.read(text)
        #expect(reading.catalogue != nil, "\(reading.report)")
        #expect(reading.warnings.count == 1 && reading.warnings[0].message.contains(message), "\(reading.warnings)")
    }

    @Test func `line ends, byte order marks and comments do not matter`() {
        let plain = CatalogueFile.read(Self.contract).catalogue
        let other = CatalogueFile.read("\u{FEFF}" + Self.contract.replacing("\n", with: "\r\n")).catalogue
        let isSame = plain == other && plain != nil
        #expect(isSame)
    }

    /// The library drops one mark of each text, and says nothing.
    @Test(arguments: [#"container: "\uFEFF\uFEFFa""#, #""\uFEFF\uFEFFcontainer": a"#])
    func `a text that begins with byte order marks is refused where it would not be read back`(setting: String) {
        let reading = CatalogueFile.read(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints: [{ id: archive, kind: storage_container, settings: { \(setting) } }]
            """)
        #expect(reading.catalogue == nil)
        #expect(reading.faults.map(\.message) == ["a text begins with byte order marks; remove them"])
    }

    static func endpoint(_ yaml: String) throws -> Endpoint {
        let reading = CatalogueFile.read("hubs: [{ host: contoso.azure-devices.net, endpoints: [\(yaml)] }]")
        return try #require(reading.catalogue, "\(reading.report)").hubs[0].endpoints[0]
    }
}
