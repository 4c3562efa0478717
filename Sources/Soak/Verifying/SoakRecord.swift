import Contract

/// The topics that the verifier reads, in the order in which it reads them: what follows from something else first, so
/// that whatever it sees has its cause in what it reads later.
enum SoakTopic: String, CaseIterable, Sendable {
    case deadLetters = "dead-letters"
    case status, sagas, tasks, acks, requests

    func names(_ topics: TopicNames) -> [String] {
        switch self {
        case .deadLetters: [topics.deadLetters]
        case .status: [topics.status]
        case .sagas: [topics.sagas]
        case .tasks: SoakCatalogue.connectors.map(topics.tasks(connector:))
        case .acks: [topics.acks]
        case .requests: [topics.requests]
        }
    }
}

/// A committed record that outlives its batch.
struct SoakRecord: Sendable {
    var topic: SoakTopic
    /// The topic's whole name.
    var name: String
    var partition: Int32
    var offset: Int64
    /// As its writer dated it, milliseconds since 1970.
    var timestampMs: Int64
    var key: String
    /// nil is a tombstone.
    var value: [UInt8]?
    var headers: [String: String] = [:]

    var place: RecordPlace { RecordPlace(topic: name, partition: partition, offset: offset) }
}

/// Where a record lies.
struct RecordPlace: Hashable, Sendable, CustomStringConvertible {
    var topic: String
    var partition: Int32
    var offset: Int64

    var description: String { "\(topic) [\(partition)] at \(offset)" }
}

/// Headers that the driver puts on what it sends.
enum SoakHeader {
    /// On a record that Habeas must refuse: the code of the dead letter. Dead letters keep it.
    static let expect = "soak-expect"
}
