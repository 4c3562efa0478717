internal import CRdKafka
internal import Dispatch
internal import Foundation
internal import RecordLog

/// Questions to a cluster, and the creation of topics.
///
/// Every call blocks, at most for the settings' operation timeout; `run` moves it off the caller's thread.
public final class KafkaAdmin: Sendable {
    let settings: KafkaSettings
    let client: ClientHandle
    private let log: KafkaLog
    private let queue = DispatchQueue(label: "habeas.kafka.admin")

    public init(settings: KafkaSettings, log: @escaping KafkaLog = { _ in }) throws(AdminFailure) {
        self.settings = settings
        self.log = log
        do throws(LogFailure) {
            client = try ClientHandle(.admin, settings, log: log)
        } catch {
            throw .refused(reason: error.reason)
        }
    }

    deinit {
        close()
    }

    public func close() {
        client.destroy(withinMs: settings.leaveTimeoutMs)
    }

    /// Runs blocking calls on a thread that belongs to this object, one after the other.
    public func run<Answer: Sendable>(
        _ calls: @escaping @Sendable (KafkaAdmin) throws(AdminFailure) -> Answer
    ) async throws(AdminFailure) -> Answer {
        let result: Result<Answer, AdminFailure> = await withCheckedContinuation { continuation in
            queue.async { [self] in
                do throws(AdminFailure) {
                    continuation.resume(returning: .success(try calls(self)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// All topics that this client may see, by name.
    public func topics() throws(AdminFailure) -> [String: TopicDescription] {
        try withMetadata { metadata in
            var topics: [String: TopicDescription] = [:]
            for index in 0..<Int(metadata.topic_cnt) {
                let topic = metadata.topics[index]
                guard topic.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                let description = TopicDescription(topic)
                topics[description.name] = description
            }
            return topics
        }
    }

    public func cluster() throws(AdminFailure) -> ClusterDescription {
        let brokers = try withMetadata { metadata in
            (0..<Int(metadata.broker_cnt)).map { metadata.brokers[$0].id }.sorted()
        }
        let controller = rd_kafka_controllerid(client.pointer, 1000)
        var clusterID: String?
        if let text = rd_kafka_clusterid(client.pointer, 1000) {
            clusterID = String(cString: text)
            rd_kafka_mem_free(client.pointer, text)
        }
        return ClusterDescription(
            clusterID: clusterID, brokers: brokers, controller: controller < 0 ? nil : controller)
    }

    private func withMetadata<Answer>(_ read: (rd_kafka_metadata) -> Answer) throws(AdminFailure) -> Answer {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client.pointer, 1, nil, &metadata, Int32(clamping: settings.operationTimeoutMs))
        defer { if let metadata { rd_kafka_metadata_destroy(metadata) } }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { throw failure(code, nil, "metadata") }
        return read(metadata.pointee)
    }

    /// First kept offset and the offset behind the last record of partitions, uncommitted records included.
    public func watermarks(topic: String, partitions: [Int32]) throws(AdminFailure) -> [(low: Int64, high: Int64)] {
        do throws(LogFailure) {
            let client = try WatermarkClient(settings, log: log)
            defer { client.close() }
            return try client.watermarks(topic: topic, partitions: partitions)
        } catch {
            throw AdminFailure(error)
        }
    }

    /// Where a group goes on in the partitions of some topics, and how far that is from their ends.
    ///
    /// - Parameter partitions: partition counts by topic.
    public func lag(group: String, partitions: [String: Int]) throws(AdminFailure) -> [PartitionLag] {
        var lags: [PartitionLag] = []
        let sorted = partitions.sorted { $0.key < $1.key }
        do throws(LogFailure) {
            // A member that never joins: only to ask for offsets, which needs a consumer with the group's name.
            let member = try ClientHandle(.groupConsumer, settings, own: ["group.id": group], log: log)
            defer { member.destroy(withinMs: settings.leaveTimeoutMs) }
            let list = PartitionList(capacity: partitions.values.reduce(0, +))
            for (topic, count) in sorted {
                for partition in 0..<Int32(count) { list.append(topic: topic, partition: partition) }
            }
            if list.count > 0 {
                try member.fetchCommitted(list, within: Deadline(afterMs: settings.operationTimeoutMs))
            }
            for index in 0..<list.count {
                let place = list[index]
                lags.append(
                    PartitionLag(
                        topic: String(cString: place.topic), partition: place.partition,
                        committed: place.offset < 0 ? nil : place.offset, low: 0, high: 0))
            }
        } catch {
            throw AdminFailure(error)
        }
        for (topic, count) in sorted {
            let ends = try watermarks(topic: topic, partitions: Array(0..<Int32(count)))
            for index in lags.indices where lags[index].topic == topic {
                (lags[index].low, lags[index].high) = ends[Int(lags[index].partition)]
            }
        }
        return lags
    }

    func failure(_ code: rd_kafka_resp_err_t, _ text: String?, _ operation: String) -> AdminFailure {
        let error = client.context.hopelessError ?? ClientError(code: code, text: text)
        switch error.code {
        case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
            return .unreachable(reason: error.reason(operation))
        default:
            return .refused(reason: error.reason(operation))
        }
    }
}

extension AdminFailure {
    init(_ failure: LogFailure) {
        switch failure {
        case .retriable(let reason), .outcomeUnknown(let reason): self = .unreachable(reason: reason)
        case .abortRequired(let reason), .partitionsLost(let reason), .fenced(let reason), .fatal(let reason):
            self = .refused(reason: reason)
        }
    }
}

extension TopicDescription {
    init(_ topic: rd_kafka_metadata_topic) {
        let partitions = (0..<Int(topic.partition_cnt)).map { topic.partitions[$0] }
        self.init(
            name: String(cString: topic.topic), partitions: partitions.count,
            replication: partitions.map { Int($0.replica_cnt) }.min() ?? 0,
            partitionsWithoutLeader: partitions.filter { $0.leader < 0 }.map(\.id))
    }
}
