import SagaKernel
import Testing

@testable import Catalogue

@Suite struct ARMListImportTests {
    static let account = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/dead"

    static let destinations: [(String, EndpointKind)] = [
        ("WebHook", .eventGridWebhook), ("EventHub", .eventGridEventHub), ("StorageQueue", .eventGridStorageQueue),
        ("HybridConnection", .eventGridHybridConnection), ("ServiceBusQueue", .eventGridServiceBusQueue),
        ("ServiceBusTopic", .eventGridServiceBusTopic), ("AzureFunction", .eventGridFunction),
        ("MonitorAlert", .eventGridMonitorAlert), ("NamespaceTopic", .eventGridNamespaceTopic),
        ("PartnerDestination", .eventGridPartner),
    ]

    @Test(arguments: destinations) func `every type of destination becomes its kind, by either member`(
        type: String, kind: EndpointKind
    ) throws {
        let id = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.X/namespaces/n/things/t"
        let destination = #"{ "endpointType": "\#(type)", "properties": { "resourceId": "\#(id)" } }"#
        let direct = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("sub", destination))])
        let endpoint = try direct.endpoint("sub")
        #expect(endpoint.kind == kind.rawValue)
        #expect(endpoint.settleMs == 25 * Milliseconds.hour)
        #expect(!direct.warns("events:"))
        let withIdentity = ARMTexts.subscription(
            "sub", "null", extra: "\"deliveryWithResourceIdentity\": { \"destination\": \(destination) }")
        #expect(try ARMTexts.read(events: [ARMTexts.list(withIdentity)]).endpoint("sub") == endpoint)
    }

    @Test(arguments: [
        #"{ "endpointType": "Teleprinter", "properties": {} }"#, #"{ "endpointType": 3 }"#, "{}", "null", "3",
    ]) func `a destination that is not known becomes an attestation and never nothing`(destination: String) throws {
        let reading = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("sub", destination))])
        let endpoint = try reading.endpoint("sub")
        #expect(endpoint.kind == "other" && endpoint.awaitsOwner && endpoint.settleMs == 25 * Milliseconds.hour)
        #expect(reading.warns("became an attestation"))
    }

    @Test(arguments: ["EventHub", "StorageQueue", "NamespaceTopic", "ServiceBusQueue"])
    func `a destination without its resource is asked about`(type: String) throws {
        let destination = #"{ "endpointType": "\#(type)", "properties": { "resourceId": "somewhere" } }"#
        let reading = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("sub", destination))])
        #expect(try reading.endpoint("sub").awaitsOwner)
        #expect(reading.warns("the destination's resource is not shown"))
    }

    @Test func `events under way are waited out for as long as Event Grid tries`() throws {
        for (minutes, settle) in [("60", "PT2H"), ("1440", "P1DT1H"), ("9999", "P1DT1H"), ("null", "P1DT1H")] {
            let text = ARMTexts.subscription(
                "sub", #"{ "endpointType": "WebHook", "properties": { "endpointBaseUrl": "https://a.example" } }"#,
                extra: """
                    "retryPolicy": { "eventTimeToLiveInMinutes": \(minutes) }, "deadLetterDestination":
                      { "endpointType": "StorageBlob",
                        "properties": { "resourceId": "\(Self.account)", "blobContainerName": "d" } }
                    """)
            let reading = ARMTexts.read(events: [ARMTexts.list(text)])
            let endpoint = try reading.endpoint("sub")
            #expect(ISODuration.format(endpoint.settleMs) == settle)
            // Four hours more, while which a dead letter may be waiting for its container.
            #expect(try reading.endpoint("dead-letter-d").settleMs == endpoint.settleMs + 4 * Milliseconds.hour)
        }
    }

    @Test func `subscriptions that deliver to one place are one endpoint`() throws {
        let hook = #"{ "endpointType": "WebHook", "properties": { "endpointBaseUrl": "https://A.example/in" } }"#
        let topic = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.EventGrid/systemTopics/t"
        let reading = ARMTexts.read(events: [
            ARMTexts.list(
                ARMTexts.subscription("b", hook), ARMTexts.subscription("c", hook.replacing("/in", with: "/other"))),
            ARMTexts.list(ARMTexts.subscription("a", hook.replacing("A.", with: "a."), topic: topic)),
        ])
        #expect(reading.endpoints.filter { $0.kind == "event_grid_webhook" }.map(\.id) == ["a", "c"])
        #expect(try reading.endpoint("a").settingsJSON == #"{"host":"a.example","subscriptions":["a","b"]}"#)
    }

    @Test func `dead letters of all subscriptions in one container are one endpoint, by either member`() throws {
        let hook = #"{ "endpointType": "WebHook", "properties": { "endpointBaseUrl": "https://a.example" } }"#
        func blob(_ container: String) -> String {
            """
            { "endpointType": "StorageBlob", "properties":
              { "resourceId": "\(Self.account)", "blobContainerName": "\(container)" } }
            """
        }
        let reading = ARMTexts.read(events: [
            ARMTexts.list(
                ARMTexts.subscription("one", hook, extra: "\"deadLetterDestination\": \(blob("d"))"),
                ARMTexts.subscription(
                    "two", hook,
                    extra: "\"deadLetterWithResourceIdentity\": { \"deadLetterDestination\": \(blob("d")) }"),
                ARMTexts.subscription(
                    "three", hook, extra: #""deadLetterDestination": { "endpointType": "Tape", "properties": {} }"#))
        ])
        let letters = reading.endpoints.filter { $0.kind == "event_grid_dead_letter" }
        #expect(letters.map(\.id) == ["dead-letter-d", "dead-letter-three"])
        #expect(letters[0].settingsJSON == #"{"account":"dead","container":"d","prefixes":["ONE","TWO"]}"#)
        #expect(letters.map(\.awaitsOwner) == [false, true])
        #expect(reading.warns("the dead-letter destination is not known"))
    }

    static let timesToLive: [(String, String?, Bool)] = [
        (#""queueMessageTimeToLiveInSeconds": 3600"#, "PT1H", false), (#""other": 1"#, "P7D", false),
        (#""queueMessageTimeToLiveInSeconds": -1"#, nil, true), (#""queueMessageTimeToLiveInSeconds": 0"#, nil, true),
        (#""queueMessageTimeToLiveInSeconds": 99999999999"#, nil, true),
    ]

    @Test(arguments: timesToLive) func `a storage queue is waited for where its messages expire`(
        member: String, retention: String?, asked: Bool
    ) throws {
        let destination = """
            { "endpointType": "StorageQueue",
              "properties": { "resourceId": "\(Self.account)", "queueName": "q", \(member) } }
            """
        let reading = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("sub", destination))])
        let endpoint = try reading.endpoint("sub")
        #expect(endpoint.awaitsOwner == asked)
        #expect(endpoint.actions == (asked ? [.export, .erase] : [.erase]))
        #expect(endpoint.settingsJSON.contains("retention") == (retention != nil))
        if let retention {
            #expect(endpoint.settingsJSON.contains("\"retention\":\"\(retention)\""))
            #expect(endpoint.worstCaseMs > ISODuration.parse(retention) ?? .max)
        }
    }

    @Test func `a subscription of another hub is left out, and said to be`() {
        let other = ARMTexts.hubID.replacing("contoso", with: "fabrikam")
        let hook = #"{ "endpointType": "WebHook", "properties": { "endpointBaseUrl": "https://a.example" } }"#
        let reading = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("sub", hook, topic: other))])
        #expect(!reading.endpoints.contains { $0.id == "sub" })
        #expect(reading.warns("belongs to another hub"))
    }

    @Test func `every destination of a diagnostic setting becomes its kind`() throws {
        func id(_ rest: String) -> String { "/subscriptions/1/resourceGroups/rg/providers/\(rest)" }
        let reading = ARMTexts.read(logs: [
            ARMTexts.list(
                ARMTexts.setting(
                    "all",
                    """
                    "workspaceId": "\(id("Microsoft.OperationalInsights/workspaces/w"))",
                    "storageAccountId": "\(id("Microsoft.Storage/storageAccounts/s"))",
                    "eventHubAuthorizationRuleId": "\(id("Microsoft.EventHub/namespaces/n/authorizationRules/r"))",
                    "eventHubName": "h", "marketplacePartnerId": "\(id("Microsoft.Datadog/monitors/d"))",
                    "logAnalyticsDestinationType": null, "metrics": [],
                    "logs": [{ "category": "Connections", "enabled": true }, { "category": "Routes", "enabled": false }]
                    """))
        ])
        let found = reading.endpoints.filter { $0.stage == .logs }
        #expect(found.map(\.id) == ["all-archive", "all-event-hub", "all-partner", "all-workspace"])
        #expect(
            found.map(\.kind) == ["log_storage_archive", "log_event_hub", "log_partner", "log_analytics_workspace"])
        #expect(found[1].resourceID == id("Microsoft.EventHub/namespaces/n/eventhubs/h"))
        #expect(reading.draft?.notes["all-workspace"]?.first == "Diagnostic setting all: Connections.")
        #expect(!reading.warns("logs:"))
    }

    @Test func `a stream without an event hub's name goes to one hub for each category`() throws {
        let rule = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/n/authorizationRules/r"
        func read(_ logs: String) throws -> Endpoint {
            let setting = ARMTexts.setting("s", "\"eventHubAuthorizationRuleId\": \"\(rule)\", \"logs\": \(logs)")
            return try ARMTexts.read(logs: [ARMTexts.list(setting)]).endpoint("s-event-hub")
        }
        let named = try read(#"[{ "category": "Connections", "enabled": true }]"#)
        #expect(named.settingsJSON.contains(#""event_hubs":["insights-logs-connections"]"#))
        let open = try read(#"[{ "categoryGroup": "allLogs", "enabled": true }]"#)
        #expect(!open.settingsJSON.contains("event_hubs"))
    }

    @Test(arguments: [#"two\nlines"#, "\u{2028}", String(repeating: "h", count: 2_100)])
    func `an event hub's name that no resource id can hold is asked about, and the catalogue stays readable`(
        name: String
    ) throws {
        let namespace = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/n"
        let setting = ARMTexts.setting(
            "s", #""eventHubAuthorizationRuleId": "\#(namespace)/authorizationRules/r", "eventHubName": "\#(name)""#)
        let reading = ARMTexts.read(logs: [ARMTexts.list(setting)])
        let endpoint = try reading.endpoint("s-event-hub")
        #expect(endpoint.resourceID == namespace && endpoint.awaitsOwner)
        #expect(reading.warns("eventHubName is not the name of an event hub"))
        let back = CatalogueFile.read(try #require(reading.draft).yaml())
        #expect(back.catalogue == reading.draft?.catalogue, "\(back.report)")
    }

    @Test func `an older rule, an unknown field and an unreadable id are asked about`() throws {
        let bus = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.ServiceBus/namespaces/n/authorizationRules/r"
        let reading = ARMTexts.read(logs: [
            ARMTexts.list(
                ARMTexts.setting("old", "\"serviceBusRuleId\": \"\(bus)\""),
                ARMTexts.setting("new", #""lakeId": "/somewhere", "empty": null"#),
                ARMTexts.setting("bad", #""workspaceId": "somewhere""#))
        ])
        let found = reading.endpoints.filter { $0.stage == .logs }
        #expect(found.map(\.id) == ["bad-workspace", "new-lakeid", "old-event-hub"])
        #expect(found.map(\.awaitsOwner) == [true, true, true])
        #expect(reading.warns("serviceBusRuleId is an older way") && reading.warns("(lakeId)"))
        #expect(reading.warns("workspaceId is not an ARM resource id"))
    }

    @Test func `settings of another resource are told apart by its name`() throws {
        let storage = "\(Self.account)/blobServices/default"
        let text = ARMTexts.setting(
            "ops",
            #""workspaceId": "/subscriptions/1/resourceGroups/rg/providers/Microsoft.X/workspaces/w2""#
        ).replacing(ARMTexts.hubID, with: storage)
        #expect(try ARMTexts.read(logs: [ARMTexts.list(text)]).endpoint("default-ops-workspace").stage == .logs)
    }

    @Test func `a list whose next page is missing is refused, one whose pages may all be there is not`() {
        let hook = #"{ "endpointType": "WebHook", "properties": { "endpointBaseUrl": "https://a.example" } }"#
        let page = ARMTexts.list(ARMTexts.subscription("a", hook), next: "https://management.azure.com/x?$skiptoken=y")
        let alone = ARMTexts.read(events: [page])
        #expect(alone.draft == nil)
        #expect(alone.faults.map(\.path) == ["nextLink"])
        let both = ARMTexts.read(events: [page, ARMTexts.list(ARMTexts.subscription("b", hook))])
        #expect(both.draft != nil && both.warns("the list is incomplete"))
        #expect(!both.warns("skiptoken"))
    }

    @Test(arguments: [
        "{}", #"{ "value": 3 }"#, #"{ "value": [3] }"#, #"{ "value": [{ "name": "a", "destination": {} }] }"#, "3",
        #"{ "error": { "code": "Forbidden" } }"#,
    ]) func `a list that is not what the interface answers is refused`(text: String) {
        #expect(ARMTexts.read(events: [text]).draft == nil)
        #expect(ARMTexts.read(logs: [text]).faults.count == 1)
    }

    @Test func `a bare list of resources is a list too`() throws {
        let hook = #"{ "endpointType": "WebHook", "properties": { "endpointBaseUrl": "https://a.example" } }"#
        #expect(try ARMTexts.read(events: ["[\(ARMTexts.subscription("a", hook))]"]).endpoint("a").awaitsOwner)
    }
}
