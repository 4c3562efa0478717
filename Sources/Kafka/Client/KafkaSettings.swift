internal import CRdKafka

/// How records are made durable.
public enum KafkaGuarantee: String, CaseIterable, Sendable {
    /// Records and the offsets that they answer in one Kafka transaction.
    case exactlyOnce = "exactly-once"
    /// Records first, then the offsets: for brokers without transactions.
    case atLeastOnce = "at-least-once"
}

/// How every client of this process reaches its brokers.
///
/// A property given in `properties` wins over the setting or default of this type for the same thing, except for those
/// that `validate` lists as Habeas's own.
public struct KafkaSettings: Sendable {
    /// Comma-separated `host:port`.
    public var bootstrapServers: String
    /// librdkafka properties by name, as given with `kafka.<property>`; they go to every client that knows them.
    public var properties: [String: String]
    public var clientID: String
    public var guarantee: KafkaGuarantee
    /// How long any one call may wait for brokers. 1000…600000.
    public var operationTimeoutMs: Int
    /// After this the broker aborts a transaction that nobody ends. 1000…900000; below the session timeout, so that a
    /// stalled member's transaction is gone before its partitions move.
    public var transactionTimeoutMs: Int
    /// How long the group waits for a member that is not heard of. 1000…3600000.
    public var sessionTimeoutMs: Int
    /// How long a member may go without polling. sessionTimeoutMs…86400000. Longer than any restore; a lane
    /// that is stuck is the watchdog's business.
    public var maxPollIntervalMs: Int
    /// How long leaving may take before the rest is left to the operating system. 100…600000.
    public var leaveTimeoutMs: Int
    /// How long a record may wait for company in its batch. 0…1000.
    public var lingerMs: Int
    /// The longest that a broker keeps an empty fetch waiting. 1…5000.
    public var fetchWaitMs: Int
    /// The largest batch that is sent, bytes. 1000…100000000.
    public var messageMaxBytes: Int
    /// Whether a lane that comes back under its name within the session timeout gets its partitions back without a
    /// rebalance. Off for brokers that do not know static members.
    public var staticMembership: Bool

    public init(
        bootstrapServers: String, properties: [String: String] = [:], clientID: String = "habeas",
        guarantee: KafkaGuarantee = .exactlyOnce, operationTimeoutMs: Int = 30_000,
        transactionTimeoutMs: Int = 10_000, sessionTimeoutMs: Int = 30_000, maxPollIntervalMs: Int = 900_000,
        leaveTimeoutMs: Int = 10_000, lingerMs: Int = 5, fetchWaitMs: Int = 50, messageMaxBytes: Int = 1_000_000,
        staticMembership: Bool = true
    ) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
        self.clientID = clientID
        self.guarantee = guarantee
        self.operationTimeoutMs = operationTimeoutMs
        self.transactionTimeoutMs = transactionTimeoutMs
        self.sessionTimeoutMs = sessionTimeoutMs
        self.maxPollIntervalMs = maxPollIntervalMs
        self.leaveTimeoutMs = leaveTimeoutMs
        self.lingerMs = lingerMs
        self.fetchWaitMs = fetchWaitMs
        self.messageMaxBytes = messageMaxBytes
        self.staticMembership = staticMembership
    }

    /// How often a member tells its group that it is alive, unless a property says otherwise.
    var heartbeatMs: Int { max(100, min(3000, sessionTimeoutMs / 10)) }

    /// The transaction timeout in force, whichever way it was given.
    var transactionTimeoutInForceMs: Int {
        properties["transaction.timeout.ms"].flatMap { Int($0) } ?? transactionTimeoutMs
    }
}

extension KafkaSettings {
    /// How long a producer waits before it sends a failed request again. Ending a transaction in less time than this
    /// means that no request of it was sent twice, see `LaneProducer`.
    static let retryBackoffMs = 500

