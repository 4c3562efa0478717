/// Why an endpoint's settings cannot be used. Names keys, never values.
enum SettingsFault: Error, Hashable, Sendable {
    case notAnObject
    case unknownKey(String)
    case repeatedKey(String)
    case missingKey(String)
    /// The value has the wrong type or lies out of range.
    case badValue(key: String)

    /// For the acknowledgement's `detail`.
    var detail: String {
        switch self {
        case .notAnObject: "settings: not a JSON object"
        case .unknownKey(let key): "settings.\(key): unknown key"
        case .repeatedKey(let key): "settings.\(key): given twice"
        case .missingKey(let key): "settings.\(key): missing"
        case .badValue(let key): "settings.\(key): wrong type or out of range"
        }
    }
}

/// Reads an endpoint's `settings` strictly: a key that nobody asked for is a fault, because a misspelt setting that is
/// ignored is a setting that its author believes in.
struct SettingsReader {
    private var values: [String: JSONValue] = [:]

    /// - Parameter keys: all that there are; nil where others than this connector read the same settings.
    init(_ json: String, keys: Set<String>?) throws(SettingsFault) {
        guard case .object(let members)? = JSONReader.read(Array(json.utf8)) else { throw .notAnObject }
        for member in members {
            let key = String(decoding: member.name, as: UTF8.self)
            if let keys, !keys.contains(key) { throw .unknownKey(String(key.prefix(64))) }
            guard values[key] == nil else { throw .repeatedKey(key) }
            values[key] = member.value
        }
        // A null field may be left out: the two mean the same.
        values = values.filter { $0.value != .null }
    }

    func string(_ key: String) throws(SettingsFault) -> String? {
        guard let value = values[key] else { return nil }
        guard let text = value.text else { throw .badValue(key: key) }
        return text
    }

    func requiredString(_ key: String) throws(SettingsFault) -> String {
        guard let text = try string(key) else { throw .missingKey(key) }
        guard !text.isEmpty else { throw .badValue(key: key) }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int64>, default standard: Int64) throws(SettingsFault) -> Int64 {
        guard let value = values[key] else { return standard }
        guard let number = value.integer, range.contains(number) else { throw .badValue(key: key) }
        return number
    }

    func boolean(_ key: String, default standard: Bool) throws(SettingsFault) -> Bool {
        guard let value = values[key] else { return standard }
        guard let flag = value.boolean else { throw .badValue(key: key) }
        return flag
    }

    func strings(_ key: String) throws(SettingsFault) -> [String] {
        guard let value = values[key] else { return [] }
        guard case .array(let elements) = value else { throw .badValue(key: key) }
        var texts: [String] = []
        for element in elements {
            guard let text = element.text, !text.isEmpty else { throw .badValue(key: key) }
            texts.append(text)
        }
        return texts
    }

    func integers(_ key: String) throws(SettingsFault) -> [Int64]? {
        guard let value = values[key] else { return nil }
        guard case .array(let elements) = value else { throw .badValue(key: key) }
        var numbers: [Int64] = []
        for element in elements {
            guard let number = element.integer else { throw .badValue(key: key) }
            numbers.append(number)
        }
        return numbers
    }

    func texts(_ key: String) throws(SettingsFault) -> [(name: String, value: String)] {
        guard let value = values[key] else { return [] }
        guard case .object(let members) = value else { throw .badValue(key: key) }
        var pairs: [(name: String, value: String)] = []
        for member in members {
            guard let name = String(validating: member.name, as: UTF8.self), let text = member.value.text else {
                throw .badValue(key: key)
            }
            pairs.append((name, text))
        }
        return pairs
    }
}
