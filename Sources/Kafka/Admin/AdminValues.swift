/// Why an administrative call did not do what it was asked.
public enum AdminFailure: Error, Hashable, Sendable {
    /// No broker answered in time.
    case unreachable(reason: String)
    /// The cluster answered, and said no.
    case refused(reason: String)

    public var reason: String {
        switch self {
        case .unreachable(let reason), .refused(let reason): reason
        }
    }
}

/// A topic that is to be created.
public struct NewTopic: Hashable, Sendable {
    public var name: String
    public var partitions: Int
    /// nil is the broker's default.
    public var replication: Int?
    /// Topic settings by their Kafka names, for example `cleanup.policy`.
    public var configs: [String: String]

    public init(name: String, partitions: Int, replication: Int? = nil, configs: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configs = configs
    }
}

/// What became of one topic that was to be created or deleted.
public enum TopicOutcome: Hashable, Sendable {
    case done
    /// It was there already; its partitions and settings may be others than those asked for.
    case alreadyExists
    case refused(reason: String)
}

/// One topic as the cluster describes it.
public struct TopicDescription: Hashable, Sendable {
    public var name: String
    public var partitions: Int
    /// The smallest replica count of any partition.
    public var replication: Int
    /// Partitions that have no leader at the moment, so that they can be neither read nor written.
    public var partitionsWithoutLeader: [Int32]
}

/// A topic setting in force.
public struct TopicConfigValue: Hashable, Sendable {
    /// nil where the broker does not tell.
    public var value: String?
    public var isDefault: Bool
    public var isReadOnly: Bool
}

/// What is known of a cluster.
public struct ClusterDescription: Hashable, Sendable {
    public var clusterID: String?
    /// Node ids.
    public var brokers: [Int32]
    /// nil while none is elected, or where the brokers do not tell.
    public var controller: Int32?
}

/// How far a group is behind on one partition.
public struct PartitionLag: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    /// Where the group goes on; nil where it has committed nothing.
    public var committed: Int64?
    /// First offset that is kept.
    public var low: Int64
    /// The offset behind the last record.
    public var high: Int64

    /// Offsets between here and the end. Control markers count, so that a few can remain when nothing is left to read.
    public var lag: Int64 { max(0, high - max(committed ?? low, low)) }
}
