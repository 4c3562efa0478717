/// Kafka.
enum LiveBroker {
    static func make(_ section: BrokerSection) throws -> BrokerClient {
        throw CommandFailure.internal("no Kafka client yet")
    }
}
