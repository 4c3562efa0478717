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

/// The headers of records to be written: encoded once, used for many.
///
/// Values that differ from record to record are appended to a copy; the bytes lie in one array, so that a copy costs
/// one allocation whatever the number of headers.
public struct HeaderBlock: Sendable {
    /// Where one header lies in `bytes`. Lengths in bytes; a value length of -1 is a header without a value.
    public struct Entry: Sendable {
        public var nameStart: Int32
        public var nameLength: Int32
        public var valueStart: Int32
        public var valueLength: Int32
    }

    /// Names are followed by a zero byte, which is not counted (librdkafka wants C strings).
    public private(set) var bytes: [UInt8] = []
    public private(set) var entries: [Entry] = []

    public init() {}

    /// A copy of a record's headers.
    public init(copying headers: UnsafeBufferPointer<HeaderView>) {
        for header in headers { append(name: header.name, value: header.value) }
    }

    public mutating func append(_ name: String, _ value: String) {
        append(name: name.utf8, value: value.utf8)
    }

    /// The same for bytes in memory: not generic, so that it costs a copy and nothing else in other modules too.
    public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(0)
        let valueStart = bytes.count
        if let value { bytes.append(contentsOf: value) }
        entries.append(
            Entry(
                nameStart: Int32(nameStart), nameLength: Int32(name.count), valueStart: Int32(valueStart),
                valueLength: value.map { Int32($0.count) } ?? -1))
    }

    public mutating func append(name: some Sequence<UInt8>, value: (some Sequence<UInt8>)?) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        let nameLength = bytes.count - nameStart
        bytes.append(0)
        let valueStart = bytes.count
        if let value { bytes.append(contentsOf: value) }
        let valueLength = value == nil ? -1 : bytes.count - valueStart
        entries.append(
            Entry(
                nameStart: Int32(nameStart), nameLength: Int32(nameLength), valueStart: Int32(valueStart),
                valueLength: Int32(valueLength)))
    }

    /// What the headers take in a record, at most: each of the two lengths of a header up to five bytes.
    public var wireBytes: Int {
        entries.reduce(0) { $0 + Int($1.nameLength) + max(0, Int($1.valueLength)) + 10 }
    }

    /// What client and broker count of a record with these headers, at most.
    public func recordBytes(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) -> Int {
        (key?.count ?? 0) + (value?.count ?? 0) + wireBytes + HeaderBlock.framingBytes
    }

    /// Beside key, value and headers, generously.
    private static let framingBytes = 1_024

    public mutating func reserve(bytes byteCount: Int, entries entryCount: Int) {
        bytes.reserveCapacity(byteCount)
        entries.reserveCapacity(entryCount)
    }

    /// Forgets every header behind the first `entryCount`, keeping the memory: the next record's own headers go there.
    public mutating func truncate(entries entryCount: Int) {
        guard entryCount < entries.count else { return }
        bytes.removeLast(bytes.count - Int(entries[entryCount].nameStart))
        entries.removeLast(entries.count - entryCount)
    }
}
