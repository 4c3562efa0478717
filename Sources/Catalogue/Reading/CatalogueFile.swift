import SagaKernel

/// The catalogue as a YAML file (contract §8).
public enum CatalogueFile {
    /// Reads the text of a file. Every fault that can be found is reported with its line, not only the first; with one
    /// fault there is no catalogue, because a coordinator that starts with half of its endpoints would forget data.
    public static func read(_ text: String, limits: CatalogueLimits = CatalogueLimits()) -> CatalogueReading {
        let findings = Findings()
        var catalogue: Catalogue?
        if text.utf8.count > limits.fileBytes {
            findings.fault(
                line: 1, column: 1, path: "", "the file has \(text.utf8.count) bytes; \(limits.fileBytes) are allowed")
        } else {
            let body = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
            catalogue = CatalogueReader(limits: limits, findings: findings).read(body)
        }
        let faults = Findings.sorted(findings.faults)
        return CatalogueReading(
            catalogue: faults.isEmpty ? catalogue : nil, faults: faults, warnings: Findings.sorted(findings.warnings))
    }

    /// Reads the bytes of a file, which must be UTF-8.
    public static func read(bytes: some Sequence<UInt8>, limits: CatalogueLimits = CatalogueLimits())
        -> CatalogueReading
    {
        guard let text = String(validating: Array(bytes), as: UTF8.self) else {
            let fault = CatalogueFault(line: 1, column: 1, path: "", message: "the file is not UTF-8")
            return CatalogueReading(catalogue: nil, faults: [fault], warnings: [])
        }
        return read(text, limits: limits)
    }
}

/// Reads hubs and what is unique among them.
private struct CatalogueReader {
    let limits: CatalogueLimits
    let findings: Findings

    func read(_ text: String) -> Catalogue? {
        guard let root = YAMLDocument.read(text, findings: findings) else {
            if findings.faults.isEmpty { empty(line: 1, column: 1) }
            return nil
        }
        if case .scalar(.null) = root.content {
            empty(line: root.line, column: root.column)
            return nil
        }
        guard let fields = FieldReader(root, path: "", allowed: ["hubs"], findings: findings) else { return nil }
        guard let nodes = fields.list("hubs") else {
            if fields.value("hubs") == nil { fields.missing("hubs") }
            return nil
        }
        if nodes.isEmpty { fields.fault("hubs", "is empty; a catalogue names at least one hub") }
        var seen = Seen()
        let hubs = nodes.enumerated().compactMap { read($1, path: "hubs[\($0)]", &seen) }
        return hubs.count == nodes.count ? Catalogue(hubs: hubs) : nil
    }

    private func empty(line: Int, column: Int) {
        findings.fault(line: line, column: column, path: "", "the file is empty; `hubs` is missing")
    }

    /// Lines of the first use of every name that may be used once.
    private struct Seen {
        var hosts: [String: Int] = [:]
        var ids: [String: Int] = [:]
    }

    private func read(_ node: YAMLNode, path: String, _ seen: inout Seen) -> Catalogue.Hub? {
        let allowed = ["host", "resource_id", "endpoints", "disclosures"]
        guard let fields = FieldReader(node, path: path, allowed: allowed, findings: findings) else { return nil }
        let host = host(fields, &seen)
        var resourceID: String?
        if let text = fields.text("resource_id") {
            if Names.isResourceID(text) {
                resourceID = text
            } else {
                fields.fault("resource_id", "an ARM resource id is expected: /subscriptions/…")
            }
        }
        let endpoints = endpoints(fields, &seen)
        let disclosures = disclosures(fields)
        guard let host, let endpoints else { return nil }
        return Catalogue.Hub(host: host, resourceID: resourceID, endpoints: endpoints, disclosures: disclosures)
    }

