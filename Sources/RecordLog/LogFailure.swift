/// Everything that a log can answer instead of doing what it was asked.
///
/// The lane decides what to do from the case alone; `reason` is for people.
public enum LogFailure: Error, Hashable, Sendable {
    /// Nothing happened; the same call may be made again.
    case retriable(reason: String)
    /// The open transaction cannot be committed. Abort it, then do the turn again.
    case abortRequired(reason: String)
    /// Whether the transaction was committed is not known. Throw the producer and the memory away and begin anew from
    /// the topics.
    case outcomeUnknown(reason: String)
    /// The partitions are somebody else's by now (the group went on without this member). Abort, forget them, and wait
    /// for the next assignment.
    case partitionsLost(reason: String)
    /// Another process uses the same identity and took over. This one must end.
    case fenced(reason: String)
    /// The client cannot be used any more, for a reason that a new one would not cure: authentication, authorisation,
    /// an unsupported feature. This process must end.
    case fatal(reason: String)

    public var reason: String {
        switch self {
        case .retriable(let reason), .abortRequired(let reason), .outcomeUnknown(let reason),
            .partitionsLost(let reason), .fenced(let reason), .fatal(let reason):
            reason
        }
    }
}
