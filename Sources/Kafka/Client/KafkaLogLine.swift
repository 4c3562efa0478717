/// One line of librdkafka's own log.
public struct KafkaLogLine: Sendable {
    /// What the line is about, as syslog orders it.
    public enum Level: Int, Sendable, Comparable {
        case emergency, alert, critical, error, warning, notice, info, debug

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    public var level: Level
    /// The name of the client instance, for example `habeas#consumer-1`.
    public var client: String
    /// librdkafka's short word for the kind of line, for example `FAIL` or `REBALANCE`.
    public var facility: String
    public var message: String

    public init(level: Level, client: String, facility: String, message: String) {
        self.level = level
        self.client = client
        self.facility = facility
        self.message = message
    }
}

/// Takes librdkafka's log lines. Called from any of its threads, so it must be quick and must not call back.
public typealias KafkaLog = @Sendable (KafkaLogLine) -> Void