    private func host(_ fields: FieldReader, _ seen: inout Seen) -> String? {
        guard let text = fields.text("host") else {
            if fields.value("host") == nil { fields.missing("host") }
            return nil
        }
        guard Names.isHubHost(text) else {
            fields.fault("host", "a host name alone is expected, such as contoso.azure-devices.net")
            return nil
        }
        let host = text.lowercased()
        let line = fields.value("host")?.line ?? fields.node.line
        if let first = seen.hosts[host] {
            fields.fault("host", "the hub stands on line \(first) already")
            return nil
        }
        seen.hosts[host] = line
        return host
    }

    private func endpoints(_ fields: FieldReader, _ seen: inout Seen) -> [Endpoint]? {
        guard let nodes = fields.list("endpoints") else {
            if fields.value("endpoints") == nil { fields.missing("endpoints") }
            return nil
        }
        if nodes.isEmpty {
            fields.fault("endpoints", "is empty; an erasure would be complete without having done anything")
        }
        if nodes.count > limits.endpointsPerHub {
            fields.fault(
                "endpoints",
                "has \(nodes.count) entries; limits.endpoints_per_hub allows \(limits.endpointsPerHub)")
        }
        let reader = EndpointReader(limits: limits, findings: findings)
        var endpoints: [Endpoint] = []
        for (index, node) in nodes.enumerated() {
            let path = "\(fields.path(of: "endpoints"))[\(index)]"
            guard let endpoint = reader.read(node, path: path) else { continue }
            if let first = seen.ids[endpoint.id] {
                findings.fault(
                    node, "\(path).id", "`\(endpoint.id)` is used on line \(first) already; ids are unique in the file")
                continue
            }
            seen.ids[endpoint.id] = node.line
            endpoints.append(endpoint)
        }
        if !nodes.isEmpty, !endpoints.contains(where: { $0.stage == .source && $0.actions.contains(.erase) }) {
            fields.warn(
                "endpoints", "no endpoint of the stage source erases: devices could go on sending while sinks are swept"
            )
        }
        return endpoints.count == nodes.count ? endpoints : nil
    }

    private func disclosures(_ fields: FieldReader) -> [Disclosure] {
        var disclosures: [Disclosure] = []
        for (index, node) in (fields.list("disclosures") ?? []).enumerated() {
            let path = "\(fields.path(of: "disclosures"))[\(index)]"
            guard let disclosure = disclosure(node, path: path) else { continue }
            if disclosures.contains(where: { $0.system == disclosure.system }) {
                findings.fault(node, path, "`\(disclosure.system)` is given twice")
            } else {
                disclosures.append(disclosure)
            }
        }
        return disclosures
    }

    /// A name alone, or a name with a reason of its own.
    private func disclosure(_ node: YAMLNode, path: String) -> Disclosure? {
        if case .mapping = node.content {
            guard let fields = FieldReader(node, path: path, allowed: ["system", "reason"], findings: findings) else {
                return nil
            }
            guard let system = word("system", fields), let reason = word("reason", fields) else { return nil }
            return Disclosure(system: system, reason: reason)
        }
        guard let system = FieldReader.text(node, path: path, findings: findings) else { return nil }
        guard Names.isWord(system) else {
            findings.fault(node, path, "1 to 64 lower-case letters, digits and . - _ are expected")
            return nil
        }
        if let known = KnownDisclosure(rawValue: system) { return known.disclosure }
        let near = Spelling.nearest(to: system, of: KnownDisclosure.allCases.map(\.rawValue))
        let help = near.map { "did you mean `\($0)`? " } ?? ""
        findings.warn(node, path, "is not a system known here; \(help)its reason becomes `\(KnownDisclosure.declared)`")
        return Disclosure(system: system, reason: KnownDisclosure.declared)
    }

    private func word(_ key: String, _ fields: FieldReader) -> String? {
        guard let text = fields.text(key) else {
            if fields.value(key) == nil { fields.missing(key) }
            return nil
        }
        guard Names.isWord(text) else {
            fields.fault(key, "1 to 64 lower-case letters, digits and . - _ are expected")
            return nil
        }
        return text
    }
}