    /// The properties of one client: defaults, then the user's, then what only Habeas may set.
    func configured(_ role: ClientRole, own: [String: String]) -> [(name: String, value: String)] {
        var values = defaults(for: role)
        for (name, value) in properties where PropertyTable.applies(name, to: role.type) {
            for alias in PropertyTable.aliases(of: name) { values[alias] = nil }
            values[name] = value
        }
        // A transaction that waits longer for one answer than it may last could not be ended; librdkafka then takes the
        // longest wait that is possible.
        if role == .transactionalProducer, let wait = values["socket.timeout.ms"].flatMap({ Int($0) }),
            wait > transactionTimeoutInForceMs
        {
            values["socket.timeout.ms"] = nil
        }
        // Without sequence numbers a batch that is sent again may land behind its successor, and an old snapshot of a
        // saga behind a newer one.
        if role == .plainProducer, values["enable.idempotence"] == "false", values["max.in.flight"] == nil {
            values["max.in.flight.requests.per.connection"] = "1"
        }
        for (name, value) in fixed(for: role).merging(own, uniquingKeysWith: { $1 }) { values[name] = value }
        return values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    private func defaults(for role: ClientRole) -> [String: String] {
        var values = [
            "client.id": clientID,
            "socket.nagle.disable": "true",
            "socket.keepalive.enable": "true",
            "socket.timeout.ms": String(min(operationTimeoutMs, 300_000)),
            "allow.auto.create.topics": "false",
            "log.connection.close": "false",
            "topic.metadata.refresh.interval.ms": "60000",
        ]
        switch role {
        case .groupConsumer:
            values["session.timeout.ms"] = String(sessionTimeoutMs)
            values["heartbeat.interval.ms"] = String(heartbeatMs)
            values["max.poll.interval.ms"] = String(max(maxPollIntervalMs, sessionTimeoutMs))
            values.merge(fetchDefaults) { $1 }
        case .reader:
            values.merge(fetchDefaults) { $1 }
        case .restorer:
            values.merge(fetchDefaults) { $1 }
            values.merge(readAheadDefaults) { $1 }
        case .transactionalProducer:
            values["transaction.timeout.ms"] = String(transactionTimeoutMs)
            values["retry.backoff.ms"] = String(Self.retryBackoffMs)
            values.merge(produceDefaults) { $1 }
        case .plainProducer:
            values["enable.idempotence"] = "true"
            values["message.timeout.ms"] = String(operationTimeoutMs)
            values.merge(produceDefaults) { $1 }
        case .admin:
            break
        }
        return values
    }

    private var fetchDefaults: [String: String] {
        [
            "fetch.wait.max.ms": String(fetchWaitMs),
            "fetch.error.backoff.ms": "100",
        ]
    }

    /// Until version 2.2 librdkafka sleeps for a second once it has read as far ahead as it may, whatever is taken from
    /// it meanwhile (`rd_kafka_broker_consumer_serve`). By default that is 100 000 records or 64 MiB, which a restore
    /// works off in a fifth of a second, only to wait for the rest of it.
    private var readAheadDefaults: [String: String] {
        [
            "queued.min.messages": "1000000",
            "queued.max.messages.kbytes": "262144",
        ]
    }

    private var produceDefaults: [String: String] {
        [
            "linger.ms": String(lingerMs),
            "message.max.bytes": String(messageMaxBytes),
            "queue.buffering.max.messages": "1000000",
            "partitioner": "murmur2_random",
        ]
    }

    private func fixed(for role: ClientRole) -> [String: String] {
        var values = bootstrapServers.isEmpty ? [:] : ["bootstrap.servers": bootstrapServers]
        switch role {
        case .groupConsumer, .reader, .restorer:
            values["enable.auto.commit"] = "false"
            values["enable.auto.offset.store"] = "false"
            values["auto.offset.reset"] = "earliest"
            values["isolation.level"] = "read_committed"
            values["enable.partition.eof"] = role == .groupConsumer ? "false" : "true"
            if role == .groupConsumer { values["partition.assignment.strategy"] = "range" }
        case .transactionalProducer, .plainProducer:
            values["acks"] = "all"
        case .admin:
            break
        }
        return values
    }

    /// A configuration object, which the caller owns.
    func configuration(_ role: ClientRole, own: [String: String]) throws(KafkaFault) -> OpaquePointer {
        guard let conf = rd_kafka_conf_new() else {
            throw KafkaFault(property: nil, problem: "librdkafka has no memory for a configuration")
        }
        for (name, value) in configured(role, own: own) {
            if let fault = PropertyTable.set(name, value, in: conf) {
                rd_kafka_conf_destroy(conf)
                throw fault
            }
        }
        return conf
    }
}
