import SagaKernel

/// One destination of an event subscription and the ways to describe it.
struct EventGridPlace {
    let subscription: EventGridImport.Subscription
    let destination: JSONValue

    private var properties: JSONValue? { destination.member("properties") }
    private var resource: ResourceID? { ResourceID(properties?.member("resourceId")?.text) }
    private var type: String { destination.member("endpointType")?.text?.lowercased() ?? "" }

    /// What is worth asking about this destination, beside the endpoint itself.
    var warning: String? {
        if type == "storagequeue", timeToLive == -1 {
            return "messages of this storage queue never expire; its owner is asked"
        }
        if needsResource, resource == nil { return "the destination's resource is not shown; it became an attestation" }
        return nil
    }

    private var needsResource: Bool { type != "webhook" && type != "monitoralert" }

    /// Ten years; a queue that keeps messages longer is one that never drops them.
    private static let longestTimeToLiveSeconds: Int64 = 10 * 365 * 86_400

    private var timeToLive: Int64? { properties?.member("queueMessageTimeToLiveInSeconds")?.int }

    /// nil for a type that is not known.
    func candidate() -> Candidate? {
        var candidate: Candidate
        switch type {
        case "webhook": candidate = webhook()
        case "azurefunction": candidate = function()
        case "eventhub": candidate = eventHub()
        case "servicebusqueue": candidate = serviceBus(.eventGridServiceBusQueue, key: "queue", segment: "queues")
        case "servicebustopic": candidate = serviceBus(.eventGridServiceBusTopic, key: "topic", segment: "topics")
        case "storagequeue": candidate = storageQueue()
        case "hybridconnection": candidate = plain(.eventGridHybridConnection)
        case "monitoralert": candidate = monitorAlert()
        case "namespacetopic": candidate = namespaceTopic()
        case "partnerdestination": candidate = plain(.eventGridPartner)
        default: return nil
        }
        let key =
            candidate.endpoint.kind == EndpointKind.eventGridServiceBusTopic.rawValue
            ? "event_subscriptions" : "subscriptions"
        candidate.settings[key] = .array([.string(subscription.name)])
        candidate.endpoint.settleMs = subscription.windowMs + PlannerTable.hour
        candidate.endpoint.resourceID = resource?.text
        if needsResource, resource == nil, !candidate.endpoint.awaitsOwner {
            candidate.askToComplete("The document does not show the destination")
        }
        return candidate
    }

    private func make(_ kind: EndpointKind, _ identity: String?) -> Candidate {
        Candidate(.eventGrid, kind, name: subscription.name, identity: identity ?? "subscription|\(subscription.name)")
    }

    private func plain(_ kind: EndpointKind) -> Candidate {
        make(kind, resource?.text)
    }

    private func webhook() -> Candidate {
        let base = properties?.member("endpointBaseUrl")?.text
        var candidate = make(.eventGridWebhook, base)
        // Only the host: paths of webhooks are often as secret as their queries.
        if let host = base.flatMap(Address.host) { candidate.settings["host"] = .string(host) }
        return candidate
    }

    private func function() -> Candidate {
        var candidate = make(.eventGridFunction, resource?.text)
        if let resource { candidate.settings["function"] = .string(resource.names.joined(separator: "/")) }
        return candidate
    }

    private func eventHub() -> Candidate {
        var candidate = make(.eventGridEventHub, resource?.text)
        if let namespace = resource?.name(of: "namespaces") { candidate.settings["namespace"] = .string(namespace) }
        if let hub = resource?.name(of: "eventhubs") { candidate.settings["event_hub"] = .string(hub) }
        EventHubNotes.add(&candidate)
        return candidate
    }

    private func serviceBus(_ kind: EndpointKind, key: String, segment: String) -> Candidate {
        var candidate = make(kind, resource?.text)
        if let namespace = resource?.name(of: "namespaces") { candidate.settings["namespace"] = .string(namespace) }
        if let entity = resource?.name(of: segment) { candidate.settings[key] = .string(entity) }
        candidate.notes.append(
            """
            The time to live of its messages is not shown. Where one is set: `connector: retention`, `actions: \
            [erase]`, settings.retention and worst_case. Dead letters never expire: give the dead-letter queue a \
            second endpoint with `connector: attestation`.
            """)
        return candidate
    }

    private func storageQueue() -> Candidate {
        let queue = properties?.member("queueName")?.text
        var candidate = make(.eventGridStorageQueue, resource.map { "\($0.text)|\(queue ?? "")" })
        if let account = resource?.name(of: "storageAccounts") { candidate.settings["account"] = .string(account) }
        if let queue { candidate.settings["queue"] = .string(queue) }
        guard let seconds = timeToLive else {
            candidate.settings["retention"] = "P7D"
            return candidate
        }
        if seconds == -1 {
            candidate.askOwner("Its messages never expire (time to live -1): the owner says when it was drained.")
        } else if (1...EventGridPlace.longestTimeToLiveSeconds).contains(seconds) {
            candidate.settings["retention"] = .string(ISODuration.format(seconds * 1_000))
            candidate.endpoint.worstCaseMs = seconds * 1_000 + PlannerTable.expiryMarginMs
        } else {
            candidate.askOwner(
                "Its time to live is not one that can be waited for: the owner says when it was drained.")
        }
        return candidate
    }

    private func monitorAlert() -> Candidate {
        let groups = (properties?.member("actionGroups")?.array ?? []).compactMap(\.text).filter(Names.isResourceID)
        var candidate = make(.eventGridMonitorAlert, groups.isEmpty ? nil : groups.sorted().joined(separator: ","))
        if !groups.isEmpty { candidate.settings["action_groups"] = .array(groups.map(JSONValue.string)) }
        return candidate
    }

    private func namespaceTopic() -> Candidate {
        var candidate = make(.eventGridNamespaceTopic, resource?.text)
        if let namespace = resource?.name(of: "namespaces") { candidate.settings["namespace"] = .string(namespace) }
        if let topic = resource?.name(of: "topics") { candidate.settings["topic"] = .string(topic) }
        candidate.settings["retention"] = "P7D"
        candidate.notes.append(
            "The topic's own subscriptions are not shown; those that push need endpoints of their own.")
        return candidate
    }
}
