import Contract
import Kafka
import Logging

/// Whose records a read model's file holds.
///
/// The cluster's own id, and not the addresses that lead to it: those change while the records stay, and a file must
/// not become a stranger's because somebody added a broker to the list.
enum ReadModelIdentity {
    /// - Throws: `BrokerFailure` where the cluster cannot be asked.
    static func text(_ kafka: KafkaSettings, _ topics: TopicNames, logger: Logger) async throws(BrokerFailure) -> String
    {
        let clusterID: String?
        do throws(AdminFailure) {
            let admin = try KafkaAdmin(settings: kafka, log: logger.kafka)
            defer { admin.close() }
            clusterID = try await admin.run { admin throws(AdminFailure) in try admin.cluster().clusterID }
        } catch {
            throw BrokerFailure(error)
        }
        guard let clusterID else {
            logger.warning(
                "the broker does not tell its cluster's id: the read model's file is known by the topic prefix alone")
            return topics.prefix
        }
        return "\(clusterID) \(topics.prefix)"
    }
}
