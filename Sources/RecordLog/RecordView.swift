/// A record as the log hands it out, borrowed.
///
/// `key`, `value` and the headers point into the log's own memory. They are valid until the batch that holds the record
/// is released (for a lane: until its next `poll`); whoever wants to keep something copies it.
public struct RecordView {
    /// Index of the topic in the list that the reader was opened with.
    public var topic: Int
    public var partition: Int32
    public var offset: Int64
    /// The record's own time, milliseconds since 1970; nil where the broker gives none.
    public var timestampMs: Int64?
    public var key: UnsafeRawBufferPointer?
    /// nil is a tombstone.
    public var value: UnsafeRawBufferPointer?
    /// In the order in which they were written; names may repeat.
    public var headers: UnsafeBufferPointer<HeaderView>

    public init(
        topic: Int, partition: Int32, offset: Int64, timestampMs: Int64?, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMs = timestampMs
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// One header of a record, borrowed like the record.
public struct HeaderView {
    /// UTF-8, without a terminating zero.
    public var name: UnsafeRawBufferPointer
    /// nil is a header without a value.
    public var value: UnsafeRawBufferPointer?

    public init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        self.name = name
        self.value = value
    }
}
