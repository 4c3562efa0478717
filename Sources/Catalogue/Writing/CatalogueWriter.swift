import SagaKernel

/// Why a catalogue cannot be written.
public enum CatalogueWriterFailure: Error, Hashable, Sendable {
    /// The settings of the endpoint with this id are no JSON object; whoever built the endpoint has to give one.
    case settingsAreNoObject(endpointID: String)
}

/// Writes a catalogue as the file that `CatalogueFile` reads back: the same catalogue gives the same bytes, and a field
/// that has its kind's default is left out.
public struct CatalogueWriter: Sendable {
    /// Lines of a comment at the top.
    public var header: [String] = []
    /// Sentences that stand as comments above an endpoint, by its id.
    public var notes: [String: [String]] = [:]

    public init(header: [String] = [], notes: [String: [String]] = [:]) {
        self.header = header
        self.notes = notes
    }

    public func write(_ catalogue: Catalogue) throws(CatalogueWriterFailure) -> String {
        var lines = header.flatMap { YAMLText.comment($0, indent: "") }
        if catalogue.hubs.isEmpty {
            lines.append("hubs: []")
        } else {
            lines.append("hubs:")
            for hub in catalogue.hubs { try write(hub, to: &lines) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func write(_ hub: Catalogue.Hub, to lines: inout [String]) throws(CatalogueWriterFailure) {
        lines.append("  - host: \(YAMLText.scalar(hub.host))")
        if let resourceID = hub.resourceID { lines.append("    resource_id: \(YAMLText.scalar(resourceID))") }
        lines.append(hub.endpoints.isEmpty ? "    endpoints: []" : "    endpoints:")
        for endpoint in hub.endpoints { try write(endpoint, to: &lines) }
        write(hub.disclosures, to: &lines)
    }

    private func write(_ endpoint: Endpoint, to lines: inout [String]) throws(CatalogueWriterFailure) {
        let indent = "        "
        for note in notes[endpoint.id] ?? [] { lines += YAMLText.comment(note, indent: "      ") }
        lines.append("      - id: \(YAMLText.scalar(endpoint.id))")
        lines.append("\(indent)kind: \(YAMLText.scalar(endpoint.kind))")
        for (key, value) in fields(endpoint) { lines.append("\(indent)\(key): \(value)") }
        let settings = try settings(of: endpoint)
        guard !settings.isEmpty else { return }
        lines.append("\(indent)settings:")
        write(settings, indent: indent + "  ", to: &lines)
    }

    /// Everything but id, kind and settings that differs from the kind's defaults.
    private func fields(_ endpoint: Endpoint) -> [(String, String)] {
        let kind = EndpointKind(rawValue: endpoint.kind) ?? .other
        let usual = PlannerTable.entry(for: kind).endpoint(id: endpoint.id)
        var fields: [(String, String)] = []
        func add(_ key: String, _ value: String, _ isUsual: Bool) {
            if !isUsual { fields.append((key, value)) }
        }
        add("connector", YAMLText.scalar(endpoint.connector), endpoint.connector == usual.connector)
        if let resourceID = endpoint.resourceID { add("resource_id", YAMLText.scalar(resourceID), false) }
        add("stage", endpoint.stage.name, endpoint.stage == usual.stage)
        let actions = endpoint.actions.map(\.rawValue).joined(separator: ", ")
        add("actions", "[\(actions)]", endpoint.actions == usual.actions)
        add("settle", ISODuration.format(endpoint.settleMs), endpoint.settleMs == usual.settleMs)
        add("ack_timeout", ISODuration.format(endpoint.ackTimeoutMs), endpoint.ackTimeoutMs == usual.ackTimeoutMs)
        add("worst_case", ISODuration.format(endpoint.worstCaseMs), endpoint.worstCaseMs == usual.worstCaseMs)
        add("max_attempts", String(endpoint.maxAttempts), endpoint.maxAttempts == usual.maxAttempts)
        let initial = ISODuration.format(endpoint.backoff.initialMs)
        let maximum = ISODuration.format(endpoint.backoff.maximumMs)
        add("backoff", "{ initial: \(initial), maximum: \(maximum) }", endpoint.backoff == usual.backoff)
        let times = endpoint.reverifyMs.map(ISODuration.format).joined(separator: ", ")
        add("reverify", "[\(times)]", endpoint.reverifyMs == usual.reverifyMs)
        return fields
    }

    private func write(_ disclosures: [Disclosure], to lines: inout [String]) {
        guard !disclosures.isEmpty else { return }
        lines.append("    disclosures:")
        for disclosure in disclosures {
            let reason = KnownDisclosure(rawValue: disclosure.system)?.reason ?? KnownDisclosure.declared
            let system = YAMLText.scalar(disclosure.system)
            lines.append(
                disclosure.reason == reason
                    ? "      - \(system)"
                    : "      - { system: \(system), reason: \(YAMLText.scalar(disclosure.reason)) }")
        }
    }
}

extension CatalogueWriter {
    private func settings(of endpoint: Endpoint) throws(CatalogueWriterFailure) -> [String: JSONValue] {
        let value: JSONValue
        do {
            value = try JSONParser.parse(Array(endpoint.settingsJSON.utf8))
        } catch {
            throw .settingsAreNoObject(endpointID: endpoint.id)
        }
        guard let members = value.object else { throw .settingsAreNoObject(endpointID: endpoint.id) }
        return members
    }

    /// Block style with sorted names.
    private func write(_ members: [String: JSONValue], indent: String, to lines: inout [String]) {
        for name in JSONValue.sortedNames(members) {
            guard let value = members[name] else { continue }
            let key = YAMLText.scalar(name)
            if let inner = value.object, !inner.isEmpty {
                lines.append("\(indent)\(key):")
                write(inner, indent: indent + "  ", to: &lines)
            } else {
                lines.append("\(indent)\(key): \(flow(value))")
            }
        }
    }

    private func flow(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let truth): truth ? "true" : "false"
        case .number(let lexeme): lexeme
        case .string(let text): YAMLText.scalar(text)
        case .array(let values): "[\(values.map(flow).joined(separator: ", "))]"
        case .object(let members):
            members.isEmpty
                ? "{}" : "{ \(JSONValue.sortedNames(members).map { pair($0, members) }.joined(separator: ", ")) }"
        }
    }

    private func pair(_ name: String, _ members: [String: JSONValue]) -> String {
        "\(YAMLText.scalar(name)): \(flow(members[name] ?? .null))"
    }
}
