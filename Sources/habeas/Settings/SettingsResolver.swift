import Foundation

/// Turns flags, environment and file into checked settings, and names every fault of all three in one go.
struct SettingsResolver: Sendable {
    var flags: [SettingFlag] = []
    /// Each `property=value`, as given with `--kafka`.
    var kafkaFlags: [String] = []
    /// Of the flag `--config`; otherwise `HABEAS_CONFIG` counts.
    var configPath: String?
    var environment: [String: String] = [:]
    /// The settings of the command. Values of others are checked too (one file serves all commands), but the files that
    /// they name are not opened.
    var used: Set<Setting> = []
    /// Those of `used` that the command cannot do without.
    var required: [Setting] = []

    private struct Work {
        var faults: [ConfigurationFault] = []
        var settings = Settings()
    }

    func resolve() throws(ConfigurationFaults) -> Settings {
        var work = Work()
        var candidates = SettingCandidates()
        candidates.take(flags: flags, kafka: kafkaFlags, faults: &work.faults)
        candidates.take(environment: environment, faults: &work.faults)
        if let path = configPath ?? environment[SettingEnvironment.config] {
            let file = ConfigFile.read(path: path, faults: &work.faults)
            candidates.take(file: file, faults: &work.faults)
        }
        // A command may have a default of its own for a setting of the table.
        for setting in SettingTable.all {
            resolve(used.firstIndex(of: setting).map { used[$0] } ?? setting, candidates, &work)
        }
        resolveKafka(candidates, &work)
        for setting in required where work.settings.values[setting.name] == nil {
            guard candidates.settings[setting.name] == nil, candidates.settings[setting.name + "_file"] == nil else {
                continue
            }
            work.faults.append(ConfigurationFault(origin: .missing, message: missing(setting)))
        }
        guard work.faults.isEmpty else { throw ConfigurationFaults(faults: work.faults) }
        return work.settings
    }

    private func missing(_ setting: Setting) -> String {
        var ways = ["--\(setting.flag)", setting.environmentName, "\(setting.name) in the file"]
        if setting.isSecret { ways.insert("--\(setting.fileVariant.flag)", at: 0) }
        return "\(setting.name) is needed (\(setting.help)): give \(ways.joined(separator: ", or "))"
    }

    private func resolve(_ setting: Setting, _ candidates: SettingCandidates, _ work: inout Work) {
        let direct = check(setting, candidates, &work)
        let fromFile = setting.isSecret ? check(setting.fileVariant, candidates, &work) : nil
        if let direct, let fromFile, direct.rank == fromFile.rank {
            let message = "\(setting.name) and \(setting.name)_file are both given; give one"
            work.faults.append(ConfigurationFault(origin: direct.origin, message: message))
            return
        }
        if let fromFile, fromFile.rank < direct?.rank ?? .max {
            guard used.contains(setting), case .text(let path) = fromFile.value else { return }
            readSecret(setting, path: path, origin: fromFile.origin, &work)
        } else if let direct {
            work.settings.set(setting, direct.value, direct.origin)
        } else if let value = defaultValue(setting) {
            work.settings.set(setting, value, .defaultValue)
        }
    }

    private struct Checked {
        var value: SettingValue
        var origin: SettingOrigin
        /// 0 flag, 1 environment, 2 file.
        var rank: Int
    }

    /// Checks what every source says, and returns what the first says.
    private func check(_ setting: Setting, _ candidates: SettingCandidates, _ work: inout Work) -> Checked? {
        var first: Checked?
        for candidate in candidates.settings[setting.name] ?? [] {
            switch setting.read(candidate.raw) {
            case .success(let value):
                let placed = place(value, setting, candidate)
                first = first ?? Checked(value: placed, origin: candidate.origin, rank: candidate.origin.rank)
            case .failure(let refusal):
                let name = candidate.origin.namesTheSetting ? "" : "\(setting.name): "
                work.faults.append(ConfigurationFault(origin: candidate.origin, message: name + refusal.text))
            }
        }
        return first
    }

