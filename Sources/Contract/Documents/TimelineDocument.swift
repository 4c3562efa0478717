/// What happened to a request in one turn (contract §5): one record of the `timeline` topic.
public struct TimelineDocument: Codable, Hashable, Sendable {
    public var requestID: String
    /// The status version that the turn led to.
    public var version: Int64
    public var events: [EventDocument]

    public struct EventDocument: Codable, Hashable, Sendable {
        public var time: String
        /// `received`, `duplicate`, `planned`, `dispatched`, `acknowledged`, `ack_ignored`, `timed_out`, `stage_left`,
        /// `swept_again`, `reappeared`, `command_applied`, `command_refused`, `sla_changed`, `state_changed`,
        /// `redacted`.
        public var event: String
        public var taskID: String?
        public var epoch: Int?
        public var attempt: Int?
        public var code: String?
        public var commandID: String?
        public var `operator`: String?
        public var reason: String?

        enum CodingKeys: String, CodingKey {
            case time, event
            case taskID = "task_id"
            case epoch, attempt, code
            case commandID = "command_id"
            case `operator`, reason
        }
    }

    enum CodingKeys: String, CodingKey {
        case requestID = "request_id"
        case version, events
    }
}
