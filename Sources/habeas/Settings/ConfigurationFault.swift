/// Where a setting was given.
enum SettingOrigin: Hashable, Sendable {
    case flag(String)
    case environment(String)
    /// `line` counts from 1; nil where the whole file is meant.
    case file(path: String, line: Int?)
    case defaultValue
    /// Nowhere: something is missing.
    case missing

    /// The start of a sentence about it.
    var text: String {
        switch self {
        case .flag(let name): "--\(name)"
        case .environment(let name): name
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .defaultValue: "default"
        case .missing: "missing"
        }
    }
}

/// One thing that is wrong with the configuration.
struct ConfigurationFault: Hashable, Sendable, CustomStringConvertible {
    var origin: SettingOrigin
    /// What is wrong and what to do. Never a secret.
    var message: String

    var description: String { "\(origin.text): \(message)" }
}

/// Everything that is wrong with the configuration, in one go (exit code 78).
struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    var faults: [ConfigurationFault]

    var description: String {
        guard faults.count > 1 else { return faults.map(\.description).joined() }
        let lines = faults.map { "  \($0)" }.joined(separator: "\n")
        return "the configuration has \(faults.count) faults:\n\(lines)"
    }
}
