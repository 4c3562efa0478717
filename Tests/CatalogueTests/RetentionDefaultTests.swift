import SagaKernel
import Testing

@testable import Catalogue

@Suite struct RetentionDefaultTests {
    private func endpoint(_ fields: String) throws -> Endpoint {
        let reading = CatalogueFile.read(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints:
                  - { id: one, \(fields) }
            """)
        return try #require(reading.catalogue, "\(reading.report)").hubs[0].endpoints[0]
    }

    @Test func `a retention that nobody gave reaches the connector all the same`() throws {
        #expect(try endpoint("kind: iot_hub_builtin_endpoint").settingsJSON == #"{"retention":"P7D"}"#)
        #expect(
            try endpoint("kind: event_hub, settings: { event_hub: e }").settingsJSON
                == #"{"event_hub":"e","retention":"P90D"}"#)
        #expect(
            try endpoint("kind: event_hub, settings: { retention: P3D, margin: PT1H }").settingsJSON
                == #"{"margin":"PT1H","retention":"P3D"}"#)
        #expect(try endpoint("kind: event_hub, connector: attestation").settingsJSON == "{}")
        #expect(try endpoint("kind: event_hub, connector: my-own").settingsJSON == "{}")
    }

    @Test func `every kind that waits by default has a connector that knows how long`() throws {
        for entry in PlannerTable.entries where entry.route.connector == PlannerTable.retentionConnector {
            var endpoint = entry.endpoint(id: "x")
            entry.fillRetention(of: &endpoint)
            let settings = try JSONParser.parse(Array(endpoint.settingsJSON.utf8))
            let retention = try #require(settings.object?["retention"]?.string.flatMap(ISODuration.parse))
            let margin = try #require(
                entry.settings.first { $0.name == "margin" }?.defaultJSON.flatMap {
                    ISODuration.parse($0.filter { $0 != "\"" })
                })
            #expect(retention + margin <= endpoint.worstCaseMs, "\(entry.kind)")
        }
    }

    @Test func `a margin is a duration, and an export needs a place`() {
        let wrong = CatalogueFile.read(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints:
                  - { id: one, kind: event_hub, settings: { margin: 3 } }
            """)
        #expect(wrong.faults.count == 1)
        let exports = CatalogueFile.read(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints:
                  - { id: one, kind: directory, settings: { path: /a, layout: hourly_logs } }
                  - { id: two, kind: directory, actions: [erase], settings: { path: /a, layout: hourly_logs } }
                  - { id: three, kind: directory, settings: { path: /a, layout: hourly_logs, export_path: /b } }
            """)
        #expect(exports.warnings.count { $0.description.contains("export_path") } == 1, "\(exports.report)")
    }

    @Test func `an import says which lists it was not given`() {
        let none = ARMTexts.read()
        #expect(none.warns("no list of event subscriptions was given"))
        #expect(none.warns("system topics"))
        #expect(none.warns("no list of diagnostic settings was given"))
        let all = ARMTexts.read(events: [ARMTexts.list()], logs: [ARMTexts.list()])
        #expect(!all.warns("no list of"))
        #expect(ARMTexts.read(events: [ARMTexts.list()]).warnings.count == all.warnings.count + 1)
    }

    @Test func `an import that asks about a stream says what its own connector needs`() throws {
        let destination = #"{ "endpointType": "EventHub", "properties": { "resourceId": "somewhere" } }"#
        let reading = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("sub", destination))])
        let notes = try #require(reading.draft?.notes["sub"])
        #expect(notes.contains { $0.contains("settings.retention") && $0.contains("`actions: [erase]`") })
        #expect(notes.last?.contains("remove `connector`") == true)
    }
}
