import SagaKernel

/// What the hub's own document says: the identity, the built-in endpoint, file upload, routes and what they carry.
final class HubImport {
    let draft: Draft
    let host: String
    let resourceID: String?
    private(set) var bodies: [ARMBody] = []

    private init(draft: Draft, host: String, resourceID: String?) {
        self.draft = draft
        self.host = host
        self.resourceID = resourceID
    }

    /// nil, with a fault, when the document is not a hub, or another hub than the one before.
    static func read(_ body: ARMBody, after first: HubImport?, draft: Draft) -> HubImport? {
        guard body.text("type")?.lowercased() == "microsoft.devices/iothubs", body["properties"]?.object != nil else {
            draft.fault(body.document, "type", "a resource of the type Microsoft.Devices/IotHubs is expected")
            return first
        }
        guard let name = body.text("properties", "hostName"), Names.isHubHost(name) else {
            draft.fault(body.document, "properties.hostName", "the hub's host name is missing")
            return first
        }
        let hub =
            first
            ?? HubImport(
                draft: draft, host: name.lowercased(), resourceID: body.text("id").flatMap { ResourceID($0)?.text })
        guard hub.host == name.lowercased() else {
            draft.fault(body.document, "properties.hostName", "this is another hub; import one hub at a time")
            return first
        }
        hub.bodies.append(body)
        return hub
    }

    func finish() {
        var routing = RoutingImport(draft: draft)
        for body in bodies {
            routing.read(body)
            routing.readRoutes(body)
        }
        routing.finish(bodies.first)
        for body in bodies {
            addRegistry(body)
            addBuiltin(body, feeding: routing.routes["events"] ?? [])
            addFileUpload(body)
            addDeviceRegistry(body)
        }
        warnOfTheUnseen()
    }

    private func addRegistry(_ body: ARMBody) {
        var registry = Candidate(.hub, .iotHubRegistry, name: "registry", identity: "")
        if let sku = body.text("sku", "name") { registry.settings["sku"] = .string(sku) }
        if let units = body["sku", "capacity"]?.int { registry.settings["units"] = .number(String(units)) }
        draft.add(registry)
    }

    private func addBuiltin(_ body: ARMBody, feeding: [String]) {
        let hubs = body["properties", "eventHubEndpoints"]?.object ?? [:]
        var builtin = Candidate(.hub, .iotHubBuiltinEndpoint, name: "builtin", identity: "")
        if let events = hubs["events"] {
            let address = Address(uri: events.member("endpoint")?.text, connectionString: nil)
            if let host = address.host { builtin.settings["host"] = .string(host) }
            if let path = events.member("path")?.text { builtin.settings["event_hub"] = .string(path) }
            if let days = events.member("retentionTimeInDays")?.int, (1...7).contains(days) {
                builtin.settings["configured_retention"] = .string("P\(days)D")
            }
        }
        builtin.settings["retention"] = "P7D"
        builtin.notes.append(
            feeding.isEmpty
                ? "No enabled route feeds it, not even the fallback; it may hold data from before."
                : "Fed by: \(feeding.joined(separator: ", ")).")
        builtin.notes.append(
            "The hub's setting is the least it keeps; small volumes stay up to 7 days, which is what is waited for.")
        draft.add(builtin)
        for name in JSONValue.sortedNames(hubs) where name != "events" {
            addUnknown(body, "properties.eventHubEndpoints.\(name)", name: name, "an unknown built-in endpoint")
        }
    }

