import SagaKernel
import Testing

@testable import Catalogue

@Suite struct ARMHubImportTests {
    @Test func `a name that begins with byte order marks is imported without them`() throws {
        let container = #"{ "name": "a", "endpointUri": "https://acc.x.example", "containerName": "\uFEFF\uFEFFdata" }"#
        let reading = ARMTexts.read(hubs: [ARMTexts.routing(#""storageContainers": [\#(container)]"#)])
        #expect(try reading.endpoint("a").settingsJSON.contains(#""container":"data""#))
        let back = CatalogueFile.read(try #require(reading.draft).yaml())
        #expect(back.catalogue == reading.draft?.catalogue, "\(back.report)")
    }

    @Test func `a hub with nothing configured has its registry, its built-in endpoint and its past`() throws {
        let reading = ARMTexts.read()
        #expect(reading.endpoints.map(\.id) == ["registry", "builtin", "former-endpoints"])
        let hub = try #require(reading.draft?.catalogue.hubs.first)
        #expect(hub.host == "contoso.azure-devices.net" && hub.resourceID == ARMTexts.hubID)
        #expect(
            hub.disclosures.map(\.system) == ["iot_hub_system_logs", "device_update_telemetry", "iot_hub_job_history"])
        #expect(try reading.endpoint("former-endpoints").awaitsOwner)
        #expect(reading.warns("former-endpoints asks the owner"))
        #expect(reading.warns("no routing endpoints at all"))
    }

    @Test func `the built-in endpoint is waited for as long as the service may keep messages`() throws {
        let reading = ARMTexts.read(
            hubs: [ARMTexts.hub("\"eventHubEndpoints\": { \"events\": { \"retentionTimeInDays\": 2 } }")])
        let builtin = try reading.endpoint("builtin")
        #expect(builtin.settingsJSON == #"{"configured_retention":"P2D","retention":"P7D"}"#)
        #expect(builtin.worstCaseMs >= 7 * Milliseconds.day)
    }

    @Test func `every list of routing endpoints becomes its kind`() throws {
        let lists: [(String, EndpointKind)] = [
            ("serviceBusQueues", .serviceBusQueue), ("serviceBusTopics", .serviceBusTopic), ("eventHubs", .eventHub),
            ("storageContainers", .storageContainer), ("cosmosDBSqlContainers", .cosmosDB),
            ("eventStreams", .fabricEventStream),
        ]
        for (list, kind) in lists {
            let endpoint =
                #"{ "name": "Place 1", "endpointUri": "sb://contoso.example.net:5671/", "containerName": "c" }"#
            let reading = ARMTexts.read(hubs: [ARMTexts.routing("\"\(list)\": [\(endpoint)]")])
            #expect(try reading.endpoint("place-1").kind == kind.rawValue)
            #expect(!reading.warns("became an attestation"))
            #expect(reading.warns("Fabric event streams were not checked") == (list != "eventStreams"))
        }
    }

    @Test(arguments: [
        "\"mqttTopics\": [{ \"name\": \"new\" }]", "\"mqttTopics\": [{ \"label\": \"new\" }]", "\"mqttTopics\": [3]",
        "\"mqttTopics\": { \"name\": \"new\" }", "\"eventHubs\": [{ \"endpointUri\": \"sb://a.b\" }]",
        "\"eventHubs\": [null]",
        "\"eventHubs\": \"none\"",
    ]) func `a routing endpoint that is not known becomes an attestation and never nothing`(list: String) {
        let reading = ARMTexts.read(hubs: [ARMTexts.routing(list)])
        let unknown = reading.endpoints.filter { $0.kind == "other" }
        #expect(unknown.map(\.awaitsOwner) == [true], "\(reading.endpoints.map(\.id))")
        #expect(reading.warns("became an attestation"))
    }

    @Test func `an endpoint whose address is masked is asked about`() throws {
        for address in [#""connectionString": "****""#, #""connectionString": """#, #""endpointUri": null"#] {
            let list = #""storageContainers": [{ "name": "a", "containerName": "c", \#(address) }]"#
            let reading = ARMTexts.read(hubs: [ARMTexts.routing(list)])
            let endpoint = try reading.endpoint("a")
            #expect(endpoint.kind == "storage_container" && endpoint.awaitsOwner)
            #expect(reading.warns("the endpoint's address is not shown"))
        }
    }

    @Test func `a connection string says where, and nothing else of it is kept`() throws {
        let text = """
            DefaultEndpointsProtocol=https;EndpointSuffix=core.windows.net;AccountName=contoso;AccountKey=c2VjcmV0a2V5==
            """
        let list =
            "\"storageContainers\": [{ \"name\": \"a\", \"containerName\": \"c\", \"connectionString\": \"\(text)\" }]"
        let endpoint = try ARMTexts.read(hubs: [ARMTexts.routing(list)]).endpoint("a")
        #expect(
            endpoint.settingsJSON
                == #"{"account":"contoso","blob_endpoint":"https://contoso.blob.core.windows.net","container":"c"}"#)
        #expect(!endpoint.awaitsOwner)
    }

    @Test func `a batch of a storage route is waited out with a margin`() throws {
        for (seconds, settle) in [("60", "PT4M"), ("720", "PT15M"), ("0", "PT15M"), ("\"x\"", "PT15M")] {
            let list = """
                "storageContainers": [{ "name": "a", "endpointUri": "https://a.blob.core.windows.net",
                  "containerName": "c", "batchFrequencyInSeconds": \(seconds) }]
                """
            let endpoint = try ARMTexts.read(hubs: [ARMTexts.routing(list)]).endpoint("a")
            #expect(ISODuration.format(endpoint.settleMs) == settle)
        }
    }

    @Test func `an endpoint without an enabled route may still hold data`() throws {
        let reading = ARMTexts.read(
            hubs: [
                ARMTexts.routing(
                    #""eventHubs": [{ "name": "Old", "endpointUri": "sb://a.servicebus.windows.net" }]"#,
                    routes: #"[{ "name": "off", "endpointNames": ["old"], "isEnabled": false }]"#)
            ])
        let endpoint = try reading.endpoint("old")
        #expect(reading.draft?.notes[endpoint.id]?.first?.contains("may hold data from before") == true)
    }

    @Test func `a route to an endpoint that no list shows is asked about`() throws {
        let reading = ARMTexts.read(
            hubs: [ARMTexts.routing("", routes: #"[{ "name": "r", "endpointNames": ["fabric"], "isEnabled": true }]"#)])
        #expect(try reading.endpoint("fabric").kind == "other")
        #expect(reading.warns("a route leads to `fabric`"))
    }

    @Test func `the fallback route feeds the built-in endpoint`() {
        for (isEnabled, note) in [(true, "Fed by: $fallback."), (false, "not even the fallback")] {
            let fallback = #"{ "name": "$fallback", "endpointNames": ["events"], "isEnabled": \#(isEnabled) }"#
            let reading = ARMTexts.read(
                hubs: [ARMTexts.hub("\"routing\": { \"endpoints\": {}, \"fallbackRoute\": \(fallback) }")])
            #expect(reading.draft?.notes["builtin"]?.contains { $0.contains(note) } == true)
        }
    }

    @Test func `the preview's answer adds what the stable one does not show`() throws {
        let stable = ARMTexts.routing(
            #""eventHubs": [{ "name": "a", "endpointUri": "sb://a.servicebus.windows.net" }]"#,
            routes: #"[{ "name": "r", "endpointNames": ["fabric"] }]"#)
        let preview = ARMTexts.routing(
            """
            "eventHubs": [{ "name": "a", "endpointUri": "sb://a.servicebus.windows.net" }],
            "eventStreams": [{ "name": "fabric", "endpointUri": "sb://f.servicebus.windows.net" }]
            """)
        let reading = ARMTexts.read(hubs: [stable, preview])
        #expect(reading.endpoints.map(\.id) == ["registry", "builtin", "a", "fabric", "former-endpoints"])
        #expect(try reading.endpoint("fabric").kind == "fabric_event_stream")
        #expect(!reading.warns("Fabric") && !reading.warns("a route leads to"))
    }

    @Test func `file upload is swept after the last upload permission has ended`() throws {
        func storage(_ members: String) -> String {
            ARMTexts.hub("\"storageEndpoints\": { \"$default\": { \(members) } }")
        }
        let unused = ARMTexts.read(hubs: [storage(#""connectionString": "", "containerName": """#)])
        #expect(!unused.endpoints.contains { $0.kind == "iot_hub_file_upload" })
        let string = "AccountName=up;EndpointSuffix=core.windows.net;AccountKey=****"
        let used = ARMTexts.read(
            hubs: [
                storage("\"sasTtlAsIso8601\": \"PT2H\", \"connectionString\": \"\(string)\", \"containerName\": \"u\"")
            ])
        #expect(try used.endpoint("file-upload").settleMs == 2 * Milliseconds.hour + 5 * Milliseconds.minute)
        let masked = ARMTexts.read(hubs: [storage(#""connectionString": "****", "containerName": "u""#)])
        #expect(try masked.endpoint("file-upload").awaitsOwner)
        #expect(masked.warns("the storage account of file uploads is not shown"))
    }

    @Test(arguments: ["P10675199D", "PT9223372036854775.807S", "P1DT1S", "PT0S", "soon"])
    func `a lifetime of upload permissions that is none is waited for as the longest`(lifetime: String) throws {
        let members = """
            "sasTtlAsIso8601": "\(lifetime)", "endpointUri": "https://up.x.example", "containerName": "u"
            """
        let reading = ARMTexts.read(hubs: [ARMTexts.hub("\"storageEndpoints\": { \"$default\": { \(members) } }")])
        #expect(try reading.endpoint("file-upload").settleMs == Milliseconds.day + 5 * Milliseconds.minute)
        #expect(reading.warns("sasTtlAsIso8601: is no time of at most a day"))
    }

    @Test func `Device Update shows itself by its routes`() throws {
        let routes =
            #"[{ "name": "DeviceUpdate.DeviceTwinChanges", "source": "Twins", "endpointNames": ["events"] }]"#
        let reading = ARMTexts.read(hubs: [ARMTexts.routing("", routes: routes)])
        #expect(try reading.endpoint("device-update").awaitsOwner)
        #expect(reading.warns("it would not learn of deletions"))
    }

    @Test func `an enrichment that copies twin values is pointed out`() {
        let reading = ARMTexts.read(
            hubs: [
                ARMTexts.hub(
                    """
                    "routing": { "endpoints": {}, "enrichments": [
                      { "key": "room", "value": "$twin.tags.room" }, { "key": "hub", "value": "$iothubname" }] }
                    """)
            ])
        #expect(reading.warnings.count { $0.message.contains("copies a twin value") } == 1)
        #expect(reading.warns("`room`"))
    }

    static let refused: [(String, String)] = [
        ("{", "1:2"), ("", "1:1"), ("[]", "Microsoft.Devices/IotHubs"), ("{}", "Microsoft.Devices/IotHubs"),
        (#"{ "error": { "code": "AuthorizationFailed", "message": "no" } }"#, "(AuthorizationFailed)"),
        (#"{ "type": "Microsoft.Storage/storageAccounts", "properties": {} }"#, "Microsoft.Devices/IotHubs"),
        (#"{ "type": "microsoft.devices/iothubs", "properties": {} }"#, "host name is missing"),
    ]

    @Test(arguments: refused) func `what is no hub is refused`(text: String, message: String) {
        let reading = ARMTexts.read(hubs: [text])
        #expect(reading.draft == nil)
        #expect(reading.faults.contains { $0.description.contains(message) }, "\(reading.faults)")
    }

    @Test func `no hub, another hub and UTF-16 are refused`() {
        #expect(ARMTexts.read(hubs: []).draft == nil)
        let other = ARMTexts.hub().replacing("Contoso.", with: "fabrikam.")
        #expect(ARMTexts.read(hubs: [ARMTexts.hub(), other]).faults.map(\.path) == ["properties.hostName"])
        let wide = ARMImport.Document(name: "hub", bytes: [0xFF, 0xFE, 0x7B, 0x00])
        #expect(ARMImport().read(hubs: [wide]).faults.first?.message == "the file is UTF-16; save it as UTF-8")
        let marked = ARMImport.Document(name: "hub", bytes: [0xEF, 0xBB, 0xBF] + Array(ARMTexts.hub().utf8))
        #expect(ARMImport().read(hubs: [marked]).draft != nil)
    }

    @Test func `a hub with more endpoints than the limit says which setting to raise`() {
        let many = (0..<70).map { "{ \"name\": \"e\($0)\", \"endpointUri\": \"sb://a.servicebus.windows.net\" }" }
        let reading = ARMTexts.read(hubs: [ARMTexts.routing("\"eventHubs\": [\(many.joined(separator: ","))]")])
        #expect(reading.endpoints.count == 73)
        #expect(reading.warns("raise limits.endpoints_per_hub (64)"))
    }

    @Test func `settings above the limit are said to be, with the endpoint that has them`() throws {
        let name = String(repeating: "x", count: 17_000)
        let container = #"{ "name": "a", "endpointUri": "https://acc.x.example", "containerName": "\#(name)" }"#
        let reading = ARMTexts.read(hubs: [ARMTexts.routing(#""storageContainers": [\#(container)]"#)])
        let bytes = try reading.endpoint("a").settingsJSON.utf8.count
        #expect(reading.warns("a: its settings take \(bytes) bytes as JSON, where 16384 are allowed; shorten them"))
        #expect(!reading.warns("builtin: its settings"))
    }
}
