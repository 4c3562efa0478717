import SagaKernel

/// Where Event Grid subscriptions of the hub may deliver. Deleting a device publishes `DeviceDeleted`, with its twin,
/// to each of them.
extension PlannerTable {
    private static let eventGridSources = ["Event Grid delivery and retry", "Azure IoT Hub as an Event Grid source"]

    private static let subscriptions = KindSetting(
        "subscriptions", "[]", "names of the event subscriptions that deliver")

    private static func attested(
        _ kind: EndpointKind, _ title: String, _ how: String, settings: [KindSetting] = []
    ) -> PlannerEntry {
        PlannerEntry(
            kind, title, erase: Meaning(.attestation, how), export: Meaning(.attestation, how),
            route: DefaultRoute(Endpoint.attestationConnector, .sinks),
            times: DefaultTimes(settle: eventGridSettleMs, because: eventGridReason, worst: ownerMs),
            typically: "the owner's answer", batching: .oneWait, settings: settings + [subscriptions],
            sources: eventGridSources)
    }

    static let eventGridWebhook = attested(
        .eventGridWebhook, "Event Grid to a webhook",
        "the subscriber's owner, or the subscriber's own interface through `connector: webhook`",
        settings: [KindSetting("host", nil, "host of the address; path and query may be secrets")])

    static let eventGridFunction = attested(
        .eventGridFunction, "Event Grid to an Azure Function", "the function's owner: only its code knows what it kept",
        settings: [KindSetting("function", nil, "name of the function")])

    static let eventGridEventHub = PlannerEntry(
        .eventGridEventHub, "Event Grid to an event hub",
        erase: eventHubErase, export: eventHubExport,
        route: DefaultRoute(retentionConnector, .sinks, [.erase]),
        times: DefaultTimes(settle: eventGridSettleMs, because: eventGridReason, worst: 90 * day + expiryMarginMs),
        typically: "the retention, 1 to 90 days", batching: .oneWait,
        settings: eventHubSettings + [subscriptions], sources: eventGridSources + ["Event Hubs quotas"])

    static let eventGridServiceBusQueue = PlannerEntry(
        .eventGridServiceBusQueue, "Event Grid to a Service Bus queue",
        erase: serviceBusQueue.erase, export: serviceBusQueue.export, route: serviceBusQueue.route,
        times: DefaultTimes(settle: eventGridSettleMs, because: eventGridReason, worst: ownerMs),
        typically: serviceBusQueue.typicalCompletion, batching: .oneWait,
        settings: serviceBusQueue.settings + [subscriptions], sources: eventGridSources + serviceBusQueue.sources)

    static let eventGridServiceBusTopic = PlannerEntry(
        .eventGridServiceBusTopic, "Event Grid to a Service Bus topic",
        erase: serviceBusTopic.erase, export: serviceBusTopic.export, route: serviceBusTopic.route,
        times: DefaultTimes(settle: eventGridSettleMs, because: eventGridReason, worst: ownerMs),
        typically: serviceBusTopic.typicalCompletion, batching: .oneWait,
        settings: serviceBusTopic.settings + [
            KindSetting("event_subscriptions", "[]", "names of the event subscriptions that deliver")
        ],
        sources: eventGridSources + serviceBusTopic.sources)

    static let eventGridStorageQueue = PlannerEntry(
        .eventGridStorageQueue, "Event Grid to a storage queue",
        erase: Meaning(
            .retentionWait, otherwise: [.attestation],
            "messages expire after their time to live; with one of -1 they never do, and the owner is asked"),
        export: Meaning(
            .attestation, "only the first 32 messages can be looked at without taking them: the owner's word"),
        route: DefaultRoute(retentionConnector, .sinks, [.erase]),
        times: DefaultTimes(settle: eventGridSettleMs, because: eventGridReason, worst: 7 * day + expiryMarginMs),
        typically: "7 days unless configured", batching: .oneWait,
        settings: [
            KindSetting("account", nil, "storage account name"),
            KindSetting("queue", nil, "queue name"),
            KindSetting("retention", "\"P7D\"", "time to live of the messages"),
            retentionMargin,
            KindSetting("message_base64", "true", "message texts are base64", unverified: true),
            KindSetting("messages_per_second", "2000", "the pace of a connector that drains", unverified: true),
            subscriptions,
        ],
        sources: eventGridSources + ["Queue Storage REST reference"])

    static let eventGridHybridConnection = attested(
        .eventGridHybridConnection, "Event Grid to a hybrid connection",
        "the listener's owner; the relay itself keeps nothing")

    static let eventGridMonitorAlert = attested(
        .eventGridMonitorAlert, "Event Grid to an Azure Monitor alert",
        "the owner of the alert history and of the action groups' receivers",
        settings: [
            KindSetting("alert_retention", "\"P30D\"", "how long alerts are kept", unverified: true),
            KindSetting("action_groups", "[]", "resource ids of the action groups"),
        ])

    static let eventGridNamespaceTopic = PlannerEntry(
        .eventGridNamespaceTopic, "Event Grid to a namespace topic",
        erase: Meaning(
            .retentionWait, otherwise: [.attestation],
            "events expire in the topic's own subscriptions; their push destinations need endpoints of their own"),
        export: Meaning(.attestation, "the owner of the topic's subscriptions"),
        route: DefaultRoute(retentionConnector, .sinks, [.erase]),
        times: DefaultTimes(settle: eventGridSettleMs, because: eventGridReason, worst: 7 * day + expiryMarginMs),
        typically: "7 days at most", batching: .oneWait,
        settings: [
            KindSetting("topic", nil, "name of the namespace topic"),
            KindSetting("retention", "\"P7D\"", "retention of the topic", unverified: true),
            retentionMargin,
            subscriptions,
        ],
        sources: eventGridSources + ["Event Grid namespaces"])

    static let eventGridPartner = attested(
        .eventGridPartner, "Event Grid to a partner destination (preview)", "the partner, through its owner here")

    static let eventGridDeadLetter = PlannerEntry(
        .eventGridDeadLetter, "Event Grid dead-letter container",
        erase: Meaning(
            .rewrite, otherwise: [.retentionWait],
            "delete blobs that hold only this device's events, write the others back without them"),
        export: Meaning(.rewrite, "read every blob of the subscriptions and keep the device's events"),
        route: DefaultRoute("blob-storage", .sinks),
        times: DefaultTimes(
            settle: deadLetterSettleMs,
            because: "written five minutes after the last attempt, or up to four hours later when the store is down",
            ack: hour, worst: rewriteMs),
        typically: "minutes, and the days of soft delete", batching: .oneScan, rateLimit: storageLimit,
        settings: [
            KindSetting("account", nil, "storage account name"),
            KindSetting("container", nil, "container name"),
            KindSetting("prefixes", "[]", "first parts of the blob names: subscription names in upper case"),
            KindSetting("cloud_events_lower_case", "true", "dead-letter attributes are lower case", unverified: true),
            KindSetting(
                "module_subject", "\"devices/{device}/modules/{module}\"", "subject of a module's events",
                unverified: true),
            rehydration,
        ],
        sources: eventGridSources + ["Set dead-letter location and retry policy"])
}
