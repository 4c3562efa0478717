public import SagaKernel

/// One entry of `subject_identities`.
public struct SubjectIdentity: Hashable, Sendable {
    /// `iot_hub_device`, `device_name`, `serial_number`, `configmgr_client_id`.
    public var type: String
    /// Of a device: `<hub host name>/<device id>` or `<hub host name>/<device id>/<module id>`.
    public var value: String

    public init(type: String, value: String) {
        self.type = type
        self.value = value
    }

    public static let deviceType = "iot_hub_device"

    /// The identity of a device or module, normalised: the hub in lower case.
    public static func device(hub: String, deviceID: String, moduleID: String? = nil) -> SubjectIdentity {
        var value = hub.lowercased() + "/" + deviceID
        if let moduleID { value += "/" + moduleID }
        return SubjectIdentity(type: deviceType, value: value)
    }

    /// What a subject was named as in its request: the device, then its aliases.
    public static func identities(of subject: Subject) -> [SubjectIdentity] {
        [.device(hub: subject.hub, deviceID: subject.deviceID, moduleID: subject.moduleID)]
            + subject.aliases.map { SubjectIdentity(type: $0.identityType, value: $0.identityValue) }
    }
}

/// An identity as the bytes that are hashed: type, a zero byte, value.
struct IdentityBytes: Hashable, Comparable {
    var bytes: [UInt8]

    init(type: String, value: String) {
        bytes = []
        bytes.reserveCapacity(type.utf8.count + 1 + value.utf8.count)
        bytes.append(contentsOf: type.utf8)
        bytes.append(0)
        bytes.append(contentsOf: value.utf8)
    }

    static func < (left: IdentityBytes, right: IdentityBytes) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Each once, in the order of their bytes.
    static func sorted(_ identities: [SubjectIdentity]) -> [IdentityBytes] {
        sorted(identities.map { IdentityBytes(type: $0.type, value: $0.value) })
    }

    static func sorted(_ identities: [IdentityBytes]) -> [IdentityBytes] {
        guard identities.count > 1 else { return identities }
        var unique: [IdentityBytes] = []
        unique.reserveCapacity(identities.count)
        for identity in identities.sorted() where unique.last != identity { unique.append(identity) }
        return unique
    }
}
