import ArgumentParser

/// One thing that can be configured: what it is called in each place, what it may be and what it is when nobody says.
///
/// A setting `a_b` is the flag `--a-b`, the environment variable `HABEAS_A_B` and the key `a_b` of the file, in that
/// order of precedence. A dot in a name becomes a dash in the flag and an underscore in the variable.
struct Setting: Sendable {
    /// What a value may be. Lengths of time are ISO 8601 durations, in milliseconds here.
    enum Kind: Sendable {
        /// Any text that is not empty.
        case text
        /// Characters that Kafka allows in names of topics; at most 200.
        case topicPrefix
        case choice([String])
        case integer(ClosedRange<Int>, unit: String)
        case duration(ClosedRange<Int64>)
        case boolean
        /// A file or a folder. A relative one in the file is relative to the folder that holds the file.
        case path
        /// Base64 of at least so many bytes. Never shown.
        case secret(minimumBytes: Int)
        /// Texts, separated by commas where there is only one line.
        case list
        /// `host:port`.
        case address
        /// `host:port`, or an `http://` or `https://` address.
        case server
        /// An `http://` or `https://` address.
        case url
    }

    enum Default: Hashable, Sendable {
        case none
        case literal(String)
        /// The name of this machine.
        case hostName
        /// Who is logged in (`USER`).
        case userName
    }

    /// As the file has it.
    let name: String
    let kind: Kind
    let defaultValue: Default
    /// One sentence without a full stop at its end.
    let help: String

    init(_ name: String, _ kind: Kind, default defaultValue: Default = .none, _ help: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.help = help
    }

    /// Without the dashes at its front.
    var flag: String { name.map { $0 == "_" || $0 == "." ? "-" : String($0) }.joined() }

    var environmentName: String { Setting.environmentPrefix + name.map { $0 == "." ? "_" : $0.uppercased() }.joined() }

    var isSecret: Bool {
        if case .secret = kind { true } else { false }
    }

    /// The setting that names a file with this one's value; of use for secrets alone.
    var fileVariant: Setting { Setting(name + "_file", .path, "File that holds \(name)") }

    static let environmentPrefix = "HABEAS_"
}

extension Setting: Hashable {
    static func == (left: Setting, right: Setting) -> Bool { left.name == right.name }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Setting {
    /// What stands behind the flag in a help text.
    var valueName: String {
        switch kind {
        case .text, .topicPrefix: "text"
        case .choice(let values): values.joined(separator: "|")
        case .integer: "n"
        case .duration: "duration"
        case .boolean: "true|false"
        case .path: "path"
        case .secret: "base64"
        case .list: "a,b"
        case .address: "host:port"
        case .server: "host:port|url"
        case .url: "url"
        }
    }

    /// What a value must be, to end the sentence "… is not".
    var expectation: String {
        switch kind {
        case .text: "a text"
        case .topicPrefix: "made of letters, digits, '.', '_' and '-' alone (at most 200)"
        case .choice(let values): "one of \(values.joined(separator: ", "))"
        case .integer(let range, let unit):
            "a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            "an ISO 8601 duration from \(SettingDuration.format(range.lowerBound)) to "
                + SettingDuration.format(range.upperBound)
        case .boolean: "true or false"
        case .path: "a path"
        case .secret(let minimum): "base64 of at least \(minimum) bytes"
        case .list: "a list of texts"
        case .address: "host:port with a port from 0 to 65535"
        case .server: "host:port or an http:// or https:// address"
        case .url: "an http:// or https:// address"
        }
    }

    var defaultText: String? {
        switch defaultValue {
        case .none: nil
        case .literal(let text): text
        case .hostName: "this machine's name"
        case .userName: "$USER"
        }
    }

    /// The help of the flag.
    var argumentHelp: ArgumentHelp {
        let text = defaultText.map { "\(help) (default: \($0))" } ?? help
        return ArgumentHelp("\(text).", valueName: valueName)
    }
}

extension Option where Value == String? {
    /// A flag that gives a setting. Optional and unread, so that it does not hide the other sources and every fault is
    /// told in one go.
    init(setting: Setting) {
        self.init(name: .customLong(setting.flag), help: setting.argumentHelp)
    }

    /// A flag that names a file with a secret.
    init(fileOf setting: Setting) {
        let variant = setting.fileVariant
        self.init(name: .customLong(variant.flag), help: variant.argumentHelp, completion: .file())
    }
}
