import SagaKernel

/// The configuration of one command, checked.
///
/// Which settings have a value follows from the command: what it declares as required has one, and so has everything
/// with a default. Typed sections for the processes are in `Settings+Sections.swift`.
struct Settings: Sendable {
    fileprivate(set) var values: [String: SettingValue] = [:]
    fileprivate(set) var origins: [String: SettingOrigin] = [:]
    /// Set on every client of the broker, in the order of their names.
    var kafkaProperties: [KafkaProperty] = []

    init() {}

    mutating func set(_ setting: Setting, _ value: SettingValue, _ origin: SettingOrigin) {
        values[setting.name] = value
        origins[setting.name] = origin
    }

    /// Where the value comes from; nil where there is none.
    func origin(of setting: Setting) -> SettingOrigin? { origins[setting.name] }

    /// True where somebody gave a value, as opposed to a default.
    func isGiven(_ setting: Setting) -> Bool {
        switch origins[setting.name] {
        case .flag, .environment, .file: true
        case .defaultValue, .missing, nil: false
        }
    }

    /// For texts, choices, paths, servers and URLs.
    func text(_ setting: Setting) -> String? {
        guard case .text(let text) = values[setting.name] else { return nil }
        return text
    }

    func integer(_ setting: Setting) -> Int? {
        guard case .integer(let integer) = values[setting.name] else { return nil }
        return integer
    }

    func milliseconds(_ setting: Setting) -> Int64? {
        guard case .milliseconds(let milliseconds) = values[setting.name] else { return nil }
        return milliseconds
    }

    func secret(_ setting: Setting) -> Secret? {
        guard case .secret(let secret) = values[setting.name] else { return nil }
        return secret
    }

    func list(_ setting: Setting) -> [String]? {
        guard case .list(let list) = values[setting.name] else { return nil }
        return list
    }

    func address(_ setting: Setting) -> HostPort? {
        guard case .address(let address) = values[setting.name] else { return nil }
        return address
    }

    func boolean(_ setting: Setting) -> Bool? {
        guard case .boolean(let boolean) = values[setting.name] else { return nil }
        return boolean
    }

    /// A value that the command declared as required, or that has a default.
    ///
    /// - Throws: `ConfigurationFaults` where a command asks for what it did not declare.
    func need<Value>(_ value: Value?, _ setting: Setting) throws(ConfigurationFaults) -> Value {
        guard let value else {
            throw ConfigurationFaults(
                faults: [ConfigurationFault(origin: .missing, message: "\(setting.name) has no value")])
        }
        return value
    }
}