    private func addFileUpload(_ body: ARMBody) {
        let endpoints = body["properties", "storageEndpoints"]?.object ?? [:]
        for key in JSONValue.sortedNames(endpoints) {
            guard let value = endpoints[key], let container = value.member("containerName")?.text else { continue }
            let address = Address(
                uri: value.member("endpointUri")?.text, connectionString: value.member("connectionString")?.string)
            let name = key == "$default" ? "file-upload" : "file-upload-\(key)"
            var upload = Candidate(.hub, .iotHubFileUpload, name: name, identity: "\(key)|\(container)")
            upload.settings["container"] = .string(container)
            StoragePlace.fill(&upload, address)
            if let ttl = value.member("sasTtlAsIso8601")?.text {
                upload.endpoint.settleMs = uploadMs(ttl, body, key) + 5 * PlannerTable.minute
            }
            if address.account == nil {
                upload.askOwner(
                    "The document does not show the storage account: set settings.account and remove `connector`.")
                draft.warn(
                    body.document, "properties.storageEndpoints.\(key)",
                    "the storage account of file uploads is not shown")
            }
            if body["properties", "enableFileUploadNotifications"]?.bool == true {
                upload.notes.append(
                    "Upload notifications name the device too; the hub drops them after 48 hours at most.")
            }
            draft.add(upload)
        }
    }

    /// How long an upload permission lasts, in milliseconds: a minute to a day (`StorageEndpointProperties` of the REST
    /// interface). What is no such time is taken for the longest, since too long a wait misses nothing.
    private func uploadMs(_ text: String, _ body: ARMBody, _ key: String) -> Int64 {
        if let milliseconds = ISODuration.parse(text), (1...PlannerTable.day).contains(milliseconds) {
            return milliseconds
        }
        draft.warn(
            body.document, "properties.storageEndpoints.\(key).sasTtlAsIso8601",
            "is no time of at most a day; a day is waited for")
        return PlannerTable.day
    }

    private func addDeviceRegistry(_ body: ARMBody) {
        guard let registry = body["properties", "deviceRegistry"], registry.object?.isEmpty == false else { return }
        guard let namespace = registry.member("namespaceResourceId")?.text else {
            addUnknown(
                body, "properties.deviceRegistry", name: "device-registry", "a device registry without a namespace")
            return
        }
        var candidate = Candidate(.hub, .deviceRegistry, name: "device-registry", identity: namespace)
        candidate.endpoint.resourceID = Names.isResourceID(namespace) ? namespace : nil
        candidate.settings["namespace"] = .string(namespace)
        draft.add(candidate)
    }

    private func addUnknown(_ body: ARMBody, _ path: String, name: String, _ what: String) {
        var unknown = Candidate(.hub, .other, name: name, identity: path)
        unknown.settings["question"] = .string("What does \(path) hold, and is it gone?")
        unknown.notes.append("The import does not know this: \(what).")
        draft.add(unknown)
        draft.warn(body.document, path, "\(what) became an attestation; look at it")
    }

    /// What was removed from the hub is listed nowhere, and what others built behind it is listed elsewhere.
    func addFormerEndpoints() {
        var former = Candidate(.owner, .formerEndpoint, name: "former-endpoints", identity: "")
        former.settings["question"] =
            """
            Were routing endpoints, event subscriptions or diagnostic settings removed that still hold data of this \
            device?
            """
        former.notes.append(
            """
            Removed endpoints cannot be discovered, so every request asks the owner. Remove this entry once it is \
            certain that there are none, or list them one by one.
            """)
        draft.add(former)
        draft.warn("", "", "former-endpoints asks the owner with every request; remove it once nothing is left to ask")
    }

    private func warnOfTheUnseen() {
        guard let body = bodies.first else { return }
        draft.warn(
            body.document, "",
            """
            provisioning services, Device Update instances and Event Hubs Capture are not part of the hub's document; \
            add dps_enrollment, device_update and event_hub_capture endpoints where they exist
            """)
    }
}

/// How every kind that lives in a storage account says where.
enum StoragePlace {
    static func fill(_ candidate: inout Candidate, _ address: Address) {
        if let account = address.account { candidate.settings["account"] = .string(account) }
        if let host = address.host { candidate.settings["blob_endpoint"] = .string("https://\(host)") }
    }
}
