import SagaKernel

/// Where the hub's message routing may write, and what stands behind those places.
extension PlannerTable {
    static let rehydration = KindSetting(
        "rehydration_wait", "\"PT15H\"", "how long an archived blob may take to become readable", unverified: true)

    private static let blobSettings = [
        KindSetting("account", nil, "storage account name"),
        KindSetting("blob_endpoint", nil, "base address of the account's blob service"),
        KindSetting("container", nil, "container name"),
        KindSetting(
            "paths", "[]", "further JSON paths inside the message body at which a device id may stand"),
        rehydration,
    ]

    static let storageContainer = PlannerEntry(
        .storageContainer, "Routing to a storage container",
        erase: Meaning(
            .rewrite, otherwise: [.retentionWait],
            """
            Read every blob of the hub, write it back without the device's records, or delete it when none is left; \
            then its snapshots and versions. Soft delete and immutability are waited out
            """),
        export: Meaning(.rewrite, "read every blob of the hub and keep the device's records"),
        route: DefaultRoute("blob-storage", .sinks),
        times: DefaultTimes(
            settle: 15 * minute, because: "a batch is written after at most 720 seconds", ack: hour, worst: rewriteMs),
        typically: "minutes to hours, and the days of soft delete", batching: .oneScan, rateLimit: storageLimit,
        settings: blobSettings + [
            KindSetting(
                "file_name_format", "\"{iothub}/{partition}/{YYYY}/{MM}/{DD}/{HH}/{mm}\"", "how blobs are named"),
            KindSetting("encoding", "\"avro\"", "`avro`, `avro_deflate` or `json`"),
            KindSetting(
                "quiet_after", "\"PT15M\"", "blobs younger than this are left for a later pass", unverified: true),
            KindSetting(
                "extensions", "[]", "endings of blob names to look at; empty looks at all of them", unverified: true),
        ],
        sources: ["IoT Hub message routing", "IoT Hub endpoints", "Soft delete for blobs"])

    static let cosmosDB = PlannerEntry(
        .cosmosDB, "Routing to Cosmos DB",
        erase: Meaning(
            .call, "query the device's documents of this hub, DELETE each; backups keep them for 7 to 30 days"),
        export: Meaning(.call, "query the device's documents of this hub"),
        route: DefaultRoute("cosmos-db", .sinks),
        times: DefaultTimes(settle: routingSettleMs, because: routingReason, worst: day),
        typically: "seconds to minutes", batching: .oneByOne,
        rateLimit: RateLimit(unknownFor: "container", "the container's request units a second; it answers 429"),
        settings: [
            KindSetting("account_endpoint", nil, "base address of the account"),
            KindSetting("database", nil, "database name"),
            KindSetting("container", nil, "container name"),
            KindSetting("partition_key_name", nil, "property that the hub writes its partition key to"),
            KindSetting("partition_key_template", nil, "how the hub builds it"),
            KindSetting("body_base64", "true", "bodies that are not JSON are base64 text", unverified: true),
            KindSetting("request_units_per_delete", "10", "what a small document costs, for pacing", unverified: true),
        ],
        sources: ["IoT Hub message routing", "Delete items by partition key in Azure Cosmos DB"])

    private static let serviceBusErase = Meaning(
        .retentionWait, otherwise: [.attestation],
        """
        Messages expire where a time to live is set: then `connector: retention` with that time. Else, and for dead \
        letters, which never expire and want an endpoint of their own, the owner says that they were drained
        """)
    private static let drain = Meaning(
        .attestation, "reading takes messages away from their consumers: the owner's word")
    private static let serviceBusSettings = [
        KindSetting("namespace", nil, "name of the namespace"),
        KindSetting("host", nil, "host name of the namespace"),
        KindSetting("retention", nil, "time to live of the entity's messages; required by the connector `retention`"),
        retentionMargin,
        KindSetting(
            "dead_letter_path", "\"$DeadLetterQueue\"", "where dead letters are read over HTTP", unverified: true),
    ]

