/// A record of `status` or `timeline`, copied out of the log.
public struct LogRecord: Hashable, Sendable {
    public var partition: Int32
    public var offset: Int64
    /// The record's own time, milliseconds since 1970; nil where the broker gives none.
    public var timestampMs: Int64?
    public var key: [UInt8]
    /// nil is a tombstone.
    public var value: [UInt8]?

    public init(partition: Int32, offset: Int64, timestampMs: Int64?, key: [UInt8], value: [UInt8]?) {
        self.partition = partition
        self.offset = offset
        self.timestampMs = timestampMs
        self.key = key
        self.value = value
    }
}

/// One of the two topics that the read model is made from.
public enum ProjectedTopic: Int, CaseIterable, Hashable, Sendable {
    case status, timeline

    public var name: String {
        switch self {
        case .status: "status"
        case .timeline: "timeline"
        }
    }
}
