internal import CRdKafka
internal import Foundation

/// What this build of librdkafka knows of its own properties.
enum PropertyTable {
    /// Which kinds of client take a property; nil kinds take both.
    private enum Scope: String {
        case consumer = "C"
        case producer = "P"
    }

    private static let scopes: [String: Scope] = {
        guard let text = habeas_properties_text() else { return [:] }
        defer { free(text) }
        var scopes: [String: Scope] = [:]
        for line in String(cString: text).split(separator: "\n") {
            let columns = line.split(separator: "|", maxSplits: 2)
            guard columns.count == 3 else { continue }
            let scope = columns[1].filter { !$0.isWhitespace }
            scopes[columns[0].filter { !$0.isWhitespace }] = Scope(rawValue: scope)
        }
        return scopes
    }()

    /// Whether a client of this type takes the property. A client that does not would only log that it ignores it.
    static func applies(_ name: String, to type: rd_kafka_type_t) -> Bool {
        switch scopes[name] {
        case nil: true
        case .consumer: type == RD_KAFKA_CONSUMER
        case .producer: type == RD_KAFKA_PRODUCER
        }
    }

    /// The names under which librdkafka knows the same property, the given one included.
    static func aliases(of name: String) -> [String] { sameThing.first { $0.contains(name) } ?? [name] }

    static let sameThing: [[String]] = [
        ["bootstrap.servers", "metadata.broker.list"],
        ["max.in.flight", "max.in.flight.requests.per.connection"],
        ["linger.ms", "queue.buffering.max.ms"],
        ["retries", "message.send.max.retries"],
        ["compression.type", "compression.codec"],
        ["acks", "request.required.acks"],
        ["message.timeout.ms", "delivery.timeout.ms"],
        ["fetch.message.max.bytes", "max.partition.fetch.bytes"],
        ["sasl.mechanisms", "sasl.mechanism"],
    ]

    /// Sets one property; the fault says what librdkafka has against it.
    static func set(_ name: String, _ value: String, in conf: OpaquePointer) -> KafkaFault? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            switch rd_kafka_conf_set(conf, name, value, text.baseAddress, text.count) {
            case RD_KAFKA_CONF_OK: nil
            case RD_KAFKA_CONF_UNKNOWN: KafkaFault(property: name, problem: "librdkafka knows no such property")
            case RD_KAFKA_CONF_INVALID, _: KafkaFault(property: name, problem: String(cString: text.baseAddress!))
            }
        }
    }

    /// Properties that are not the user's, and why.
    static func owner(of name: String) -> String? {
        switch name {
        case "group.id", "group.instance.id", "transactional.id":
            "follows from the settings topic_prefix, instance and lanes"
        case "bootstrap.servers", "metadata.broker.list":
            "is the setting bootstrap_servers"
        case "enable.auto.commit", "enable.auto.offset.store", "auto.commit.interval.ms", "offset.store.method":
            "offsets are committed together with the work that they stand for"
        case "isolation.level":
            "only committed records may be acted on"
        case "partition.assignment.strategy":
            "range alone keeps equal partitions of the input topics together"
        case "auto.offset.reset":
            "a partition without committed offset is read from its beginning"
        case "enable.partition.eof", "delivery.report.only.error", "enabled_events", "log.queue",
            "internal.termination.signal":
            "belongs to the way in which the client is used"
        case "acks", "request.required.acks":
            "less than all would lose acknowledged records"
        case "test.mock.num.brokers":
            "would give every client brokers of its own; use the embedded broker"
        default:
            // Every other property is the user's.
            nil
        }
    }
}
