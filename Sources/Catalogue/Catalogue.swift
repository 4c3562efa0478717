public import SagaKernel

/// The endpoints of every hub, as one file says them.
public struct Catalogue: Hashable, Sendable {
    /// One hub as it stands in the file, in the file's order.
    public struct Hub: Hashable, Sendable {
        /// Host name, lower case: `contoso.azure-devices.net`.
        public var host: String
        /// ARM resource id, where it is known.
        public var resourceID: String?
        public var endpoints: [Endpoint]
        public var disclosures: [Disclosure]

        public init(
            host: String, resourceID: String? = nil, endpoints: [Endpoint], disclosures: [Disclosure] = []
        ) {
            self.host = host
            self.resourceID = resourceID
            self.endpoints = endpoints
            self.disclosures = disclosures
        }
    }

    /// In the file's order.
    public let hubs: [Hub]
    /// What a saga takes with it, by lower-case host name. Endpoints are sorted by stage and id and disclosures by
    /// system, so that moving lines in the file does not make running plans look outdated.
    public let plans: [String: HubPlan]
    /// Every connector that an endpoint names: one task topic for each.
    public let connectors: Set<String>

    public init(hubs: [Hub]) {
        self.hubs = hubs
        plans = Dictionary(hubs.map { ($0.host, $0.plan) }, uniquingKeysWith: { first, _ in first })
        connectors = Set(hubs.flatMap { $0.endpoints.map(\.connector) })
    }

    /// The plan of a hub, whatever the case of its name; nil for a hub that the catalogue does not know.
    public func plan(host: String) -> HubPlan? {
        plans[host.lowercased()]
    }
}

extension Catalogue.Hub {
    var plan: HubPlan {
        let endpoints = endpoints.sorted { ($0.stage, $0.id) < ($1.stage, $1.id) }
        let disclosures = disclosures.sorted { ($0.system, $0.reason) < ($1.system, $1.reason) }
        return HubPlan(
            host: host, fingerprint: PlanFingerprint.of(host: host, endpoints: endpoints, disclosures: disclosures),
            endpoints: endpoints, disclosures: disclosures)
    }
}

/// Systems that are told about instead of being asked, with the reason that a status shows.
public enum KnownDisclosure: String, CaseIterable, Sendable {
    /// Logs that the vendor makes of its own service; no tenant can read, export or delete them.
    case iotHubSystemLogs = "iot_hub_system_logs"
    /// What the update service collects of devices and updates; likewise.
    case deviceUpdateTelemetry = "device_update_telemetry"
    /// Rows of scheduled jobs, which the hub keeps for up to 30 days and nobody can delete.
    case iotHubJobHistory = "iot_hub_job_history"
    /// The snapshot store of the retired service, 28 days.
    case desktopAnalyticsTransientStore = "desktop_analytics_transient_store"
    /// Backups of databases and vaults, until they expire.
    case backups

    /// The reason beside the system's name.
    public var reason: String {
        switch self {
        case .iotHubSystemLogs, .deviceUpdateTelemetry: "system_generated"
        case .iotHubJobHistory, .desktopAnalyticsTransientStore, .backups: "retention"
        }
    }

    public var disclosure: Disclosure { Disclosure(system: rawValue, reason: reason) }

    /// The reason of a disclosure that the file names and this project does not know.
    public static let declared = "declared"
}
