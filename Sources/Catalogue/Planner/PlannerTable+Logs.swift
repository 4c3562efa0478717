import SagaKernel

/// Where diagnostic settings of the hub may send its resource logs, and what has no API at all.
extension PlannerTable {
    static let purgeLimit = RateLimit(50, perMs: hour, scope: "workspace", "50 purges an hour and workspace")

    static let logAnalyticsSettings = [
        KindSetting("workspace", nil, "name of the workspace"),
        KindSetting("tables", "[\"AzureDiagnostics\",\"IoTHubDistributedTracing\"]", "tables to look at"),
        KindSetting("arm_query_api_version", "\"2017-10-01\"", "of the fallback through ARM", unverified: true),
        KindSetting("query_endpoint", "\"https://api.loganalytics.azure.com\"", "base address of the query interface"),
        KindSetting("filter_column", "\"ResourceId\"", "column that names the hub in a purge", unverified: true),
        KindSetting("in_list_values", "200", "values in one purge filter", unverified: true),
        KindSetting("archive_search", "true", "look into long-term retention after a purge", unverified: true),
    ]

    static let logAnalyticsWorkspace = PlannerEntry(
        .logAnalyticsWorkspace, "Diagnostic logs in a Log Analytics workspace",
        erase: Meaning(
            .call, otherwise: [.retentionWait],
            """
            Query the device's rows, POST purge with their exact values, follow the operation and query again. Basic \
            and Auxiliary tables cannot be purged and are waited out
            """),
        export: Meaning(.call, "query the device's rows"),
        route: DefaultRoute("log-analytics", .logs),
        // A purge takes only what has arrived, and another one would take up to thirty days again: late rows first.
        times: DefaultTimes(settle: logSettleMs, because: logReason, worst: 30 * day),
        typically: "days, 30 at most", batching: .perCallUnverified(atMost: 200), rateLimit: purgeLimit,
        settings: logAnalyticsSettings,
        sources: ["Managing personal data in Azure Monitor Logs", "Workspace Purge", "Resource logs in Azure Monitor"])

    static let logStorageArchive = PlannerEntry(
        .logStorageArchive, "Diagnostic logs in a storage account",
        erase: Meaning(
            .rewrite, otherwise: [.retentionWait],
            """
            Read each hour's append blob, write it back without the device's lines. Archives with an immutability \
            policy are waited out
            """),
        export: Meaning(.rewrite, "read each hour's blob and keep the device's lines"),
        route: DefaultRoute("blob-storage", .logs),
        times: DefaultTimes(
            settle: logSettleMs + 3 * hour, because: "\(logReason), and an hour's blob may grow after its hour",
            ack: hour, worst: rewriteMs),
        typically: "hours, and the days of soft delete", batching: .oneScan, rateLimit: storageLimit,
        settings: [
            KindSetting("account", nil, "storage account name"),
            KindSetting("containers", "[]", "containers of the log categories; empty looks at all insights-logs-*"),
            KindSetting(
                "hour_grace", "\"PT3H\"", "how old an hour must be before its blob is touched", unverified: true),
            KindSetting("append_blocks_max", "50000", "blocks of one append blob", unverified: true),
            rehydration,
        ],
        sources: ["Resource logs in Azure Monitor", "Soft delete for blobs"])

    static let logEventHub = PlannerEntry(
        .logEventHub, "Diagnostic logs in an event hub",
        erase: eventHubErase, export: eventHubExport,
        route: DefaultRoute(retentionConnector, .logs, [.erase]),
        times: DefaultTimes(settle: logSettleMs, because: logReason, worst: 90 * day + expiryMarginMs),
        typically: "the retention, 1 to 90 days", batching: .oneWait,
        settings: eventHubSettings + [
            KindSetting(
                "event_hubs", "[]", "default hubs, one a category, where the setting names none", unverified: true)
        ],
        sources: ["Diagnostic settings in Azure Monitor", "Event Hubs quotas"])

    static let logPartner = PlannerEntry(
        .logPartner, "Diagnostic logs at a partner",
        erase: Meaning(.attestation, "the partner, through its owner here"),
        export: Meaning(.attestation, "the partner, through its owner here"),
        route: DefaultRoute(Endpoint.attestationConnector, .logs),
        times: DefaultTimes(settle: logSettleMs, because: logReason, worst: ownerMs),
        typically: "the owner's answer", batching: .oneWait,
        sources: ["Diagnostic settings in Azure Monitor"])

    static let formerEndpoint = PlannerEntry(
        .formerEndpoint, "Endpoints and settings that were removed earlier",
        erase: Meaning(.attestation, "what was removed leaves data behind and is listed nowhere: the hub's owner"),
        export: Meaning(.attestation, "the hub's owner"),
        route: DefaultRoute(Endpoint.attestationConnector, .sinks),
        times: DefaultTimes(worst: ownerMs), typically: "the owner's answer", batching: .oneWait,
        settings: [KindSetting("question", nil, "what the owner is asked")],
        sources: ["IoT Hub message routing", "Diagnostic settings in Azure Monitor"])

    static let directory = PlannerEntry(
        .directory, "Files in a directory that the worker can reach",
        erase: Meaning(
            .rewrite, "write every file back without the device's lines; a file with no line left is removed"),
        export: Meaning(.rewrite, "copy the device's lines; wants `export_path`"),
        route: DefaultRoute(directoryConnector, .sinks),
        times: DefaultTimes(worst: hour), typically: "seconds", batching: .oneScan,
        settings: [
            KindSetting("path", nil, "the directory; required"),
            KindSetting("layout", nil, "`routed_messages` or `hourly_logs`; required"),
            KindSetting("export_path", nil, "where exports go; without it give `actions: [erase]`"),
            KindSetting("minimum_age_seconds", nil, "files changed later are left for a later pass"),
        ],
        sources: ["this project"])

    static let other = PlannerEntry(
        .other, "Anything else",
        erase: Meaning(.attestation, "the owner, unless `connector` names code that can do it"),
        export: Meaning(.attestation, "the owner, unless `connector` names code that can do it"),
        route: DefaultRoute(Endpoint.attestationConnector, .sinks),
        times: DefaultTimes(worst: ownerMs), typically: "the owner's answer", batching: .oneWait,
        settings: [KindSetting("question", nil, "what the owner is asked")], sources: ["this project"])
}
