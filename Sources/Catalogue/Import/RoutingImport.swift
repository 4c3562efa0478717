import SagaKernel

/// Routing endpoints and the routes that feed them.
struct RoutingImport {
    private let draft: Draft
    /// Names of endpoints, lower case, with the names of the routes that are enabled for them.
    private(set) var routes: [String: [String]] = [:]
    private var sawEventStreams = false
    private var found: [(name: String, candidate: Candidate)] = []

    /// Names that every hub has without listing them.
    private static let reserved: Set<String> = ["events", "filenotifications", "$default"]

    init(draft: Draft) {
        self.draft = draft
    }

    mutating func read(_ body: ARMBody) {
        guard let lists = body["properties", "routing", "endpoints"]?.object else {
            draft.warn(
                body.document, "properties.routing.endpoints",
                "the document shows no routing endpoints at all; make sure that it is the whole answer")
            return
        }
        for key in JSONValue.sortedNames(lists) {
            let path = "properties.routing.endpoints.\(key)"
            if key.lowercased() == "eventstreams" { sawEventStreams = true }
            guard let values = lists[key]?.array else {
                if lists[key]?.isNull == false { addUnknown(body.child(path, .null), list: key, index: 0, .null) }
                continue
            }
            for (index, value) in values.enumerated() {
                add(body.child("\(path)[\(index)]", value), list: key, index: index)
            }
        }
    }

    private mutating func add(_ body: ARMBody, list: String, index: Int) {
        guard let name = body.text("name") else {
            addUnknown(body, list: list, index: index, body.value)
            return
        }
        let address = Address(uri: body.text("endpointUri"), connectionString: body["connectionString"]?.string)
        let place = Place(body: body, name: name, address: address)
        let candidate: Candidate
        switch list.lowercased() {
        case "servicebusqueues": candidate = place.serviceBus(.serviceBusQueue, entityKey: "queue", segment: "queues")
        case "servicebustopics": candidate = place.serviceBus(.serviceBusTopic, entityKey: "topic", segment: "topics")
        case "eventhubs": candidate = place.eventHub()
        case "storagecontainers": candidate = place.storage()
        case "cosmosdbsqlcontainers", "cosmosdbsqlcollections": candidate = place.cosmos()
        case "eventstreams": candidate = place.eventStream()
        default:
            addUnknown(body, list: list, index: index, body.value)
            return
        }
        if !place.isComplete, !candidate.endpoint.awaitsOwner {
            var asked = candidate
            asked.askToComplete("The document does not show where this is")
            draft.warn(body, "the endpoint's address is not shown; it became an attestation")
            found.append((name.lowercased(), asked))
        } else {
            found.append((name.lowercased(), candidate))
        }
    }

    private mutating func addUnknown(_ body: ARMBody, list: String, index: Int, _ value: JSONValue) {
        let name = value.member("name")?.text
        var unknown = Candidate(
            .routing, .other, name: name ?? "\(list)-\(index + 1)", identity: "\(list)|\(name ?? "\(index)")")
        unknown.endpoint.settleMs = PlannerTable.routingSettleMs
        unknown.settings["endpoint_type"] = .string(list)
        unknown.notes.append("The import does not know routing endpoints of this type; its owner is asked.")
        draft.warn(body, "a routing endpoint that is not known became an attestation; look at it")
        found.append((name?.lowercased() ?? "", unknown))
    }

    /// Routes and enrichments; after every endpoint of every document is known.
    mutating func readRoutes(_ body: ARMBody) {
        var all = body["properties", "routing", "routes"]?.array ?? []
        if let fallback = body["properties", "routing", "fallbackRoute"], fallback.object != nil {
            all.append(fallback)
        }
        for route in all {
            let name = route.member("name")?.text ?? "a route without a name"
            for target in route.member("endpointNames")?.array ?? [] {
                guard let target = target.text?.lowercased() else { continue }
                let isEnabled = route.member("isEnabled")?.bool != false
                if isEnabled, routes[target]?.contains(name) != true { routes[target, default: []].append(name) }
                if !isEnabled, routes[target] == nil { routes[target] = [] }
            }
        }
        noteUpdateRoutes(all, body)
        for (index, enrichment) in (body["properties", "routing", "enrichments"]?.array ?? []).enumerated() {
            guard enrichment.member("value")?.text?.lowercased().hasPrefix("$twin") == true else { continue }
            let key = enrichment.member("key")?.text ?? "without a key"
            draft.warn(
                body.document, "properties.routing.enrichments[\(index)]",
                "the enrichment `\(Spelling.shown(key))` copies a twin value into every message it is applied to")
        }
    }

    /// Device Update makes routes of its own on the hubs that it manages; they are the only sign of it here.
    private func noteUpdateRoutes(_ all: [JSONValue], _ body: ARMBody) {
        let own = all.filter { $0.member("name")?.text?.lowercased().hasPrefix("deviceupdate.") == true }
        guard !own.isEmpty else { return }
        var update = Candidate(.hub, .deviceUpdate, name: "device-update", identity: "")
        update.askOwner(
            "Routes of Device Update were found: set settings.host and settings.instance, then remove `connector`.")
        draft.add(update)
        draft.warn(
            body.document, "properties.routing.routes",
            "the hub is managed by Device Update, whose instance is not shown")
        let lifecycle = own.contains {
            $0.member("source")?.text?.lowercased() == "devicelifecycleevents" && $0.member("isEnabled")?.bool == true
        }
        if !lifecycle {
            draft.warn(
                body.document, "properties.routing.routes",
                "Device Update's route of DeviceLifecycleEvents is missing or disabled: it would not learn of deletions"
            )
        }
    }

    mutating func finish(_ body: ARMBody?) {
        for (name, candidate) in found {
            var candidate = candidate
            if let feeding = routes[name], !feeding.isEmpty {
                candidate.notes.insert("Fed by: \(feeding.joined(separator: ", ")).", at: 0)
            } else {
                candidate.notes.insert("No enabled route feeds it now; it may hold data from before.", at: 0)
            }
            draft.add(candidate)
        }
        let known = Set(found.map(\.name)).union(RoutingImport.reserved)
        for target in routes.keys.sorted() where !known.contains(target) {
            var missing = Candidate(.routing, .other, name: target, identity: "route-target|\(target)")
            missing.endpoint.settleMs = PlannerTable.routingSettleMs
            missing.notes.append("A route names this endpoint, and no list of endpoints shows it; its owner is asked.")
            draft.add(missing)
            draft.warn(
                body?.document ?? "", "properties.routing.routes",
                "a route leads to `\(Spelling.shown(target))`, which is not listed; it became an attestation")
        }
        if !sawEventStreams {
            draft.warn(
                body?.document ?? "", "properties.routing.endpoints",
                """
                Fabric event streams were not checked: no document has `eventStreams`; give the answer of \
                api-version 2026-05-01-preview as one more hub document
                """)
        }
    }
}
