import SagaKernel

/// The hub itself and the services that hold a record of each device.
extension PlannerTable {
    static let iotHubRegistry = PlannerEntry(
        .iotHubRegistry, "IoT Hub identity, modules, twins, cloud-to-device queue",
        erase: Meaning(
            .call,
            """
            Disable the identity, then DELETE /devices/{id} with If-Match; modules, twins and the cloud-to-device \
            queue go with it. Job history stays for up to 30 days.
            """),
        export: Meaning(.call, "GET identity, modules and twins; query the job history; keys are left out"),
        route: DefaultRoute("iot-hub", .source),
        // A failover may bring back a registry that is up to five minutes old, so one look a day later.
        times: DefaultTimes(worst: hour, reverify: [day]),
        typically: "seconds", batching: .perCall(atMost: 100),
        rateLimit: RateLimit(
            100, perMs: minute, scope: "hub unit", "100 a minute and unit on S1 and S2, 5 000 on S3, each device counts"
        ),
        settings: [
            KindSetting("sku", nil, "the hub's SKU, for its rate limits; Basic tiers have no twins and no jobs"),
            KindSetting("units", "1", "units of the hub, which multiply its rate limits"),
            KindSetting("api_version", "\"2021-04-12\"", "of the hub's service interface"),
            KindSetting(
                "basic_tier_statuses", "[400,404]", "answers to twin and job calls by a tier that has none",
                unverified: true),
        ],
        sources: [
            "IoT Hub quotas and throttling", "IoT Hub identity registry",
            "IoT Hub high availability and disaster recovery",
        ])

    static let iotHubBuiltinEndpoint = PlannerEntry(
        .iotHubBuiltinEndpoint, "Built-in endpoint (messages/events)",
        erase: Meaning(.retentionWait, "messages expire; single ones cannot be deleted"),
        export: Meaning(.attestation, "AMQP with a shared access key is the only way to read; else the owner's word"),
        route: DefaultRoute(retentionConnector, .sinks, [.erase]),
        times: DefaultTimes(settle: routingSettleMs, because: routingReason, worst: 7 * day + expiryMarginMs),
        typically: "7 days", batching: .oneWait,
        settings: [
            KindSetting(
                "retention", "\"P7D\"",
                """
                how long to wait. The hub's own setting (1 to 7 days) is only the least it keeps: small volumes stay \
                longer, seven days at most
                """),
            retentionMargin,
            KindSetting("configured_retention", nil, "what the hub is set to; told, not used"),
        ],
        sources: ["Read device-to-cloud messages from the built-in endpoint", "IoT Hub quotas and throttling"])

    static let iotHubFileUpload = PlannerEntry(
        .iotHubFileUpload, "File-upload container",
        erase: Meaning(
            .call, otherwise: [.retentionWait],
            """
            delete every blob below {device id}/ with its snapshots and versions; soft delete and immutability are \
            waited out
            """
        ),
        export: Meaning(.call, "GET every blob below {device id}/"),
        route: DefaultRoute("blob-storage", .sinks),
        times: DefaultTimes(
            settle: hour + 5 * minute,
            because: "an upload permission outlives the identity by its lifetime, an hour unless configured",
            ack: hour, worst: rewriteMs),
        typically: "minutes, and the days of soft delete", batching: .perCall(atMost: 256), rateLimit: storageLimit,
        settings: [
            KindSetting("account", nil, "storage account name"),
            KindSetting("blob_endpoint", nil, "base address of the account's blob service"),
            KindSetting("container", nil, "container name"),
        ],
        sources: ["Upload files with IoT Hub", "Soft delete for blobs", "Blob Batch"])

    static let dpsEnrollment = PlannerEntry(
        .dpsEnrollment, "Device Provisioning Service registration and enrollment",
        erase: Meaning(
            .call, otherwise: [.attestation],
            """
            DELETE the registration and the individual enrollment. Behind an enrollment group the device could come \
            back; there the owner decides between a disabled enrollment, which keeps the id, and the group's removal
            """),
        export: Meaning(.call, "GET registration and enrollment"),
        route: DefaultRoute("device-provisioning", .source),
        times: DefaultTimes(worst: hour), typically: "seconds", batching: .oneByOne,
        rateLimit: RateLimit(unknownFor: "provisioning service", "not published per call; it answers 429"),
        settings: [
            KindSetting("host", nil, "host name of the provisioning service"),
            KindSetting(
                "group_policy", "\"attest\"",
                "behind an enrollment group: `attest` asks the owner, `disable` keeps a disabled enrollment"),
            KindSetting("requests_per_minute", "100", "the pace that the worker keeps", unverified: true),
        ],
        sources: ["How to unprovision devices", "Device Provisioning Service REST reference"])

    static let deviceRegistry = PlannerEntry(
        .deviceRegistry, "Azure Device Registry device",
        erase: Meaning(.call, "DELETE the device resource through ARM and follow the operation"),
        export: Meaning(.call, "GET the device resource"),
        route: DefaultRoute("device-registry", .source),
        times: DefaultTimes(worst: hour), typically: "minutes", batching: .oneByOne, rateLimit: armDeletes,
        settings: [KindSetting("namespace", nil, "resource id of the Device Registry namespace")],
        sources: ["Azure Device Registry ARM reference", "Understand how Resource Manager throttles requests"])

    static let deviceUpdate = PlannerEntry(
        .deviceUpdate, "Device Update device record",
        erase: Meaning(
            .call, otherwise: [.attestation],
            """
            There is no call: the service forgets the device when the hub tells it of the deletion, for which its own \
            lifecycle route must be enabled. GET the device until 404, then the vendor's support. Collected logs lie \
            below {device id}/ in a container of the instance's name: give that an endpoint of the kind \
            iot_hub_file_upload
            """),
        export: Meaning(.call, "GET device, health and deployment states"),
        route: DefaultRoute("device-update", .sinks),
        times: DefaultTimes(worst: 2 * day), typically: "hours", batching: .oneByOne,
        rateLimit: RateLimit(
            30, perMs: minute, scope: "instance",
            "30 reads of groups a minute; how many of single devices is not confirmed by a public page"),
        settings: [
            KindSetting("host", nil, "host name of the Device Update account"),
            KindSetting("instance", nil, "name of the instance"),
            KindSetting("requests_per_minute", "30", "the pace that the worker keeps", unverified: true),
            KindSetting(
                "removal_wait", "\"P1D\"", "how long to look for the 404 before the owner is asked", unverified: true),
        ],
        sources: ["Data privacy for Device Update for Azure IoT Hub", "Device Update limits"])

    static let desktopAnalytics = PlannerEntry(
        .desktopAnalytics, "Desktop Analytics tables (service retired)",
        erase: Meaning(
            .call, otherwise: [.retentionWait],
            """
            Purge the MA* and DH* tables by the device's aliases, after it has left the enrolled collections; daily \
            snapshots from a store that keeps 28 days may bring rows back
            """),
        export: Meaning(.call, "query the MA* and DH* tables by the device's aliases"),
        route: DefaultRoute("log-analytics", .logs),
        times: DefaultTimes(
            settle: logSettleMs, because: "the service stops processing a device 24 to 48 hours after it has left",
            worst: 30 * day, reverify: [day, 2 * day, 28 * day]),
        typically: "days; 30 at most, and 28 more to be sure", batching: .perCallUnverified(atMost: 200),
        rateLimit: purgeLimit,
        settings: logAnalyticsSettings,
        sources: ["Desktop Analytics data privacy", "Managing personal data in Azure Monitor Logs"])
}
