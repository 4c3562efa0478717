import SagaKernel

/// Reads one entry of `endpoints`.
struct EndpointReader {
    static let keys = [
        "id", "kind", "connector", "resource_id", "stage", "actions", "settle", "ack_timeout", "worst_case",
        "max_attempts", "backoff", "reverify", "settings",
    ]

    let limits: CatalogueLimits
    let findings: Findings

    /// nil when the entry cannot be used; every fault of it is then in `findings`. Where the kind is unknown the other
    /// fields are read all the same, so that one wrong word does not hide the rest.
    func read(_ node: YAMLNode, path: String) -> Endpoint? {
        guard let fields = FieldReader(node, path: path, allowed: EndpointReader.keys, findings: findings) else {
            return nil
        }
        let id = id(fields)
        let kind = kind(fields)
        let entry = PlannerTable.entry(for: kind ?? .other)
        var endpoint = entry.endpoint(id: id ?? "")
        route(fields, into: &endpoint)
        times(fields, into: &endpoint)
        if let settings = fields.value("settings") {
            endpoint.settingsJSON =
                SettingsReader(limits: limits, findings: findings)
                .read(settings, path: fields.path(of: "settings")) ?? endpoint.settingsJSON
        }
        if endpoint.connector == entry.route.connector { checkSettingNames(fields, entry) }
        checkRetention(fields, endpoint, entry)
        checkExports(fields, endpoint)
        entry.fillRetention(of: &endpoint)
        checkVerifications(fields, endpoint)
        return id == nil || kind == nil ? nil : endpoint
    }

    private func id(_ fields: FieldReader) -> String? {
        guard let id = fields.text("id") else {
            if fields.value("id") == nil { fields.missing("id") }
            return nil
        }
        guard Names.isEndpointID(id) else {
            fields.fault("id", "1 to 64 lower-case letters, digits, dots and hyphens are expected")
            return nil
        }
        return id
    }

    private func kind(_ fields: FieldReader) -> EndpointKind? {
        guard let name = fields.text("kind") else {
            if fields.value("kind") == nil { fields.missing("kind") }
            return nil
        }
        guard let kind = EndpointKind(rawValue: name) else {
            let near = Spelling.nearest(to: name, of: EndpointKind.allCases.map(\.rawValue))
            let help = near.map { "did you mean `\($0)`?" } ?? "`other` stands for a place that no kind describes"
            fields.fault("kind", "the kind `\(Spelling.shown(name))` is not known; \(help)")
            return nil
        }
        return kind
    }

    private func route(_ fields: FieldReader, into endpoint: inout Endpoint) {
        if let connector = fields.text("connector") {
            if Names.isConnector(connector) {
                endpoint.connector = connector
                endpoint.awaitsOwner = connector == Endpoint.attestationConnector
            } else {
                fields.fault("connector", "1 to 100 letters, digits, dots, hyphens and underscores are expected")
            }
        }
        if let resource = fields.text("resource_id") {
            if !resource.isEmpty, resource.utf8.count <= 2_048, Names.isOneLine(resource) {
                endpoint.resourceID = resource
            } else {
                fields.fault("resource_id", "one line of at most 2048 bytes is expected")
            }
        }
        if let stage = stage(fields) { endpoint.stage = stage }
        if let actions = actions(fields) { endpoint.actions = actions }
        if let attempts = fields.integer("max_attempts", in: 1...limits.attempts) { endpoint.maxAttempts = attempts }
    }

    private func stage(_ fields: FieldReader) -> Stage? {
        guard let name = fields.text("stage") else { return nil }
        switch Stage(name: name) {
        case .source?: return .source
        case .sinks?: return .sinks
        case .logs?: return .logs
        case .export?, .verify?:
            fields.fault("stage", "`\(name)` is made by the plan itself; source, sinks or logs is expected")
        case nil:
            fields.fault("stage", "`\(Spelling.shown(name))` is not known; source, sinks or logs is expected")
        }
        return nil
    }

    private func actions(_ fields: FieldReader) -> [TaskAction]? {
        guard let nodes = fields.list("actions") else { return nil }
        guard !nodes.isEmpty else {
            fields.fault("actions", "is empty; give export, erase or both, or remove the endpoint")
            return nil
        }
        var actions: [TaskAction] = []
        for (index, node) in nodes.enumerated() {
            let path = "\(fields.path(of: "actions"))[\(index)]"
            guard let name = FieldReader.text(node, path: path, findings: findings) else { continue }
            switch TaskAction(rawValue: name) {
            case .export?, .erase?:
                let action: TaskAction = name == TaskAction.export.rawValue ? .export : .erase
                if actions.contains(action) {
                    findings.fault(node, path, "`\(name)` is given twice")
                } else {
                    actions.append(action)
                }
            case .verify?: findings.fault(node, path, "verifications come from `reverify`; export or erase is expected")
            case nil:
                findings.fault(node, path, "`\(Spelling.shown(name))` is not known; export or erase is expected")
            }
        }
        // One order, so that two spellings of the same choice are the same plan.
        return actions.isEmpty ? nil : [TaskAction.export, .erase].filter(actions.contains)
    }

