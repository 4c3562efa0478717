import SagaKernel

/// Turns the `settings` of an endpoint into the JSON that its connector gets.
struct SettingsReader {
    let limits: CatalogueLimits
    let findings: Findings

    /// The canonical text; nil when a fault was reported.
    func read(_ node: YAMLNode, path: String) -> String? {
        guard case .mapping = node.content else {
            if case .unusable = node.content { return nil }
            findings.fault(node, path, "is \(node.typeName); a mapping is expected")
            return nil
        }
        guard let value = json(node, path: path, depth: 1) else { return nil }
        let text = value.canonicalText
        guard text.utf8.count <= limits.settingsBytes else {
            findings.fault(
                node, path,
                "takes \(text.utf8.count) bytes as JSON; \(limits.settingsBytes) are allowed, for every task carries it"
            )
            return nil
        }
        return text
    }

    private func json(_ node: YAMLNode, path: String, depth: Int) -> JSONValue? {
        guard depth <= limits.settingsDepth else {
            findings.fault(node, path, "is nested deeper than \(limits.settingsDepth) levels")
            return nil
        }
        switch node.content {
        case .unusable: return nil
        case .scalar(let value):
            if case .string(let text) = value, Secrets.isInside(text) { warnOfSecret(node, path) }
            return value
        case .sequence(let elements):
            // Every element is looked at even after a fault: all faults are wanted.
            let values = elements.enumerated().map { json($1, path: "\(path)[\($0)]", depth: depth + 1) }
            return values.contains(nil) ? nil : .array(values.compactMap(\.self))
        case .mapping(let entries):
            var members: [String: JSONValue] = [:]
            var isWhole = true
            for entry in entries {
                let below = "\(path).\(Spelling.shown(entry.key))"
                guard entry.key.utf8.count <= 256 else {
                    findings.fault(
                        line: entry.line, column: entry.column, path: path, "a name of more than 256 bytes is too long")
                    isWhole = false
                    continue
                }
                if Secrets.isName(entry.key), case .scalar(.string) = entry.value.content {
                    warnOfSecret(entry.value, below)
                }
                guard let value = json(entry.value, path: below, depth: depth + 1) else {
                    isWhole = false
                    continue
                }
                members[entry.key] = value
            }
            return isWhole ? .object(members) : nil
        }
    }

    private func warnOfSecret(_ node: YAMLNode, _ path: String) {
        findings.warn(
            node, path, "looks like a secret; settings travel in every task, so keep it in the worker's configuration")
    }
}

/// What must not stand in a catalogue, because tasks carry it through the broker.
enum Secrets {
    static func isInside(_ text: String) -> Bool {
        let lower = text.lowercased()
        return [
            "accountkey=", "sharedaccesskey=", "sharedaccesssignature", "?sig=", "&sig=", "-----begin ", "password=",
        ].contains { lower.contains($0) }
    }

    static func isName(_ name: String) -> Bool {
        let lower = name.lowercased().filter { $0 != "_" && $0 != "-" }
        return [
            "connectionstring", "password", "secret", "accountkey", "primarykey", "secondarykey", "accesskey", "token",
        ]
        .contains { lower.hasSuffix($0) }
    }
}