    /// Paths of the file are relative to its folder.
    private func place(
        _ value: SettingValue, _ setting: Setting, _ candidate: SettingCandidates.Candidate
    ) -> SettingValue {
        guard case .path = setting.kind, case .text(let path) = value, let folder = candidate.folder else {
            return value
        }
        return .text(SettingsResolver.place(path: path, in: folder))
    }

    private static func place(path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : URL(fileURLWithPath: folder).appendingPathComponent(path).path
    }

    private func readSecret(_ setting: Setting, path: String, origin: SettingOrigin, _ work: inout Work) {
        switch SettingsResolver.contents(of: path) {
        case .success(let text):
            switch setting.read(.text(text)) {
            case .success(let value): work.settings.set(setting, value, origin)
            case .failure(let refusal):
                work.faults.append(ConfigurationFault(origin: origin, message: "\(path) \(refusal.text)"))
            }
        case .failure(let refusal):
            work.faults.append(ConfigurationFault(origin: origin, message: "\(path) \(refusal.text)"))
        }
    }

    private static func contents(of path: String) -> Result<String, SettingRefusal> {
        do {
            return .success(try String(contentsOfFile: path, encoding: .utf8))
        } catch {
            return .failure(SettingRefusal("cannot be read: \(FileProblem.text(error))"))
        }
    }

    private func defaultValue(_ setting: Setting) -> SettingValue? {
        switch setting.defaultValue {
        case .none: return nil
        case .hostName: return .text(ProcessInfo.processInfo.hostName)
        case .userName:
            let name = environment["USER"] ?? environment["LOGNAME"] ?? ""
            return name.isEmpty ? nil : .text(name)
        case .literal(let text):
            // A test reads every default, so that a wrong one never gets here.
            guard case .success(let value) = setting.read(.text(text)) else { return nil }
            return value
        }
    }

    private func resolveKafka(_ candidates: SettingCandidates, _ work: inout Work) {
        let usesBroker = used.contains(.bootstrapServers)
        var chosen: [String: KafkaProperty] = [:]
        for (key, sources) in candidates.kafka.sorted(by: { $0.key < $1.key }) {
            guard let candidate = sources.first else { continue }
            let isFile = key.hasSuffix(KafkaProperty.fileSuffix)
            let name = isFile ? String(key.dropLast(KafkaProperty.fileSuffix.count)) : key
            if let reason = KafkaProperty.reserved(name) {
                let message = "kafka.\(name) cannot be set: \(reason)"
                work.faults.append(ConfigurationFault(origin: candidate.origin, message: message))
                continue
            }
            guard case .text(var value) = candidate.raw else {
                let message = "kafka.\(name) is a list where one value is expected"
                work.faults.append(ConfigurationFault(origin: candidate.origin, message: message))
                continue
            }
            if isFile, usesBroker {
                let path = candidate.folder.map { SettingsResolver.place(path: value, in: $0) } ?? value
                switch SettingsResolver.contents(of: path) {
                case .success(let text): value = text.trimmingCharacters(in: .newlines)
                case .failure(let refusal):
                    let message = "kafka.\(key): \(path) \(refusal.text)"
                    work.faults.append(ConfigurationFault(origin: candidate.origin, message: message))
                    continue
                }
            }
            let property = KafkaProperty(name: name, value: value, origin: candidate.origin)
            if let other = chosen[name], other.origin.rank == property.origin.rank {
                let message = "kafka.\(name) and kafka.\(name)_file are both given; give one"
                work.faults.append(ConfigurationFault(origin: candidate.origin, message: message))
            } else if property.origin.rank < chosen[name]?.origin.rank ?? .max {
                chosen[name] = property
            }
        }
        work.settings.kafkaProperties = chosen.values.sorted { $0.name < $1.name }
    }
}

extension SettingOrigin {
    /// Lower goes first.
    var rank: Int {
        switch self {
        case .flag: 0
        case .environment: 1
        case .file: 2
        case .defaultValue: 3
        case .missing: 4
        }
    }

    /// True where the text of the origin tells which setting is meant.
    var namesTheSetting: Bool {
        switch self {
        case .flag, .environment: true
        case .file, .defaultValue, .missing: false
        }
    }
}
