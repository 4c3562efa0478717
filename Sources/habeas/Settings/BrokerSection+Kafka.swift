import Kafka

extension BrokerSection {
    /// What the Kafka module takes, checked: what librdkafka has against a property is a fault with the place that the
    /// property came from.
    func kafkaSettings(
        clientID: String, guarantee: KafkaGuarantee
    ) throws(ConfigurationFaults) -> KafkaSettings {
        let settings = KafkaSettings(
            bootstrapServers: bootstrapServers,
            properties: Dictionary(kafkaProperties.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            clientID: clientID, guarantee: guarantee, operationTimeoutMs: Int(timeoutMs))
        let faults = settings.validate()
        guard faults.isEmpty else { throw ConfigurationFaults(faults: faults.map(placed)) }
        return settings
    }

    /// With the place that the property came from.
    func placed(_ fault: KafkaFault) -> ConfigurationFault {
        guard let property = kafkaProperties.first(where: { $0.name == fault.property }) else {
            return ConfigurationFault(origin: .missing, message: "\(fault)")
        }
        return ConfigurationFault(origin: property.origin, message: "kafka.\(property.name): \(fault.problem)")
    }
}

extension BrokerSection {
    /// The largest record of the client, where somebody set it.
    var recordBytesGiven: (bytes: Int, origin: SettingOrigin)? {
        kafkaProperties.first { $0.name == "message.max.bytes" }.flatMap { property in
            Int(property.value).map { ($0, property.origin) }
        }
    }
}

extension TurnSection {
    var kafkaGuarantee: KafkaGuarantee {
        switch guarantee {
        case .exactlyOnce: .exactlyOnce
        case .atLeastOnce: .atLeastOnce
        }
    }
}
