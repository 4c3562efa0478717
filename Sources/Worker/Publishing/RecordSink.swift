public import RecordLog

/// A record to be written, with its memory.
public struct OutgoingRecord: Sendable {
    public var topic: String
    /// nil: any, by key.
    public var partition: Int32?
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: HeaderBlock

    public init(topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?, headers: HeaderBlock) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// Where acknowledgements and dead letters go.
public protocol RecordSink: Sendable {
    /// Returns when the record is durable.
    ///
    /// - Throws: `retriable` when it may be tried again (the record may have been written all the same).
    func publish(_ record: OutgoingRecord) async throws(LogFailure)
}
