internal import CRdKafka
public import RecordLog
internal import Synchronization

/// librdkafka's own broker, inside this process: for a first look, and for tests.
///
/// Other processes on this machine can connect. What it is not: everything is in memory and gone with this object; a
/// partition keeps its newest 5 MiB and forgets the rest without a word; there is no compaction, no authentication and
/// no topic administration. It has no transactions (it accepts the requests, shows aborted records and drops the
/// offsets), so that nothing about exactly-once can be learnt from it: use at-least-once.
public final class EmbeddedBroker: Sendable {
    private let client: ClientHandle
    // Used for calls that librdkafka guards with a lock of its own.
    nonisolated(unsafe) private let cluster: OpaquePointer
    private let live = Mutex(true)

    /// Comma-separated `host:port` on 127.0.0.1, with ports that the system chose.
    public let bootstrapServers: String

    /// - Parameters:
    ///   - brokers: 1…8.
    ///   - topics: partition counts by topic. Topics that are not listed come into being with 4 partitions when a
    ///     producer names them.
    public init(brokers: Int = 1, topics: [String: Int] = [:], log: @escaping KafkaLog = { _ in })
        throws(LogFailure)
    {
        client = try ClientHandle(.admin, KafkaSettings(bootstrapServers: ""), log: log)
        guard (1...8).contains(brokers), let made = rd_kafka_mock_cluster_new(client.pointer, Int32(brokers)) else {
            throw .fatal(reason: "the embedded broker could not be started with \(brokers) brokers")
        }
        cluster = made
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(made))
        for (topic, partitions) in topics.sorted(by: { $0.key < $1.key }) {
            try createTopic(topic, partitions: partitions)
        }
    }

    deinit {
        close()
    }

    /// Settings that suit it: at-least-once; short waits, since it answers an empty fetch only when the wait is over;
    /// and a short session, since every rebalance after the first waits for nearly all of it (the first takes 3 s).
    public var settings: KafkaSettings {
        KafkaSettings(
            bootstrapServers: bootstrapServers, guarantee: .atLeastOnce, sessionTimeoutMs: 4000, fetchWaitMs: 10,
            staticMembership: false)
    }

    public func createTopic(_ topic: String, partitions: Int) throws(LogFailure) {
        let code = rd_kafka_mock_topic_create(cluster, topic, Int32(partitions), 1)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw ClientError(code: code).failure("create topic \(topic)") }
    }

    /// Ends the broker; clients lose their connections.
    public func close() {
        let mine = live.withLock { live in
            defer { live = false }
            return live
        }
        guard mine else { return }
        rd_kafka_mock_cluster_destroy(cluster)
        client.destroy(withinMs: 5000)
    }
}

extension EmbeddedBroker {
    /// Requests whose answers can be replaced by errors, with their numbers in the protocol.
    public enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case leaveGroup = 13
        case syncGroup = 14
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case transactionalOffsetCommit = 28
    }

    /// The next requests of a kind are answered with these errors of the protocol (0 is none), one each.
    public func answer(_ request: Request, with errors: [Int16]) {
        let codes = errors.map { rd_kafka_resp_err_t(Int32($0)) }
        codes.withUnsafeBufferPointer { buffer in
            rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, buffer.count, buffer.baseAddress)
        }
    }

    /// Forgets errors that were not used up.
    public func forgetErrors(of request: Request) {
        rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    /// Takes a broker (from 1) off the network or back. Its partitions do not move.
    public func setBroker(_ broker: Int32, up: Bool) {
        if up { rd_kafka_mock_broker_set_up(cluster, broker) } else { rd_kafka_mock_broker_set_down(cluster, broker) }
    }

    /// Delays every answer of a broker.
    public func setRoundTrip(ofBroker broker: Int32, ms: Int) {
        rd_kafka_mock_broker_set_rtt(cluster, broker, Int32(ms))
    }
}
