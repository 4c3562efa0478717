import Contract
import SagaKernel

/// Devices as they are named on the command line.
///
/// No error repeats what was given: it may be somebody's identifier, and errors end up in tickets and logs.
enum SubjectArguments {
    /// A device or module, its hub in lower case.
    static func subject(_ argument: DeviceArgument) throws(CommandFailure) -> Subject {
        do {
            return try IdentityText.device(argument.text)
        } catch {
            throw .usage(
                "a --device \(error.reason); it looks like contoso.azure-devices.net/thermostat-17 (and /module, where "
                    + "a module is meant).")
        }
    }

    /// Another name of a device, `type=value`.
    static func alias(_ argument: DeviceArgument) throws(CommandFailure) -> SubjectIdentity {
        let types = IdentityText.aliasTypes.joined(separator: ", ")
        guard let equals = argument.text.firstIndex(of: "=") else {
            throw .usage("an --alias is not of the form type=value, with one of the types \(types).")
        }
        let type = String(argument.text[..<equals])
        let value = String(argument.text[argument.text.index(after: equals)...])
        guard IdentityText.aliasTypes.contains(type) else {
            throw .usage("an --alias is of no known type; the types are \(types).")
        }
        do {
            try IdentityText.checkAlias(value)
        } catch {
            throw .usage("the --alias of type \(type) \(error.reason).")
        }
        return SubjectIdentity(type: type, value: value)
    }

    /// `hmac-sha256:…` of a device's identity under the deployment's key.
    static func reference(of argument: DeviceArgument, settings: Settings) throws -> String {
        let subject = try subject(argument)
        guard let secret = settings.secret(.subjectKey) else {
            throw ConfigurationFaults(faults: [
                ConfigurationFault(
                    origin: .missing,
                    message: "--device needs subject_key, the coordinator's own: statuses hold no device names, so the "
                        + "reference is computed here. Give --subject-key-file or HABEAS_SUBJECT_KEY_FILE.")
            ])
        }
        let key: SubjectKey
        do {
            key = try SubjectKey(bytes: secret.bytes)
        } catch {
            throw ConfigurationFaults(faults: [ConfigurationFault(origin: .missing, message: error.message)])
        }
        let identity = SubjectIdentity.device(
            hub: subject.hub, deviceID: subject.deviceID, moduleID: subject.moduleID)
        var writer = JSONWriter(capacity: 96)
        writer.subjectRef(key.reference(type: identity.type, value: identity.value))
        // The writer quotes, which is of no use here.
        return String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
    }
}
