import SagaKernel

/// Decides whose a line is. Byte for byte and case-sensitive: `Dev1`, `dev1` and `dev10` are three devices.
struct SubjectMatcher: Sendable {
    enum Judgement: Hashable, Sendable {
        /// Somebody else's, or nobody's: it stays.
        case other
        case subject
        /// It names a subject, but it is not a record of this layout: a half-written line, say. Neither "theirs" nor
        /// "not theirs" would be true.
        case unclear
    }

    struct Target: Hashable, Sendable {
        var device: [UInt8]
        /// The device id as it stands in the text literal of a query, where a quote is written twice.
        var quotedDevice: [UInt8]
        var module: [UInt8]?
        /// First label of the hub's host name, lower case.
        var hub: [UInt8]
        var aliases: [[UInt8]]
    }

    private let targets: [Target]
    private let layout: DirectoryLayout
    private let extraPaths: [RecordPath]
    private let checksHub: Bool
    /// What a line must hold to be any subject's, as it stands in JSON; nil where that cannot be said beforehand.
    private let needles: NeedleSet?

    init(subjects: [Subject], settings: DirectorySettings) {
        layout = settings.layout
        extraPaths = settings.extraPaths
        checksHub = settings.checksHub
        targets = subjects.map(Self.target)
        // An owner's field may lie in a body in base64, and an id with a character that JSON may escape may stand there
        // escaped: then only reading the line tells.
        let devices = Set(targets.flatMap { [$0.device, $0.quotedDevice] })
        let isPlain = extraPaths.isEmpty && devices.allSatisfy(Self.isNeverEscaped)
        needles = isPlain ? NeedleSet(devices) : nil
    }

    private static func target(_ subject: Subject) -> Target {
        let device = Array(subject.deviceID.utf8)
        let quote = UInt8(ascii: "'")
        return Target(
            device: device, quotedDevice: device.flatMap { $0 == quote ? [quote, quote] : [$0] },
            module: subject.moduleID.map { Array($0.utf8) }, hub: firstLabel(Array(subject.hub.utf8)),
            aliases: subject.aliases.map { Array($0.identityValue.utf8) })
    }

    func judge(_ line: UnsafeRawBufferPointer) -> Judgement {
        if let needles, !Self.mayHold(needles, line) { return .other }
        guard let record = JSONReader.read(line), case .object = record else {
            return isNamed(in: line) ? .unclear : .other
        }
        let facts =
            switch layout {
            case .routedMessages: Self.routedMessage(record)
            case .hourlyLogs: Self.logEntry(record)
            }
        if targets.contains(where: { isSubject($0, of: record, facts) }) { return .subject }
        return facts == nil && isNamed(in: line) ? .unclear : .other
    }

    /// True for a line that has an id in it as plain text, or an escape that might spell one.
    private static func mayHold(_ needles: NeedleSet, _ line: UnsafeRawBufferPointer) -> Bool {
        needles.occurs(in: line)
            || Needle.position(of: unicodeEscape, in: line) != nil
    }

    private static let unicodeEscape = Array("\\u".utf8)

    private func isNamed(in line: UnsafeRawBufferPointer) -> Bool {
        let plain = Needle.unescaped(line)
        return targets.contains { target in
            Needle.isNamed(target.device, in: plain) || Needle.isNamed(target.quotedDevice, in: plain)
                || !extraPaths.isEmpty && target.aliases.contains { Needle.isNamed($0, in: plain) }
        }
    }

    private func matchesExtraPaths(_ target: Target, _ record: JSONValue) -> Bool {
        extraPaths.contains { path in
            path.values(in: record).contains { value in
                // A device's id alone does not tell which of its modules is meant.
                target.aliases.contains(value) || target.module == nil && target.device == value
            }
        }
    }

    /// What a record says of whose it is.
    private struct Facts {
        var claims: [Claim]
        /// Texts that an operator wrote, in which devices may be named.
        var texts: [[UInt8]] = []
        /// The hubs that count for the texts and for an owner's own fields.
        var hubs: [[UInt8]]
    }

    /// Names, and the hubs that may be believed to be theirs.
    private struct Claim {
        var names: Names
        var hubs: [[UInt8]]
    }

    /// - Parameter facts: nil where the record is none of this layout; then only an owner's own fields can tell.
    private func isSubject(_ target: Target, of record: JSONValue, _ facts: Facts?) -> Bool {
        if let facts {
            if facts.claims.contains(where: { isOfHub(target, $0.hubs) && $0.names.name(target) }) { return true }
            guard isOfHub(target, facts.hubs) else { return false }
            if facts.texts.contains(where: { Self.names(target, in: $0) }) { return true }
        }
        return matchesExtraPaths(target, record)
    }

