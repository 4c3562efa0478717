/// The topics of a deployment (contract §1), all under one prefix.
public struct TopicNames: Hashable, Sendable {
    public let prefix: String

    public init(prefix: String = "habeas.") {
        self.prefix = prefix
    }

    public var requests: String { prefix + "requests" }
    public var acks: String { prefix + "acks" }
    public var commands: String { prefix + "commands" }
    public var sagas: String { prefix + "sagas" }
    public var status: String { prefix + "status" }
    public var timeline: String { prefix + "timeline" }
    public var deadLetters: String { prefix + "dead-letters" }

    public func tasks(connector: String) -> String { prefix + "tasks." + connector }

    /// The consumer group of the coordinators.
    public var coordinatorGroup: String { prefix + "coordinator" }

    /// What a coordinator reads, in the order in which its lanes know them.
    public var inputs: [String] { [requests, acks, commands] }

    /// Everything but the task topics that must have equally many partitions.
    public var coPartitioned: [String] { inputs + [sagas, status, timeline] }
}
