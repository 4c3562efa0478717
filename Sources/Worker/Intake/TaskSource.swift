public import RecordLog

/// A record of a task topic, kept beyond the poll that brought it.
public struct TaskRecord: Sendable {
    public var partition: Int32
    public var offset: Int64
    public var key: [UInt8]?
    /// nil is a tombstone.
    public var value: [UInt8]?
    public var headers: HeaderBlock

    public init(partition: Int32, offset: Int64, key: [UInt8]?, value: [UInt8]?, headers: HeaderBlock) {
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// A copy of a borrowed record.
    public init(_ view: RecordView) {
        var headers = HeaderBlock()
        for header in view.headers { headers.append(name: header.name, value: header.value) }
        self.init(
            partition: view.partition, offset: view.offset, key: view.key.map { Array($0) },
            value: view.value.map { Array($0) }, headers: headers)
    }

    /// Lends the record in the form in which the contract's readers want it.
    func withViews<Answer>(
        _ body: (UnsafeRawBufferPointer?, UnsafeBufferPointer<HeaderView>) -> Answer
    ) -> Answer {
        headers.bytes.withUnsafeBytes { bytes in
            let views = headers.entries.map { entry in
                HeaderView(
                    name: Self.slice(bytes, entry.nameStart, entry.nameLength),
                    value: entry.valueLength < 0 ? nil : Self.slice(bytes, entry.valueStart, entry.valueLength))
            }
            return views.withUnsafeBufferPointer { headers in
                guard let value else { return body(nil, headers) }
                return value.withUnsafeBytes { body($0, headers) }
            }
        }
    }

    private static func slice(
        _ bytes: UnsafeRawBufferPointer, _ start: Int32, _ length: Int32
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(start) + Int(length)])
    }
}

/// Where reading of a partition goes on.
public struct TaskPosition: Hashable, Sendable {
    public var partition: Int32
    /// The next record to read.
    public var offset: Int64

    public init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// What a poll brought. A membership change comes alone.
public enum TaskPoll: Sendable {
    case nothing
    case records([TaskRecord])
    /// All partitions that are this worker's now.
    case assigned([Int32])
    /// None of the partitions is this worker's any more. Unless they are `lost`, what is done can still be committed,
    /// before the next poll.
    case revoked(lost: Bool)
}

/// One connector's task topic, as a member of its group of workers sees it.
///
/// All calls but `wake` are made on one thread.
public protocol TaskSource: AnyObject {
    /// Waits at most `timeoutMs` and takes at most `maxRecords` records. With 0 it takes none, and only stays a member
    /// of the group. Returns early after `wake`.
    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> TaskPoll

    func commit(_ positions: [TaskPosition]) throws(LogFailure)

    /// Makes a poll that is under way, or else the next one, return at once. Callable from any thread.
    var wake: @Sendable () -> Void { get }

    /// Leaves the group, so that others get the partitions at once.
    func leave()
}
