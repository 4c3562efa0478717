public import SagaKernel

/// Taking identity values apart (contract §2).
public enum IdentityText {
    /// The identity types beside `iot_hub_device`: other names of the device before them.
    public static let aliasTypes = ["device_name", "serial_number", "configmgr_client_id"]
    /// Characters of a device or module id, IoT Hub's own limit.
    public static let idCharactersMaximum = 128

    public enum Fault: Error, Hashable, Sendable {
        /// Neither `<hub>/<device>` nor `<hub>/<device>/<module>`.
        case notHubAndDevice
        case notAHostName
        case idTooLong
        case forbiddenCharacter
        case empty

        /// Completes a sentence that begins with the field's name.
        public var reason: StaticString {
            switch self {
            case .notHubAndDevice: "is not <hub host name>/<device id> or <hub host name>/<device id>/<module id>"
            case .notAHostName: "does not begin with a host name"
            case .idTooLong: "has an id of more than 128 characters"
            case .forbiddenCharacter: "has a forbidden character"
            case .empty: "is empty"
            }
        }
    }

    /// Reads the value of an `iot_hub_device`; the hub comes back in lower case.
    public static func device(_ value: String) throws(Fault) -> Subject {
        var value = value
        let subject: Result<Subject, Fault> = value.withUTF8 { utf8 in
            do throws(Fault) {
                return .success(try device(UnsafeRawBufferPointer(utf8)))
            } catch {
                return .failure(error)
            }
        }
        return try subject.get()
    }

    /// The same for a device whose parts come apart already.
    public static func subject(hub: String, deviceID: String, moduleID: String?) throws(Fault) -> Subject {
        guard !hub.utf8.contains(UInt8(ascii: "/")), !deviceID.utf8.contains(UInt8(ascii: "/")) else {
            throw .forbiddenCharacter
        }
        guard let moduleID else { return try device("\(hub)/\(deviceID)") }
        return try device("\(hub)/\(deviceID)/\(moduleID)")
    }

    private static func device(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Subject {
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { throw .notHubAndDevice }
        let hub = UnsafeRawBufferPointer(rebasing: bytes[..<slash])
        let rest = UnsafeRawBufferPointer(rebasing: bytes[(slash + 1)...])
        guard !hub.isEmpty, !rest.isEmpty else { throw .notHubAndDevice }
        guard isHostName(hub) else { throw .notAHostName }
        var device = rest
        var module: UnsafeRawBufferPointer?
        if let second = rest.firstIndex(of: UInt8(ascii: "/")) {
            device = UnsafeRawBufferPointer(rebasing: rest[..<second])
            module = UnsafeRawBufferPointer(rebasing: rest[(second + 1)...])
        }
        try check(id: device)
        if let module { try check(id: module) }
        return Subject(
            hub: lowercased(hub), deviceID: String(decoding: device, as: UTF8.self),
            moduleID: module.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Checks the value of another identity type: any text, as long as there is some and no control characters are in
    /// it (the zero byte separates identities where they are hashed).
    public static func checkAlias(_ value: String) throws(Fault) {
        guard !value.isEmpty else { throw .empty }
        for byte in value.utf8 where byte < 0x20 || byte == 0x7F { throw .forbiddenCharacter }
    }

    private static func check(id: UnsafeRawBufferPointer) throws(Fault) {
        guard !id.isEmpty else { throw .notHubAndDevice }
        guard id.count <= idCharactersMaximum else { throw .idTooLong }
        for byte in id where !isIDCharacter(byte) {
            // A further slash is one part too many, which says more than that it is forbidden.
            throw byte == UInt8(ascii: "/") ? .notHubAndDevice : .forbiddenCharacter
        }
    }

    /// What IoT Hub allows in the ids of devices and modules.
    private static func isIDCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "."),
            UInt8(ascii: "+"), UInt8(ascii: "%"), UInt8(ascii: "_"), UInt8(ascii: "#"), UInt8(ascii: "*"),
            UInt8(ascii: "?"), UInt8(ascii: "!"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","),
            UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: ";"), UInt8(ascii: "$"), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    /// Letters, digits, hyphens and dots, at most 253 bytes, no empty label.
    private static func isHostName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= 253 else { return false }
        var previous = UInt8(ascii: ".")
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
                break
            case UInt8(ascii: "."):
                guard previous != byte else { return false }
            default: return false
            }
            previous = byte
        }
        return previous != UInt8(ascii: ".")
    }

    private static func lowercased(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count) { buffer in
            for index in 0..<bytes.count { buffer[index] = HeaderNames.folded(bytes[index]) }
            return bytes.count
        }
    }
}
