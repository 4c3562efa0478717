import Kafka

/// Kafka's settings from the configuration.
enum KafkaConnection {
    /// - Throws: `ConfigurationFaults` with every property that this build of the client library does not take.
    static func settings(_ section: BrokerSection) throws(ConfigurationFaults) -> KafkaSettings {
        var settings = KafkaSettings(bootstrapServers: section.bootstrapServers)
        settings.operationTimeoutMs = Int(section.timeoutMs)
        var origins: [String: SettingOrigin] = [:]
        for property in section.kafkaProperties {
            settings.properties[property.name] = property.value
            origins[property.name] = property.origin
        }
        let faults = settings.validate()
        guard faults.isEmpty else {
            throw ConfigurationFaults(
                faults: faults.map { fault in
                    ConfigurationFault(
                        origin: fault.property.flatMap { origins[$0] } ?? .defaultValue, message: "kafka.\(fault)")
                })
        }
        return settings
    }
}