    /// nil: the object is no record of this layout.
    private static func routedMessage(_ record: JSONValue) -> Facts? {
        let system = record.members("SystemProperties")
        let application = record.members("Properties")
        guard !(system + application).isEmpty else { return nil }
        let own = system.flatMap { $0.members("iotHubName") }.compactMap(\.stringBytes)
        let sender = Names(
            devices: system.flatMap { $0.members("connectionDeviceId") + $0.members("iothub-connection-device-id") },
            modules: system.flatMap { $0.members("connectionModuleId") + $0.members("iothub-connection-module-id") })
        // A device writes what it likes into its application properties, so they never speak about its own hub.
        var facts = Facts(claims: [Claim(names: sender, hubs: own)], hubs: own)
        if sender.devices.isEmpty || isEvent(system: system, application: application) {
            let said = own + application.flatMap { $0.members("hubName") }.compactMap(\.stringBytes)
            let named = Names(
                devices: application.flatMap { $0.members("deviceId") },
                modules: application.flatMap { $0.members("moduleId") })
            facts.claims.append(Claim(names: named, hubs: said))
            if sender.devices.isEmpty { facts.hubs = said }
        }
        return facts
    }

    /// Events about a device say so in their application properties, which a telemetry message may fill as it likes.
    private static func isEvent(system: [JSONValue], application: [JSONValue]) -> Bool {
        let sources = system.flatMap { $0.members("iothub-message-source") + $0.members("messageSource") }
        if let source = sources.first?.stringBytes { return source != Array("Telemetry".utf8) }
        return application.contains { !$0.members("opType").isEmpty || !$0.members("iothub-message-schema").isEmpty }
    }

    /// nil: the object is no record of this layout.
    private static func logEntry(_ record: JSONValue) -> Facts? {
        let fields = record.members("properties")
        guard !fields.isEmpty else { return nil }
        var details: [JSONValue] = []
        for field in fields {
            switch field {
            case .object: details.append(field)
            case .string(let text):
                guard case .object(let members)? = JSONReader.read(text) else {
                    // Empty and null properties are written too, and say nothing.
                    if text.isEmpty || text == Array("null".utf8) { continue }
                    return nil
                }
                details.append(.object(members))
            case .null: continue
            case .array, .number, .boolean: return nil
            }
        }
        let hubs = record.members("resourceId").compactMap { $0.stringBytes.flatMap(hubOfResource) }
        let names = Names(
            devices: details.flatMap { $0.members("deviceId") }, modules: details.flatMap { $0.members("moduleId") })
        return Facts(claims: [Claim(names: names, hubs: hubs)], texts: queryTexts(of: record, details), hubs: hubs)
    }

    /// The categories in which a device is named only inside a text that an operator wrote.
    private static func queryTexts(of record: JSONValue, _ details: [JSONValue]) -> [[UInt8]] {
        let categories = record.members("category").compactMap(\.text)
        return details.flatMap { detail in
            categories.flatMap { textField(of: $0, in: detail) }
        }.compactMap(\.stringBytes)
    }

    private static func textField(of category: String, in detail: JSONValue) -> [JSONValue] {
        switch category {
        case "TwinQueries": detail.members("query")
        case "JobsOperations": detail.members("filter")
        case "Configurations": detail.members("targetCondition")
        default: []
        }
    }

    private static func names(_ target: Target, in text: [UInt8]) -> Bool {
        guard Needle.isNamed(target.device, in: text) || Needle.isNamed(target.quotedDevice, in: text) else {
            return false
        }
        return target.module.map { Needle.isNamed($0, in: text) } ?? true
    }

    /// `…/IOTHUBS/<name>` of a resource id, whose letters' case says nothing.
    private static func hubOfResource(_ id: [UInt8]) -> [UInt8]? {
        let parts = id.split(separator: UInt8(ascii: "/")).map { $0.map(lowered) }
        guard let index = parts.lastIndex(of: Array("iothubs".utf8)), parts.indices.contains(index + 1) else {
            return nil
        }
        return parts[index + 1]
    }

    /// The devices and modules that one part of a record names.
    private struct Names {
        var devices: [JSONValue]
        var modules: [JSONValue]

        func name(_ target: Target) -> Bool {
            guard devices.contains(.string(target.device)) else { return false }
            return target.module.map { modules.contains(.string($0)) } ?? true
        }
    }

    /// A record that names no hub may be of any.
    private func isOfHub(_ target: Target, _ hubs: [[UInt8]]) -> Bool {
        guard checksHub, !hubs.isEmpty else { return true }
        return hubs.contains { Self.firstLabel($0) == target.hub }
    }

    private static func firstLabel(_ host: [UInt8]) -> [UInt8] {
        host.prefix { $0 != UInt8(ascii: ".") }.map(lowered)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// JSON writers may escape these on their own account, without `\u`.
    private static func isNeverEscaped(_ text: [UInt8]) -> Bool {
        text.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x5C && $0 != UInt8(ascii: "/") }
    }
}
