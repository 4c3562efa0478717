import SagaKernel
import Testing

@testable import Catalogue

@Suite struct PlannerTableTests {
    @Test func `there is one entry for each kind, in the order of the kinds`() {
        #expect(PlannerTable.entries.map(\.kind) == EndpointKind.allCases)
    }

    /// The names of contract §8, written out once more: a changed name would orphan catalogues and statuses.
    @Test func `the kinds are those of the contract`() {
        let contract = """
            iot_hub_registry iot_hub_builtin_endpoint iot_hub_file_upload dps_enrollment device_registry \
            storage_container cosmos_db service_bus_queue service_bus_topic event_hub event_hub_capture \
            fabric_event_stream event_grid_webhook event_grid_function event_grid_event_hub \
            event_grid_service_bus_queue event_grid_service_bus_topic event_grid_storage_queue \
            event_grid_hybrid_connection event_grid_monitor_alert event_grid_namespace_topic event_grid_partner \
            event_grid_dead_letter log_analytics_workspace log_storage_archive log_event_hub log_partner \
            device_update desktop_analytics former_endpoint directory other
            """
        #expect(EndpointKind.allCases.map(\.rawValue) == contract.split(separator: " ").map(String.init))
    }

    @Test(arguments: PlannerTable.entries) func `an entry is sound`(entry: PlannerEntry) {
        #expect(!entry.title.isEmpty && !entry.erase.how.isEmpty && !entry.export.how.isEmpty)
        #expect(!entry.typicalCompletion.isEmpty && !entry.sources.isEmpty)
        #expect(!entry.erase.otherwise.contains(entry.erase.means))
        #expect(!entry.route.actions.isEmpty && !entry.route.actions.contains(.verify))
        #expect([.source, .sinks, .logs].contains(entry.route.stage))
        #expect(Names.isConnector(entry.route.connector))
        #expect(entry.times.settleMs >= 0 && entry.times.ackTimeoutMs > 0 && entry.times.worstCaseMs > 0)
        #expect(entry.times.reverifyMs == entry.times.reverifyMs.sorted())
        #expect(entry.times.settleReason.isEmpty == (entry.times.settleMs == 0))
        #expect(entry.maxAttempts > 0)
    }

    @Test(arguments: PlannerTable.entries) func `a limit is a number with its unit, or said to be unknown`(
        entry: PlannerEntry
    ) {
        guard let limit = entry.rateLimit else { return }
        #expect((limit.operations == nil) == (limit.perMs == nil))
        #expect(limit.operations.map { $0 > 0 } ?? true)
        #expect(!limit.scope.isEmpty && !limit.text.isEmpty)
    }

    @Test(arguments: PlannerTable.entries) func `settings have distinct names and defaults that are JSON`(
        entry: PlannerEntry
    ) throws {
        #expect(Set(entry.settings.map(\.name)).count == entry.settings.count)
        for setting in entry.settings {
            #expect(!setting.meaning.isEmpty)
            if let text = setting.defaultJSON { _ = try JSONParser.parse(Array(text.utf8)) }
            if setting.isUnverified { #expect(setting.defaultJSON != nil, "\(setting.name)") }
        }
    }

    /// A kind whose tasks go to a connector must be one at which that connector can do something.
    @Test(arguments: PlannerTable.entries) func `the default connector agrees with what erasing means`(
        entry: PlannerEntry
    ) {
        switch entry.route.connector {
        case Endpoint.attestationConnector:
            #expect(([entry.erase.means] + entry.erase.otherwise).contains(.attestation))
            #expect(entry.endpoint(id: "x").awaitsOwner)
        case PlannerTable.retentionConnector:
            #expect(entry.erase.means == .retentionWait)
            #expect(entry.route.actions == [.erase])
            let retention = entry.settings.first { $0.name == "retention" }
            let wait = retention?.defaultJSON.flatMap { ISODuration.parse($0.filter { $0 != "\"" }) }
            #expect(wait.map { $0 <= entry.times.worstCaseMs } == true, "the worst case is shorter than the wait")
        default:
            #expect(entry.erase.means == .call || entry.erase.means == .rewrite)
            #expect(!entry.endpoint(id: "x").awaitsOwner)
        }
    }

    @Test(arguments: PlannerTable.entries) func `a file that names nothing but the kind gets its defaults`(
        entry: PlannerEntry
    ) throws {
        let retention = entry.route.connector == PlannerTable.retentionConnector
        let reading = CatalogueFile.read(
            """
            hubs:
              - host: contoso.azure-devices.net
                endpoints:
                  - { id: one, kind: \(entry.kind.rawValue) }
            """)
        let catalogue = try #require(reading.catalogue, "\(reading.report)")
        var expected = entry.endpoint(id: "one")
        entry.fillRetention(of: &expected)
        #expect(catalogue.hubs[0].endpoints == [expected])
        #expect(catalogue.connectors == [entry.route.connector])
        #expect(!retention || reading.faults.isEmpty)
    }

    @Test func `facts of the vendor are the defaults`() {
        let hour = Milliseconds.hour
        let day = Milliseconds.day
        #expect(PlannerTable.entry(for: .iotHubRegistry).times.reverifyMs == [day])
        #expect(PlannerTable.entry(for: .iotHubRegistry).times.settleMs == 0)
        #expect(PlannerTable.entry(for: .iotHubRegistry).batching == .perCall(atMost: 100))
        #expect(PlannerTable.entry(for: .storageContainer).times.settleMs >= 720 * 1_000)
        #expect(PlannerTable.entry(for: .logAnalyticsWorkspace).times.worstCaseMs == 30 * day)
        #expect(PlannerTable.entry(for: .logAnalyticsWorkspace).rateLimit?.operations == 50)
        #expect(PlannerTable.entry(for: .logAnalyticsWorkspace).rateLimit?.perMs == hour)
        #expect(PlannerTable.entry(for: .desktopAnalytics).times.reverifyMs == [day, 2 * day, 28 * day])
        for kind in EndpointKind.allCases where kind.rawValue.hasPrefix("event_grid_") {
            #expect(PlannerTable.entry(for: kind).times.settleMs >= 25 * hour, "\(kind)")
            #expect(PlannerTable.entry(for: kind).route.stage == .sinks)
        }
        for kind in EndpointKind.allCases where kind.rawValue.hasPrefix("log_") {
            #expect(PlannerTable.entry(for: kind).route.stage == .logs)
            #expect(PlannerTable.entry(for: kind).times.settleMs >= 48 * hour, "\(kind)")
        }
    }

    @Test func `the page for the documentation names every kind, every setting and every doubt`() {
        let page = PlannerTable.markdown
        for entry in PlannerTable.entries {
            #expect(page.contains("| `\(entry.kind.rawValue)` | \(entry.title) |"))
            for setting in entry.settings { #expect(page.contains("| `\(setting.name)` | ")) }
        }
        let doubts = PlannerTable.entries.flatMap(\.settings).count { $0.isUnverified }
        #expect(page.ranges(of: "Not confirmed by a public page").count == doubts)
        #expect(doubts > 10)
        // Each row of the first table has as many cells as its head.
        let rows = page.split(separator: "\n").prefix(2 + PlannerTable.entries.count)
        #expect(Set(rows.map { $0.count { $0 == "|" } }) == [12])
    }
}
