/// Why a record says nothing to the read model. Beside a `JSONFault`, the only error of reading one. Neither holds
/// anything of the record itself.
enum UnreadableRecord: Error, Equatable {
    case missing(Field)
    /// There, but not one of the values that the contract knows.
    case unknown(Field)
    /// The record lies under another request's id than its body says.
    case keyMismatch
    /// A tombstone whose key is not a request id.
    case badKey

    enum Field: String {
        case requestID = "request_id"
        case term, version, state, events
        case taskState = "tasks.state"
        case endpoint = "tasks.endpoint_id"
        case time = "events.time"
        case event = "events.event"
        case dueTime = "sla.due_time"
    }
}

extension UnreadableRecord: CustomStringConvertible {
    var description: String {
        switch self {
        case .missing(let field): "has no \(field.rawValue)"
        case .unknown(let field): "has a \(field.rawValue) that the contract does not know"
        case .keyMismatch: "lies under another request's id"
        case .badKey: "is a tombstone of something that is not a request id"
        }
    }
}
