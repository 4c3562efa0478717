import RecordLog

/// A record to be written.
struct OutgoingRecord: Sendable {
    var topic: String
    /// nil: by the key.
    var partition: Int32?
    var key: [UInt8]?
    /// nil is a tombstone.
    var value: [UInt8]?
    var headers: HeaderBlock
}

struct RecordHeader: Hashable, Sendable {
    var name: String
    /// nil is a header without a value.
    var value: [UInt8]?

    init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// As text, for people.
    var text: String { String(decoding: value ?? [], as: UTF8.self) }
}

/// A record that was read, owned.
struct StoredRecord: Hashable, Sendable {
    var partition: Int32
    var offset: Int64
    /// Milliseconds since 1970.
    var timestampMs: Int64?
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [RecordHeader]

    /// The value of the last header of that name, as text.
    func header(_ name: String) -> String? {
        headers.last { $0.name == name }?.text
    }
}

/// What a broker says of a topic.
struct TopicFacts: Hashable, Sendable {
    var partitions: Int
    /// Of partition 0.
    var replication: Int
    /// Every property of the topic, defaults included; nil where the broker does not tell.
    var properties: [String: String]?
}

/// What a topic is to be when it is created.
struct PlannedTopic: Hashable, Sendable {
    var name: String
    var partitions: Int
    var replication: Int
    var properties: [String: String]
}

/// What is wrong between here and the broker; the text names no record's contents.
enum BrokerFailure: Error, Hashable, Sendable {
    case unreachable(String)
    /// The broker answered no.
    case refused(String)
    case unknownTopic(String)

    /// What is wrong, without advice.
    var reason: String {
        switch self {
        case .unreachable(let text): "it cannot be reached: \(text)"
        case .refused(let text): "it refused: \(text)"
        case .unknownTopic(let name): "there is no topic \(name)"
        }
    }

    /// Nothing was written. Otherwise something may have been, although nobody confirmed it.
    var isCertain: Bool {
        switch self {
        case .unknownTopic: true
        case .unreachable, .refused: false
        }
    }

    var asCommandFailure: CommandFailure {
        switch self {
        case .unreachable(let text):
            .unreachable(
                "the broker cannot be reached: \(text). Is bootstrap_servers right? `habeas doctor` looks closer.")
        case .refused(let text): .refused("the broker refused: \(text)")
        case .unknownTopic(let name):
            .refused("there is no topic \(name). Is topic_prefix right? `habeas topics create` makes the topics.")
        }
    }
}

/// What a transaction that was tried out showed.
enum TransactionProbe: Hashable, Sendable {
    case works
    case unsupported(String)
}

/// What the commands ask of the broker. Every call has the deadline `broker_timeout`, and throws a `BrokerFailure`.
struct BrokerClient: Sendable {
    /// Returns when every record is written.
    var publish: @Sendable ([OutgoingRecord]) async throws -> Void
    /// Hands over every committed record of a topic from its beginning to its present end, until `false` is returned.
    var read: @Sendable (_ topic: String, _ each: @escaping @Sendable (StoredRecord) -> Bool) async throws -> Void
    /// The topics that exist among `names`.
    var describe: @Sendable (_ names: [String]) async throws -> [String: TopicFacts]
    var create: @Sendable ([PlannedTopic]) async throws -> Void
    /// Begins a transaction, writes into this topic and aborts it.
    var probeTransaction: @Sendable (_ topic: String) async throws -> TransactionProbe
    /// The client library, such as `librdkafka 2.0.2`, and what it was built with.
    var library: @Sendable () -> (version: String, features: [String])
}
