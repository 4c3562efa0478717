/// A librdkafka property that is set on every client: `kafka.<name>`.
///
/// Its value may be a password, so no value is ever shown.
struct KafkaProperty: Hashable, Sendable, CustomStringConvertible {
    var name: String
    var value: String
    var origin: SettingOrigin

    var description: String { "\(name)=(not shown)" }

    /// What the keys of the file begin with.
    static let keyPrefix = "kafka."
    static let environmentPrefix = "HABEAS_KAFKA_"
    /// The end of a key that names a file with the value.
    static let fileSuffix = "_file"

    /// `HABEAS_KAFKA_SASL_PASSWORD` is `sasl.password`: no property that can be set as text has an underscore.
    static func name(environment variable: String) -> String {
        let rest = variable.dropFirst(environmentPrefix.count).lowercased()
        guard rest.hasSuffix(fileSuffix) else { return rest.map { $0 == "_" ? "." : String($0) }.joined() }
        return rest.dropLast(fileSuffix.count).map { $0 == "_" ? "." : String($0) }.joined() + fileSuffix
    }

    /// What to write instead of a property that Habeas sets itself, because what it promises depends on it; nil for all
    /// others.
    static func reserved(_ name: String) -> String? {
        switch name {
        case "bootstrap.servers", "metadata.broker.list": "give bootstrap_servers"
        case "group.id", "transactional.id": "it follows from topic_prefix and instance"
        case "group.instance.id": "it follows from instance"
        case "enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store", "auto.offset.reset",
            "isolation.level", "partition.assignment.strategy", "enable.partition.eof":
            "Habeas sets it, because what it promises depends on it"
        default: nil
        }
    }
}
