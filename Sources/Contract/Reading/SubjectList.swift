import SagaKernel

/// Gathers the identities of a request into subjects.
///
/// An alias belongs to the device before it; one before every device to the first. The same identity given twice
/// counts once.
struct SubjectList {
    private var subjects: [Subject] = []
    private var earlyAliases: [Subject.Alias] = []
    /// Index of the device that aliases now belong to.
    private var current: Int?
    /// Nearly every request has a few identities, among which looking is quicker than hashing.
    private static let hashedFrom = 16
    private var indexByDevice: [Subject: Int] = [:]
    private var known: Set<IdentityBytes> = []
    /// Each once, in the order of the request, normalised.
    private(set) var identities: [IdentityBytes] = []

    mutating func add(
        _ identity: RequestBody.Identity, index: Int, hubIsKnown: (String) -> Bool
    ) throws(Refusal) {
        guard let type = identity.type else { throw Self.refusal(.missingField, index, "identity_type", "is missing") }
        let isDevice = type == SubjectIdentity.deviceType
        guard isDevice || IdentityText.aliasTypes.contains(type) else {
            throw Self.refusal(.unknownIdentityType, index, "identity_type", Reasons.notAWord)
        }
        guard let value = identity.value else {
            throw Self.refusal(.missingField, index, "identity_value", "is missing")
        }
        guard identity.isRaw else { throw Self.refusal(.malformed, index, "identity_format", "is not raw") }
        var hasKnownHub = true
        do throws(IdentityText.Fault) {
            if isDevice {
                hasKnownHub = addDevice(try IdentityText.device(value), hubIsKnown)
            } else {
                try IdentityText.checkAlias(value)
                addAlias(Subject.Alias(identityType: type, identityValue: value))
            }
        } catch {
            throw Self.refusal(.malformed, index, "identity_value", error.reason)
        }
        guard hasKnownHub else {
            throw Self.refusal(.unknownHub, index, "identity_value", "names a hub that the catalogue lacks")
        }
    }

    mutating func finish() throws(Refusal) -> [Subject] {
        guard !subjects.isEmpty else {
            throw Refusal(code: .missingField, message: "subject_identities names no device")
        }
        for alias in earlyAliases { attach(alias, to: 0) }
        return subjects
    }

    /// False where the hub is not known.
    private mutating func addDevice(_ subject: Subject, _ hubIsKnown: (String) -> Bool) -> Bool {
        if let index = index(of: subject) {
            current = index
            return true
        }
        guard subjects.contains(where: { $0.hub == subject.hub }) || hubIsKnown(subject.hub) else { return false }
        current = subjects.count
        subjects.append(subject)
        let identity = SubjectIdentity.device(
            hub: subject.hub, deviceID: subject.deviceID, moduleID: subject.moduleID)
        remember(IdentityBytes(type: identity.type, value: identity.value))
        return true
    }

    /// Index of a device that was added before, whatever aliases it has got since.
    private mutating func index(of subject: Subject) -> Int? {
        guard subjects.count >= Self.hashedFrom else {
            return subjects.firstIndex { known in
                known.deviceID == subject.deviceID && known.hub == subject.hub && known.moduleID == subject.moduleID
            }
        }
        for index in indexByDevice.count..<subjects.count {
            var device = subjects[index]
            device.aliases = []
            indexByDevice[device] = index
        }
        return indexByDevice[subject]
    }

    private mutating func addAlias(_ alias: Subject.Alias) {
        if let current { attach(alias, to: current) } else { earlyAliases.append(alias) }
        remember(IdentityBytes(type: alias.identityType, value: alias.identityValue))
    }

    private mutating func attach(_ alias: Subject.Alias, to index: Int) {
        if !subjects[index].aliases.contains(alias) { subjects[index].aliases.append(alias) }
    }

    private mutating func remember(_ identity: IdentityBytes) {
        guard identities.count >= Self.hashedFrom else {
            if !identities.contains(identity) { identities.append(identity) }
            return
        }
        if known.isEmpty { known.formUnion(identities) }
        if known.insert(identity).inserted { identities.append(identity) }
    }

    private static func refusal(
        _ code: RefusalCode, _ index: Int, _ field: StaticString, _ reason: StaticString
    ) -> Refusal {
        Refusal(code: code, message: "subject_identities[\(index)].\(field) \(reason)")
    }
}
