internal import CRdKafka
internal import RecordLog
internal import Synchronization

/// Something wrong with the settings, to be shown to whoever wrote them.
public struct KafkaFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The librdkafka property or the setting; nil where the fault is in the combination.
    public var property: String?
    public var problem: String

    public init(property: String?, problem: String) {
        self.property = property
        self.problem = problem
    }

    public var description: String { property.map { "\($0): \(problem)" } ?? problem }
}

extension KafkaSettings {
    /// Every fault of the settings, none if they are sound. Opens no connection.
    ///
    /// What librdkafka checks only when a client is made (a certificate that is not there, properties that exclude each
    /// other) is found by making one of each kind without brokers.
    public func validate() -> [KafkaFault] {
        var faults = rangeFaults()
        faults += propertyFaults()
        faults += combinationFaults()
        // A throw-away client would only repeat what was found.
        return faults.isEmpty ? trialFaults() : faults
    }

    private func rangeFaults() -> [KafkaFault] {
        var faults: [KafkaFault] = []
        if bootstrapServers.allSatisfy({ $0.isWhitespace || $0 == "," }) {
            faults.append(KafkaFault(property: "bootstrap_servers", problem: "names no broker"))
        }
        let ranges: [(String, Int, ClosedRange<Int>)] = [
            ("operation timeout (ms)", operationTimeoutMs, 1000...600_000),
            ("transaction timeout (ms)", transactionTimeoutMs, 1000...900_000),
            ("session timeout (ms)", sessionTimeoutMs, 1000...3_600_000),
            ("max poll interval (ms)", maxPollIntervalMs, 1000...86_400_000),
            ("leave timeout (ms)", leaveTimeoutMs, 100...600_000),
            ("linger (ms)", lingerMs, 0...1000),
            ("fetch wait (ms)", fetchWaitMs, 1...5000),
            ("largest message (bytes)", messageMaxBytes, 1000...100_000_000),
        ]
        for (name, value, range) in ranges where !range.contains(value) {
            faults.append(
                KafkaFault(
                    property: name, problem: "\(value) is outside \(range.lowerBound)…\(range.upperBound)"))
        }
        return faults
    }

    private func propertyFaults() -> [KafkaFault] {
        var faults: [KafkaFault] = []
        guard let conf = rd_kafka_conf_new() else { return faults }
        defer { rd_kafka_conf_destroy(conf) }
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            if let reason = PropertyTable.owner(of: name) {
                faults.append(KafkaFault(property: name, problem: "cannot be set: \(reason)"))
            } else if let fault = PropertyTable.set(name, value, in: conf) {
                faults.append(fault)
            }
        }
        for names in PropertyTable.sameThing where names.count(where: { properties[$0] != nil }) > 1 {
            faults.append(
                KafkaFault(property: names[0], problem: "given twice: \(names.joined(separator: " and ")) are the same")
            )
        }
        return faults
    }

    private func combinationFaults() -> [KafkaFault] {
        var faults: [KafkaFault] = []
        if guarantee == .exactlyOnce, transactionTimeoutInForceMs > operationTimeoutMs / 2 {
            faults.append(
                KafkaFault(
                    property: "transaction.timeout.ms",
                    problem: "must be at most half of broker_timeout (\(operationTimeoutMs) ms), or a transaction that "
                        + "was left open would hold up whoever asks for committed offsets for longer than it waits"))
        }
        let idempotent = properties["enable.idempotence"] != "false"
        if guarantee == .exactlyOnce, !idempotent {
            faults.append(
                KafkaFault(
                    property: "enable.idempotence",
                    problem: "a transactional producer needs it; choose at-least-once to run without"))
        }
        let inFlight = properties["max.in.flight"] ?? properties["max.in.flight.requests.per.connection"]
        if !idempotent, let inFlight, inFlight != "1" {
            faults.append(
                KafkaFault(
                    property: "max.in.flight",
                    problem: "must be 1 without enable.idempotence, or a batch sent again could overtake its successor")
            )
        }
        if let fault = queueFault() { faults.append(fault) }
        return faults
    }

    /// The fault of a producer's queue that cannot hold the largest record: librdkafka would call it full for ever.
    public func queueFault() -> KafkaFault? {
        let name = "queue.buffering.max.kbytes"
        let record = properties["message.max.bytes"].flatMap { Int($0) } ?? messageMaxBytes
        // In whole KiB: the queue in bytes may be no number, for its range is checked elsewhere.
        let needed = record / 1_024 + (record % 1_024).signum()
        guard let queue = properties[name].flatMap({ Int($0) }), queue < needed else { return nil }
        return KafkaFault(
            property: name,
            problem: "\(queue) KiB cannot hold the largest record (\(record) bytes, message.max.bytes); raise it")
    }

    private func trialFaults() -> [KafkaFault] {
        var faults: [KafkaFault] = []
        let names = [
            "group.id": "habeas-trial", "group.instance.id": "habeas-trial", "transactional.id": "habeas-trial",
        ]
        for role in ClientRole.allCases where guarantee == .exactlyOnce || role != .transactionalProducer {
            var own = names.filter { name, _ in
                role == .groupConsumer ? name != "transactional.id" : false
            }
            if role == .transactionalProducer { own["transactional.id"] = names["transactional.id"] }
            var settings = self
            settings.bootstrapServers = ""
            if let fault = settings.trial(role, own: own), !faults.contains(fault) { faults.append(fault) }
        }
        return faults
    }

    /// Makes and destroys a client without brokers.
    private func trial(_ role: ClientRole, own: [String: String]) -> KafkaFault? {
        let complaints = Mutex<[String]>([])
        do {
            let client = try ClientHandle(role, self, own: own) { line in
                if line.level <= .error { complaints.withLock { $0.append(line.message) } }
            }
            client.destroy(withinMs: leaveTimeoutMs)
        } catch {
            return KafkaFault(property: nil, problem: error.reason)
        }
        return complaints.withLock { $0.first }.map { KafkaFault(property: nil, problem: $0) }
    }
}
