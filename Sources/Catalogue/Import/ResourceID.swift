/// An ARM resource id, whose names are compared without regard to case.
struct ResourceID: Hashable {
    /// As it was written.
    let text: String
    /// Type segments, lower case: `microsoft.eventhub/namespaces/eventhubs`.
    let type: String
    /// One name for each type segment behind the provider.
    let names: [String]

    init?(_ text: String?) {
        guard let text, Names.isResourceID(text) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let provider = parts.lastIndex(where: { $0.lowercased() == "providers" }), provider + 3 < parts.count
        else {
            return nil
        }
        var types = [parts[provider + 1].lowercased()]
        var names: [String] = []
        for index in stride(from: provider + 2, to: parts.count - 1, by: 2) {
            types.append(parts[index].lowercased())
            names.append(parts[index + 1])
        }
        self.text = text
        type = types.joined(separator: "/")
        self.names = names
    }

    static func == (left: ResourceID, right: ResourceID) -> Bool { left.text.lowercased() == right.text.lowercased() }

    func hash(into hasher: inout Hasher) { hasher.combine(text.lowercased()) }

    /// The name behind a type segment: of `…/namespaces/contoso/eventhubs/alerts`, `contoso` for `namespaces`.
    func name(of segment: String) -> String? {
        let segments = type.split(separator: "/").dropFirst()
        guard let index = segments.firstIndex(where: { $0 == segment.lowercased() }), index - 1 < names.count else {
            return nil
        }
        return names[index - 1]
    }

    var lastName: String { names.last ?? "" }

    /// This id up to the name behind a segment; all of it where there is no such segment.
    func upTo(_ segment: String) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard let index = parts.lastIndex(where: { $0.lowercased() == segment.lowercased() }), index + 1 < parts.count
        else { return text }
        return "/" + parts[...(index + 1)].joined(separator: "/")
    }

    /// The resource that an extension resource (an event subscription, a diagnostic setting) belongs to.
    static func parent(ofExtension text: String?) -> String? {
        guard let text, Names.isResourceID(text) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard let provider = parts.lastIndex(where: { $0.lowercased() == "providers" }) else { return nil }
        return "/" + parts[..<provider].joined(separator: "/")
    }
}

/// Where an endpoint lives, taken from an address or from the harmless parts of a connection string.
struct Address {
    /// Lower-case host name without port.
    var host: String?
    var entity: String?
    /// Storage account or namespace: the host's first label unless the connection string says it.
    var account: String?

    /// Reads the fields of a routing endpoint or of the file-upload settings.
    init(uri: String?, connectionString: String?) {
        host = uri.flatMap(Address.host)
        let parts = Address.parts(connectionString)
        for name in ["endpoint", "accountendpoint", "blobendpoint"] where host == nil {
            host = parts[name].flatMap(Address.host)
        }
        entity = parts["entitypath"]
        account = parts["accountname"] ?? host.flatMap { $0.split(separator: ".").first.map(String.init) }
        if host == nil, let account, let suffix = parts["endpointsuffix"] {
            host = Address.host("https://\(account).blob.\(suffix)")
        }
    }

    /// The only parts of a connection string that are ever looked at; keys and signatures are not among them.
    private static let harmless: Set<String> = [
        "endpoint", "accountendpoint", "blobendpoint", "entitypath", "accountname", "endpointsuffix",
    ]

    private static func parts(_ connectionString: String?) -> [String: String] {
        var parts: [String: String] = [:]
        for part in (connectionString ?? "").split(separator: ";") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals].lowercased()
            let value = String(part[part.index(after: equals)...])
            guard harmless.contains(name), !value.isEmpty, !value.contains("*"), isNameOrAddress(value) else {
                continue
            }
            parts[name] = value
        }
        return parts
    }

    private static func isNameOrAddress(_ text: String) -> Bool {
        text.utf8.count <= 512 && !text.contains("?") && Names.isOneLine(text)
    }

    /// The host of an address, without user, port, path and query; nil when it is none.
    static func host(_ uri: String) -> String? {
        let rest = uri.firstRange(of: "://").map { uri[$0.upperBound...] } ?? uri[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@").last?.prefix { $0 != ":" } ?? ""
        let text = host.lowercased()
        return Names.isHubHost(text) ? text : nil
    }
}
