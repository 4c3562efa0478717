import SagaKernel

/// Diagnostic settings: where the hub's resource logs go.
struct DiagnosticsImport {
    let draft: Draft
    let hubID: String?

    func add(_ settings: [ARMBody]) {
        for body in settings { add(Setting(body, hubID: hubID)) }
    }

    /// One diagnostic setting.
    struct Setting {
        let body: ARMBody
        /// Begins with the name of the resource where that is not the hub.
        let name: String
        /// Categories and groups that are switched on, as they are called.
        let categories: [String]
        let isComplete: Bool

        init(_ body: ARMBody, hubID: String?) {
            self.body = body
            let own = body.text("name") ?? ResourceID(body.text("id"))?.lastName ?? "diagnostics"
            let parent = ResourceID.parent(ofExtension: body.text("id"))
            if let parent, let hubID, parent.lowercased() != hubID.lowercased() {
                name = "\(ResourceID(parent)?.lastName ?? "other")-\(own)"
            } else {
                name = own
            }
            let logs = (body["properties", "logs"]?.array ?? []).filter { $0.member("enabled")?.bool != false }
            categories = logs.compactMap { $0.member("category")?.text ?? $0.member("categoryGroup")?.text }
            isComplete = logs.allSatisfy { $0.member("categoryGroup")?.text == nil }
        }

        /// What the platform calls the default event hubs of these categories; nil when a group of
        /// categories makes the list open.
        var stores: [JSONValue]? {
            guard isComplete, !categories.isEmpty else { return nil }
            return categories.map { .string("insights-logs-\($0.lowercased())") }
        }
    }

    /// Everything that a setting may hold; what else has a value may be a destination that is not known yet.
    private static let known: Set<String> = [
        "workspaceid", "storageaccountid", "eventhubauthorizationruleid", "eventhubname", "marketplacepartnerid",
        "servicebusruleid", "loganalyticsdestinationtype", "logs", "metrics",
    ]

    private func add(_ setting: Setting) {
        addWorkspace(setting)
        addArchive(setting)
        addEventHub(setting, "eventHubAuthorizationRuleId")
        addEventHub(setting, "serviceBusRuleId")
        addPartner(setting)
        let properties = setting.body["properties"]?.object ?? [:]
        for key in JSONValue.sortedNames(properties) where !DiagnosticsImport.known.contains(key.lowercased()) {
            guard let value = properties[key], !value.isNull else { continue }
            var unknown = Candidate(.logs, .other, name: "\(setting.name)-\(key)", identity: "\(setting.name)|\(key)")
            unknown.endpoint.stage = .logs
            unknown.endpoint.settleMs = PlannerTable.logSettleMs
            unknown.settings["destination_type"] = .string(key)
            unknown.notes.append("The import does not know this field of a diagnostic setting; its owner is asked.")
            draft.add(unknown)
            draft.warn(
                setting.body, "a field that is not known (\(Spelling.shown(key))) became an attestation; look at it")
        }
    }

    private func note(_ setting: Setting, _ candidate: inout Candidate) {
        candidate.notes.append(
            setting.categories.isEmpty
                ? "Diagnostic setting \(setting.name): no log category is switched on now; older logs may be there."
                : "Diagnostic setting \(setting.name): \(setting.categories.joined(separator: ", ")).")
    }

    /// The destination's id, as a resource where it can be read as one. An id that cannot be read is still a place.
    private func target(_ setting: Setting, _ key: String) -> (text: String, resource: ResourceID?)? {
        guard let text = setting.body.text("properties", key) else { return nil }
        let resource = ResourceID(text)
        if resource == nil { draft.warn(setting.body, "\(key) is not an ARM resource id; it became an attestation") }
        return (text, resource)
    }

    private func askIfUnreadable(_ candidate: inout Candidate, _ resource: ResourceID?) {
        if resource == nil {
            candidate.askToComplete("The destination cannot be read")
        }
    }

    private func addWorkspace(_ setting: Setting) {
        guard let target = target(setting, "workspaceId") else { return }
        var candidate = Candidate(
            .logs, .logAnalyticsWorkspace, name: "\(setting.name)-workspace", identity: target.text)
        candidate.endpoint.resourceID = target.resource?.text
        if let workspace = target.resource?.lastName { candidate.settings["workspace"] = .string(workspace) }
        note(setting, &candidate)
        candidate.notes.append(
            """
            Data export rules, summary, search-job and restored tables, replicas and a data lake mirror keep copies \
            that a purge does not reach; give those that exist endpoints of their own.
            """)
        askIfUnreadable(&candidate, target.resource)
        draft.add(candidate)
    }

    private func addArchive(_ setting: Setting) {
        guard let target = target(setting, "storageAccountId") else { return }
        var candidate = Candidate(.logs, .logStorageArchive, name: "\(setting.name)-archive", identity: target.text)
        candidate.endpoint.resourceID = target.resource?.text
        if let account = target.resource?.lastName { candidate.settings["account"] = .string(account) }
        note(setting, &candidate)
        askIfUnreadable(&candidate, target.resource)
        draft.add(candidate)
    }

    private func addEventHub(_ setting: Setting, _ key: String) {
        guard let target = target(setting, key) else { return }
        let named = setting.body.text("properties", "eventHubName")
        let namespace = target.resource.map { $0.upTo("namespaces") } ?? target.text
        var candidate = Candidate(
            .logs, .logEventHub, name: "\(setting.name)-event-hub", identity: "\(namespace)|\(named ?? "")")
        // Put together of two texts, so it has to be looked at again: a name with line breaks makes no id.
        let hub = named.flatMap { ResourceID("\(namespace)/eventhubs/\($0)") }
        if target.resource != nil { candidate.endpoint.resourceID = hub?.text ?? namespace }
        if let name = target.resource?.name(of: "namespaces") { candidate.settings["namespace"] = .string(name) }
        if let named {
            candidate.settings["event_hub"] = .string(named)
        } else if let stores = setting.stores {
            candidate.settings["event_hubs"] = .array(stores)
        }
        EventHubNotes.add(&candidate)
        note(setting, &candidate)
        if named == nil {
            candidate.notes.append(
                """
                No event hub is named, so each category has a hub of its own, as it seems insights-logs-<category>: \
                not confirmed by a public page, look at the namespace.
                """)
        }
        if key == "serviceBusRuleId" {
            draft.warn(setting.body, "serviceBusRuleId is an older way to name an event hub namespace; look at it")
            candidate.askOwner("Named by the older serviceBusRuleId: its owner says what it is.")
        }
        askIfUnreadable(&candidate, target.resource)
        if target.resource != nil, named != nil, hub == nil {
            candidate.askToComplete("The event hub's name cannot be read")
            draft.warn(setting.body, "eventHubName is not the name of an event hub; it became an attestation")
        }
        draft.add(candidate)
    }

    private func addPartner(_ setting: Setting) {
        guard let target = target(setting, "marketplacePartnerId") else { return }
        var candidate = Candidate(.logs, .logPartner, name: "\(setting.name)-partner", identity: target.text)
        candidate.endpoint.resourceID = target.resource?.text
        note(setting, &candidate)
        draft.add(candidate)
    }
}