    static let serviceBusQueue = PlannerEntry(
        .serviceBusQueue, "Routing to a Service Bus queue",
        erase: serviceBusErase, export: drain,
        route: DefaultRoute(Endpoint.attestationConnector, .sinks),
        times: DefaultTimes(settle: routingSettleMs, because: routingReason, worst: ownerMs),
        typically: "the time to live, or the owner's answer", batching: .oneWait,
        settings: serviceBusSettings + [KindSetting("queue", nil, "queue name")],
        sources: ["Service Bus batch delete", "Service Bus message expiration"])

    static let serviceBusTopic = PlannerEntry(
        .serviceBusTopic, "Routing to a Service Bus topic",
        erase: serviceBusErase, export: drain,
        route: DefaultRoute(Endpoint.attestationConnector, .sinks),
        times: DefaultTimes(settle: routingSettleMs, because: routingReason, worst: ownerMs),
        typically: "the time to live, or the owner's answer", batching: .oneWait,
        settings: serviceBusSettings + [
            KindSetting("topic", nil, "topic name"),
            KindSetting("subscriptions", "[]", "its subscriptions, each of which keeps its own copy"),
        ],
        sources: ["Service Bus batch delete", "Service Bus message expiration"])

    /// Ninety days is the longest retention that a tier with a limit allows; waiting too long is the safe mistake.
    static let eventHubRetention = KindSetting(
        "retention", "\"P90D\"",
        "the event hub's retention: 1 day on Basic, 7 on Standard, 90 on Premium at most", unverified: true)

    static let eventHubSettings = [
        KindSetting("namespace", nil, "name of the namespace"),
        KindSetting("host", nil, "host name of the namespace"),
        KindSetting("event_hub", nil, "event hub name"),
        eventHubRetention,
        retentionMargin,
    ]

    static let eventHubErase = Meaning(
        .retentionWait, otherwise: [.attestation],
        "events expire; with unlimited retention or compaction they do not, and the owner is asked")
    static let eventHubExport = Meaning(.attestation, "AMQP or Kafka are the only ways to read; else the owner's word")

    static let eventHub = PlannerEntry(
        .eventHub, "Routing to an event hub",
        erase: eventHubErase, export: eventHubExport,
        route: DefaultRoute(retentionConnector, .sinks, [.erase]),
        times: DefaultTimes(settle: routingSettleMs, because: routingReason, worst: 90 * day + expiryMarginMs),
        typically: "the retention, 1 to 90 days", batching: .oneWait,
        settings: eventHubSettings, sources: ["Event Hubs quotas", "Event Hubs ARM reference"])

    static let eventHubCapture = PlannerEntry(
        .eventHubCapture, "Event Hubs Capture",
        erase: Meaning(
            .rewrite, otherwise: [.retentionWait],
            "as a storage container; after an outage of the store Capture writes what is still in retention"),
        export: Meaning(.rewrite, "read every captured blob and keep the device's records"),
        route: DefaultRoute("blob-storage", .sinks),
        // The late copies of an outage are looked for a week later.
        times: DefaultTimes(
            settle: 20 * minute, because: "Capture writes after at most 900 seconds", ack: hour, worst: rewriteMs,
            reverify: [7 * day]),
        typically: "minutes to hours, and the days of soft delete", batching: .oneScan, rateLimit: storageLimit,
        settings: blobSettings + [
            KindSetting(
                "file_name_format",
                "\"{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}\"",
                "how blobs are named")
        ],
        sources: ["Event Hubs Capture", "Soft delete for blobs"])

    static let fabricEventStream = PlannerEntry(
        .fabricEventStream, "Routing to a Fabric event stream (preview)",
        erase: Meaning(.attestation, "the stream's owner"), export: Meaning(.attestation, "the stream's owner"),
        route: DefaultRoute(Endpoint.attestationConnector, .sinks),
        times: DefaultTimes(settle: routingSettleMs, because: routingReason, worst: ownerMs),
        typically: "the owner's answer", batching: .oneWait,
        settings: [
            KindSetting("workspace_id", nil, "Fabric workspace"),
            KindSetting("event_stream_id", nil, "event stream"),
        ],
        sources: ["Microsoft.Devices ARM reference, 2026-05-01-preview"])
}