    private func times(_ fields: FieldReader, into endpoint: inout Endpoint) {
        let any = 0...limits.longestDurationMs
        if let settle = fields.duration("settle", in: any) { endpoint.settleMs = settle }
        if let worst = fields.duration("worst_case", in: any) { endpoint.worstCaseMs = worst }
        let ack = limits.shortestAckTimeoutMs...limits.longestAckTimeoutMs
        if let timeout = fields.duration("ack_timeout", in: ack) { endpoint.ackTimeoutMs = timeout }
        if let backoff = fields.value("backoff") {
            read(backoff: backoff, path: fields.path(of: "backoff"), into: &endpoint.backoff)
        }
        if let verifications = reverify(fields) { endpoint.reverifyMs = verifications }
    }

    private func read(backoff node: YAMLNode, path: String, into backoff: inout Backoff) {
        guard let fields = FieldReader(node, path: path, allowed: ["initial", "maximum"], findings: findings) else {
            return
        }
        let range = limits.shortestBackoffMs...limits.longestBackoffMs
        if let initial = fields.duration("initial", in: range) { backoff.initialMs = initial }
        if let maximum = fields.duration("maximum", in: range) { backoff.maximumMs = maximum }
        if backoff.initialMs > backoff.maximumMs {
            let initial = ISODuration.format(backoff.initialMs)
            let maximum = ISODuration.format(backoff.maximumMs)
            findings.fault(node, path, "begins with \(initial), which is more than its maximum \(maximum)")
        }
    }

    private func reverify(_ fields: FieldReader) -> [Int64]? {
        guard let nodes = fields.list("reverify") else { return nil }
        guard nodes.count <= limits.reverifications else {
            fields.fault("reverify", "has \(nodes.count) entries; at most \(limits.reverifications) are allowed")
            return nil
        }
        var times: [Int64] = []
        for (index, node) in nodes.enumerated() {
            let path = "\(fields.path(of: "reverify"))[\(index)]"
            let range = 1...limits.longestDurationMs
            guard let time = FieldReader.duration(node, path: path, in: range, findings: findings) else { continue }
            if let last = times.last, time <= last {
                findings.fault(node, path, "is not later than the one before it")
            }
            times.append(time)
        }
        return times.count == nodes.count ? times : nil
    }

    private func checkVerifications(_ fields: FieldReader, _ endpoint: Endpoint) {
        guard !endpoint.reverifyMs.isEmpty, !endpoint.actions.contains(.erase), fields.value("reverify") != nil else {
            return
        }
        fields.fault("reverify", "verifies an erasure, but `actions` has no erase")
    }

    /// The connector `retention` can do one thing, and must know how long.
    private func checkRetention(_ fields: FieldReader, _ endpoint: Endpoint, _ entry: PlannerEntry) {
        guard endpoint.connector == PlannerTable.retentionConnector else { return }
        if endpoint.actions.contains(.export) {
            fields.warn("actions", "the connector `retention` only waits and exports nothing; give `actions: [erase]`")
        }
        for name in ["retention", "margin"] {
            guard let node = settingsMember(name, of: fields) else { continue }
            _ = FieldReader.duration(
                node, path: "\(fields.path(of: "settings")).\(name)", in: 0...limits.longestDurationMs,
                findings: findings)
        }
        let hasDefault = entry.settings.contains { $0.name == "retention" && $0.defaultJSON != nil }
        guard settingsMember("retention", of: fields) == nil, !hasDefault else { return }
        fields.fault("settings", "the connector `retention` needs `retention`, the time after which data are gone")
    }

    /// The connector `directory` refuses exports that have nowhere to go.
    private func checkExports(_ fields: FieldReader, _ endpoint: Endpoint) {
        guard endpoint.connector == PlannerTable.directoryConnector, endpoint.actions.contains(.export),
            fields.value("settings") != nil, settingsMember("export_path", of: fields) == nil
        else { return }
        fields.warn(
            "settings", "without `export_path` every export fails; give it, or `actions: [erase]` where none is wanted")
    }

    /// Settings are the connector's own and may hold anything; a name that is nearly one of its names is likely to be
    /// meant as that one.
    private func checkSettingNames(_ fields: FieldReader, _ entry: PlannerEntry) {
        guard case .mapping(let members)? = fields.value("settings")?.content else { return }
        let names = entry.settings.map(\.name)
        for member in members where member.key.utf8.count > 4 && !names.contains(member.key) {
            guard let near = Spelling.nearest(to: member.key, of: names) else { continue }
            findings.warn(
                member.value, "\(fields.path(of: "settings")).\(Spelling.shown(member.key))",
                "is not a setting of this kind; did you mean `\(near)`?")
        }
    }

    private func settingsMember(_ name: String, of fields: FieldReader) -> YAMLNode? {
        guard case .mapping(let entries)? = fields.value("settings")?.content else { return nil }
        return entries.first { $0.key == name }?.value
    }
}
