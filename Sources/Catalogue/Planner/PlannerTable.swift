/// What erasing and exporting mean at every kind of place, with the defaults of a catalogue entry.
///
/// The numbers come from the vendor's public pages, named in `sources`. Where no page confirms a number it is a setting
/// of the endpoint with `isUnverified` set, and what the default does is the cautious thing: wait longer, or ask.
public enum PlannerTable {
    /// In the order of `EndpointKind`, one for each.
    public static let entries: [PlannerEntry] = EndpointKind.allCases.map { entry(for: $0) }

    public static func entry(for kind: EndpointKind) -> PlannerEntry {
        switch kind {
        case .iotHubRegistry: iotHubRegistry
        case .iotHubBuiltinEndpoint: iotHubBuiltinEndpoint
        case .iotHubFileUpload: iotHubFileUpload
        case .dpsEnrollment: dpsEnrollment
        case .deviceRegistry: deviceRegistry
        case .storageContainer: storageContainer
        case .cosmosDB: cosmosDB
        case .serviceBusQueue: serviceBusQueue
        case .serviceBusTopic: serviceBusTopic
        case .eventHub: eventHub
        case .eventHubCapture: eventHubCapture
        case .fabricEventStream: fabricEventStream
        case .eventGridWebhook: eventGridWebhook
        case .eventGridFunction: eventGridFunction
        case .eventGridEventHub: eventGridEventHub
        case .eventGridServiceBusQueue: eventGridServiceBusQueue
        case .eventGridServiceBusTopic: eventGridServiceBusTopic
        case .eventGridStorageQueue: eventGridStorageQueue
        case .eventGridHybridConnection: eventGridHybridConnection
        case .eventGridMonitorAlert: eventGridMonitorAlert
        case .eventGridNamespaceTopic: eventGridNamespaceTopic
        case .eventGridPartner: eventGridPartner
        case .eventGridDeadLetter: eventGridDeadLetter
        case .logAnalyticsWorkspace: logAnalyticsWorkspace
        case .logStorageArchive: logStorageArchive
        case .logEventHub: logEventHub
        case .logPartner: logPartner
        case .deviceUpdate: deviceUpdate
        case .desktopAnalytics: desktopAnalytics
        case .formerEndpoint: formerEndpoint
        case .directory: directory
        case .other: other
        }
    }

    /// The connector that only waits: it needs `settings.retention` and answers `expired` when that time is over.
    public static let retentionConnector = "retention"
    static let directoryConnector = "directory"
    static let retentionSetting = "retention"
    static let retentionMargin = KindSetting(
        "margin", "\"P1D\"", "waited for beyond `retention`, because stores drop whole segments and not single records",
        unverified: true)

    /// How long an owner is given before an attestation shows as late. A choice, not a fact.
    static let ownerMs = 14 * day
    /// One day of scanning and the seven days of soft delete that the portal proposes. A choice; a worker that finds a
    /// longer soft delete answers `pending` with the date.
    static let rewriteMs = 8 * day
    /// Added to every wait for expiry, because stores drop whole segments and not single records.
    static let expiryMarginMs = day
    /// Event Grid's longest time to live and one hour for a delayed last attempt.
    static let eventGridSettleMs = 25 * hour
    /// A dead letter is written five minutes after the last attempt, and for four hours more when its store is down.
    static let deadLetterSettleMs = 29 * hour
    /// Resource logs may hold records that are up to 48 hours old when they arrive.
    static let logSettleMs = 2 * day
    /// The hub retries an unhealthy endpoint for a time that no page tells; a choice.
    static let routingSettleMs = 15 * minute

    static let routingReason = "a choice: how long the hub retries an unhealthy endpoint is not published"
    static let eventGridReason = "Event Grid tries for up to 24 hours, and an hour for a delayed last attempt"
    static let logReason = "resource logs may hold records that are up to 48 hours old when they arrive"

    static let minute: Int64 = 60_000
    static let hour: Int64 = 60 * minute
    static let day: Int64 = 24 * hour

    static let storageLimit = RateLimit(
        unknownFor: "storage account", "the account's request target; it answers 503 when it is reached")
    static let armDeletes = RateLimit(
        10, perMs: 1_000, scope: "subscription and principal", "ARM: a bucket of 200 deletes, refilled by 10 a second")
}
