/// The `settings` of an endpoint whose connector is `webhook`.
///
/// | key | default | |
/// |---|---|---|
/// | `url` | required | `https`; `http` on this machine, or where the worker allows it |
/// | `secret_name` | required | a secret of the worker's; it signs the tasks and the owner's late answers |
/// | `timeout_seconds` | 30 | 1…600, from connecting to the last byte of the answer |
/// | `headers` | none | fixed headers, name to value |
/// | `absent_statuses` | `[410]` | which of 404 and 410 mean "nothing is here"; the other is `not_found` |
/// | `poll_seconds` | 3600 | 1…2592000: when to ask again after `202` without `Retry-After` |
///
/// A server also answers 404 to an address that it does not have: with 404 among `absent_statuses` a mistyped `url`, or
/// a route that was removed, completes every erasure. Give it only where that cannot be confused, and test the address.
struct WebhookSettings: Hashable, Sendable {
    struct Header: Hashable, Sendable {
        var name: String
        var value: String
    }

    var address: WebAddress
    var secretName: String
    var timeoutMs: Int64
    var headers: [Header]
    var absentStatuses: Set<Int64>
    var pollMs: Int64

    private static let keys: Set<String> = [
        "url", "secret_name", "timeout_seconds", "headers", "absent_statuses", "poll_seconds",
    ]

    init(json: String, allowPlainHTTP: Bool) throws(SettingsFault) {
        let reader = try SettingsReader(json, keys: Self.keys)
        guard let address = WebAddress(try reader.requiredString("url")),
            address.scheme == .https || address.isLoopback || allowPlainHTTP
        else { throw .badValue(key: "url") }
        self.address = address
        secretName = try reader.requiredString("secret_name")
        timeoutMs = try reader.integer("timeout_seconds", in: 1...600, default: 30) * 1_000
        headers = []
        for (name, value) in try reader.texts("headers") {
            guard Self.isAllowed(name: name, value: value) else { throw .badValue(key: "headers") }
            headers.append(Header(name: name, value: value))
        }
        let absent = try reader.integers("absent_statuses") ?? [410]
        guard absent.allSatisfy({ $0 == 404 || $0 == 410 }) else { throw .badValue(key: "absent_statuses") }
        absentStatuses = Set(absent)
        pollMs = try reader.integer("poll_seconds", in: 1...2_592_000, default: 3_600) * 1_000
    }

    /// Headers that say what the message is, or how it is transported, are not the endpoint's to set.
    private static let ours: Set<String> = [
        "host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer",
        "expect", "idempotency-key", "traceparent", "user-agent",
    ]

    private static func isAllowed(name: String, value: String) -> Bool {
        let lowered = name.lowercased()
        let isToken =
            !lowered.isEmpty
            && lowered.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        // A line break in a value would begin a header of its own.
        let isText = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        return isToken && isText && !ours.contains(lowered) && !lowered.hasPrefix("habeas-")
    }
}
