import Foundation
import Kafka
import Logging
import ReadModel
import ServiceLifecycle
import Telemetry

/// Asks the broker now and then how far the lanes and the read model are behind, for the metrics alone.
struct LagService: Service {
    let kafka: KafkaSettings
    let group: String
    /// The inputs of the lanes, whole names.
    let topics: [String]
    /// Of the topics that the read model follows.
    let prefix: String
    let metrics: CoordinatorMetrics
    let feeder: ReadModelFeeder
    let logger: Logger
    var intervalMs: Int64 = 10_000

    func run() async throws {
        let admin = try KafkaAdmin(settings: kafka, log: logger.kafka)
        while await pause() { await measure(admin) }
        await BlockingCall.run { admin.close() }
    }

    /// - Returns: false when it is time to end.
    private func pause() async -> Bool {
        let intervalMs = intervalMs
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(intervalMs)) }
            return true
        } catch {
            return false
        }
    }

    private func measure(_ admin: KafkaAdmin) async {
        let topics = topics
        let group = group
        do {
            let lags = try await admin.run { (admin) throws(AdminFailure) in
                let known = try admin.topics()
                let partitions = known.filter { topics.contains($0.key) }.mapValues(\.partitions)
                return try admin.lag(group: group, partitions: partitions)
            }
            metrics.consumerLagMeasured.with().set(Date().timeIntervalSince1970)
            for lag in lags {
                metrics.consumerLag.with(lag.topic, "\(lag.partition)").set(Double(lag.lag))
            }
        } catch {
            logger.warning("the lag is not known", metadata: ["reason": "\(error.reason)"])
        }
        for lag in feeder.lags {
            metrics.consumerLag.with(prefix + lag.topic.name, "\(lag.partition)").set(Double(lag.records))
        }
    }
}
