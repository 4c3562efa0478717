public import SagaKernel

/// The record that holds one hub's endpoints for the sagas of a partition (key `plan/<fingerprint>`).
public enum PlanCodec {
    static let format: UInt8 = 1

    /// Keys of plans begin with this; keys of sagas are request ids, which cannot.
    public static let keyPrefix = "plan/"

    public static func key(_ fingerprint: Fingerprint) -> String {
        var key = keyPrefix
        for word in [fingerprint.high, fingerprint.low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                key.unicodeScalars.append(Unicode.Scalar(Hexadecimal.digit(UInt8(word >> UInt64(shift) & 15))))
            }
        }
        return key
    }

    public static func encode(_ plan: HubPlan) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(format)
        writer.word(plan.fingerprint.high)
        writer.word(plan.fingerprint.low)
        writer.string(plan.host)
        writer.count(plan.endpoints.count)
        for endpoint in plan.endpoints { encode(endpoint, &writer) }
        writer.count(plan.disclosures.count)
        for disclosure in plan.disclosures {
            writer.string(disclosure.system)
            writer.string(disclosure.reason)
        }
        return writer.bytes
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) -> HubPlan {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == format else { throw .unknownFormat(version) }
        let fingerprint = Fingerprint(high: try reader.word(), low: try reader.word())
        let host = try reader.string()
        let endpoints = try reader.array { (reader) throws(SnapshotError) in try endpoint(&reader) }
        let disclosures = try reader.array { (reader) throws(SnapshotError) in
            Disclosure(system: try reader.string(), reason: try reader.string())
        }
        return HubPlan(host: host, fingerprint: fingerprint, endpoints: endpoints, disclosures: disclosures)
    }

    private static func encode(_ endpoint: Endpoint, _ writer: inout ByteWriter) {
        writer.string(endpoint.id)
        writer.string(endpoint.kind)
        writer.string(endpoint.connector)
        writer.optionalString(endpoint.resourceID)
        writer.byte(endpoint.stage.rawValue)
        writer.count(endpoint.actions.count)
        for action in endpoint.actions { writer.place(action) }
        for duration in [
            endpoint.settleMs, endpoint.ackTimeoutMs, endpoint.worstCaseMs, Int64(endpoint.maxAttempts),
            endpoint.backoff.initialMs, endpoint.backoff.maximumMs,
        ] { writer.signed(duration) }
        writer.count(endpoint.reverifyMs.count)
        for delay in endpoint.reverifyMs { writer.signed(delay) }
        writer.string(endpoint.settingsJSON)
        writer.byte(endpoint.awaitsOwner ? 1 : 0)
    }

    private static func endpoint(_ reader: inout ByteReader) throws(SnapshotError) -> Endpoint {
        let id = try reader.string()
        let kind = try reader.string()
        let connector = try reader.string()
        let resourceID = try reader.optionalString()
        let stage = try reader.raw(Stage.self, "stage")
        let actions = try reader.array { (reader) throws(SnapshotError) in
            try reader.place(TaskAction.self, "action")
        }
        var endpoint = Endpoint(
            id: id, kind: kind, connector: connector, resourceID: resourceID, stage: stage, actions: actions)
        endpoint.settleMs = try reader.signed()
        endpoint.ackTimeoutMs = try reader.signed()
        endpoint.worstCaseMs = try reader.signed()
        endpoint.maxAttempts = Int(try reader.signed())
        endpoint.backoff = Backoff(initialMs: try reader.signed(), maximumMs: try reader.signed())
        endpoint.reverifyMs = try reader.array { (reader) throws(SnapshotError) in try reader.signed() }
        endpoint.settingsJSON = try reader.string()
        endpoint.awaitsOwner = try reader.byte() != 0
        return endpoint
    }
}

extension PlanCodec {
    /// The fingerprint in a plan's key; nil for a key of another form.
    public static func fingerprint(key: UnsafeRawBufferPointer) -> Fingerprint? {
        guard key.count == keyPrefix.utf8.count + 32, key.starts(with: keyPrefix.utf8) else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in key.dropFirst(keyPrefix.utf8.count).enumerated() {
            guard let digit = Hexadecimal.value(byte) else { return nil }
            if index < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
        }
        return Fingerprint(high: words.0, low: words.1)
    }
}
