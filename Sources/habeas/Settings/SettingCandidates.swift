/// What every source says, before it is decided whose word counts.
struct SettingCandidates: Sendable {
    struct Candidate: Hashable, Sendable {
        var origin: SettingOrigin
        var raw: RawSetting
        /// The folder to which a path is relative; nil is the working directory.
        var folder: String?
    }

    /// By the name of the setting (that of the file's variant for `x_file`), in order of precedence.
    private(set) var settings: [String: [Candidate]] = [:]
    /// By the property's name, with the suffix `_file` where a file is meant, in order of precedence.
    private(set) var kafka: [String: [Candidate]] = [:]

    /// Call it before `take(environment:)`, and that before `take(file:)`: what comes first counts.
    mutating func take(flags: [SettingFlag], kafka properties: [String], faults: inout [ConfigurationFault]) {
        for flag in flags {
            settings[flag.setting.name, default: []].append(
                Candidate(origin: .flag(flag.setting.flag), raw: .text(flag.text)))
        }
        for property in properties {
            let origin = SettingOrigin.flag("kafka")
            guard let equals = property.firstIndex(of: "="), equals != property.startIndex else {
                // Not quoted: what lacks a name may be a password alone.
                faults.append(ConfigurationFault(origin: origin, message: "is not of the form property=value"))
                continue
            }
            let name = String(property[..<equals])
            let value = String(property[property.index(after: equals)...])
            if kafka[name] == nil {
                kafka[name] = [Candidate(origin: origin, raw: .text(value))]
            } else {
                faults.append(ConfigurationFault(origin: origin, message: "\(name) is given twice"))
            }
        }
    }

    mutating func take(environment: [String: String], faults: inout [ConfigurationFault]) {
        let byVariable = SettingTable.names.values.map { ($0.environmentName, $0) }
        let known = Dictionary(byVariable, uniquingKeysWith: { first, _ in first })
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Setting.environmentPrefix)
        {
            let candidate = Candidate(origin: .environment(name), raw: .text(value))
            if let setting = known[name] {
                settings[setting.name, default: []].append(candidate)
            } else if name.hasPrefix(KafkaProperty.environmentPrefix) {
                kafka[KafkaProperty.name(environment: name), default: []].append(candidate)
            } else if !SettingEnvironment.isIgnored(name) {
                let hint = Suggestion.hint(for: name, in: known.keys)
                faults.append(
                    ConfigurationFault(
                        origin: .environment(name), message: "there is no such setting\(hint); unset it"))
            }
        }
    }

    mutating func take(file: ConfigFile, faults: inout [ConfigurationFault]) {
        for entry in file.entries {
            let origin = SettingOrigin.file(path: file.path, line: entry.line)
            let candidate = Candidate(origin: origin, raw: entry.value, folder: file.folder)
            if SettingTable.names[entry.key] != nil {
                settings[entry.key, default: []].append(candidate)
            } else if entry.key.hasPrefix(KafkaProperty.keyPrefix) {
                kafka[String(entry.key.dropFirst(KafkaProperty.keyPrefix.count)), default: []].append(candidate)
            } else {
                let hint = Suggestion.hint(for: entry.key, in: SettingTable.names.keys)
                faults.append(ConfigurationFault(origin: origin, message: "unknown key \(entry.key)\(hint)"))
            }
        }
    }
}

/// A setting that was given on the command line.
struct SettingFlag: Hashable, Sendable {
    var setting: Setting
    var text: String
}
