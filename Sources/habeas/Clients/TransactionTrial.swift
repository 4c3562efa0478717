import Kafka
import RecordLog

/// Tries a transaction out: begins one, writes into it, aborts it. Blocks.
struct TransactionTrial {
    var settings: KafkaSettings
    /// Of the coordinators; this one's name begins with it, so that the same rights do.
    var group: String
    var topic: String

    /// Under a name of its own, so that no coordinator is fenced or made to share its partitions.
    func run() throws(BrokerFailure) -> TransactionProbe {
        var settings = settings
        settings.guarantee = .exactlyOnce
        do throws(LogFailure) {
            let log = try KafkaLaneLog(
                settings: settings, group: "\(group).doctor", instance: "doctor", lane: 0, inputs: [topic])
            defer { log.leave() }
            try log.join()
            let output = try log.output(topic: topic)
            try log.begin()
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            try log.produce(output: output, partition: 0, key: empty, value: empty, headers: HeaderBlock())
            try log.abort()
            return .works
        } catch {
            switch error {
            case .fatal(let reason) where reason.contains("UNSUPPORTED"): return .unsupported(reason)
            case .fatal(let reason): throw .refused(reason)
            case .abortRequired(let reason), .partitionsLost(let reason): return .unsupported(reason)
            case .fenced: throw .refused("another doctor tried a transaction at the same moment; try again")
            case .retriable(let reason), .outcomeUnknown(let reason): throw .unreachable(reason)
            }
        }
    }
}
