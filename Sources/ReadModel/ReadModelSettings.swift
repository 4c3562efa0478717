/// The bounds of a read model.
public struct ReadModelSettings: Hashable, Sendable {
    /// Requests on one page at most. 1...10 000.
    public var pageRequestsMax = 1_000
    /// A page ends early rather than hold more than this many bytes of statuses (but holds at least one). 64 KiB...
    public var pageBytesMax = 8 * 1_048_576
    /// Newest events of a request that are kept. 1...100 000.
    public var timelineEventsPerRequestMax = 500
    /// Events older than this, counted from the newest one, are forgotten; milliseconds. At least a day.
    public var timelineAgeMaxMs: Int64 = 3 * 366 * 86_400_000
    /// Connections that answer queries beside the one that writes (only with a file). 1...64.
    public var readersMax = 4

    public init() {}

    func checked() -> ReadModelSettings {
        precondition((1...10_000).contains(pageRequestsMax), "pageRequestsMax: 1...10000")
        precondition(pageBytesMax >= 65_536, "pageBytesMax: at least 65536")
        precondition((1...100_000).contains(timelineEventsPerRequestMax), "timelineEventsPerRequestMax: 1...100000")
        precondition(timelineAgeMaxMs >= 86_400_000, "timelineAgeMaxMs: at least a day")
        precondition((1...64).contains(readersMax), "readersMax: 1...64")
        return self
    }
}
