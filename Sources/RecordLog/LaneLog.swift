/// What a lane may ask of a log: the seam between the coordinator and Kafka.
///
/// Two implementations exist: librdkafka's, and a simulated broker that can do to a lane everything that a real one
/// can. All calls but `wake` are made on the lane's own thread, never two at a time, and each returns within the
/// deadline of the configuration that the log was made with.
///
/// The order of calls that a log may rely on:
///
///     join → poll* → (assigned → readers → assign) → (poll → begin → produce* → commit | abort)* → leave
///
/// Between `assigned` and `assign` a lane may write too, without input: begin → produce* → commit.
public protocol LaneLog: AnyObject {
    /// Joins the group and subscribes to the input topics. Assignments arrive from `poll`.
    func join() throws(LogFailure)

    /// Waits at most `timeoutMs` for something to happen, and takes at most `maxRecords` records.
    ///
    /// Releases the batch of the call before. Returns early after `wake`.
    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> LanePoll

    /// Answers an assignment: reading goes on at the committed offsets, or at the beginning where there are none.
    /// Called again for partitions that are already assigned, it rewinds them to the committed offsets.
    func assign(partitions: [Int32]) throws(LogFailure)

    /// Answers a revocation: nothing is read any more.
    func unassign() throws(LogFailure)

    /// Opens a reader on some partitions of a topic, from their beginning, apart from the group. Its records may come
    /// without their headers.
    func openReader(topic: String, partitions: [Int32]) throws(LogFailure) -> any LogReader

    /// Number of partitions of a topic; nil where there is no such topic.
    func partitionCount(topic: String) throws(LogFailure) -> Int?

    /// Makes an output topic known and returns the index under which `produce` knows it. Idempotent.
    func output(topic: String) throws(LogFailure) -> Int

    /// Whether what is written from `begin` to `commit` becomes visible together or not at all (exactly-once), so that
    /// a restart never finds a part of it, in whichever order it was written.
    var isTransactional: Bool { get }

    /// Opens a transaction (exactly-once), or only starts a new list of what must be flushed (at-least-once).
    func begin() throws(LogFailure)

    /// Hands one record to the producer; key, value and headers are copied before it returns. `value` nil writes a
    /// tombstone.
    func produce(
        output: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: HeaderBlock
    ) throws(LogFailure)

    /// What is produced from here on is durable only if everything before it is. Within a transaction that is so
    /// anyway; at-least-once waits for what is on its way.
    func barrier() throws(LogFailure)

    /// Makes everything since `begin` and the input positions durable together (exactly-once), or one after the other
    /// (at-least-once).
    ///
    /// - Parameter positions: for each input topic (by its index) and partition that was read, the offset of the next
    ///   record to read.
    func commit(positions: [InputPosition]) throws(LogFailure)

    /// Gives up everything since `begin`.
    func abort() throws(LogFailure)

    /// Throws the producer away and makes a new one with the same identity, which ends whatever the old one left open.
    func recycleProducer() throws(LogFailure)

    /// Makes a `poll` that is under way, or else the next one, return at once. Callable from any thread, also when the
    /// log is closed.
    var wake: @Sendable () -> Void { get }

    /// Leaves the group and closes everything. Bounded by the configured deadline.
    func leave()
}

/// What one `poll` brought. A membership change comes alone: records arrive from the next call on.
public enum LanePoll {
    case nothing
    /// Valid until the next `poll`.
    case records(UnsafeBufferPointer<RecordView>)
    /// These partitions of every input topic are this member's. The lane restores them and answers with `assign`.
    case assigned([Int32])
    /// None of the partitions is this member's any more. `lost`: the group has already given them away. The lane
    /// forgets them and answers with `unassign`.
    case revoked(lost: Bool)
}

/// Where reading of an input goes on.
public struct InputPosition: Hashable, Sendable {
    /// Index of the topic in the list of inputs.
    public var topic: Int
    public var partition: Int32
    /// The next record to read.
    public var offset: Int64

    public init(topic: Int, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// Reads whole partitions from their beginning, committed records only.
public protocol LogReader: AnyObject {
    /// For each partition, in the order in which the reader was opened, the offset behind its last record, uncommitted
    /// ones and control markers included. A reader whose position has reached it has seen everything that was committed
    /// before the call (a bound taken with the reader's own isolation could lie before a commit that is under way).
    func highWatermarks() throws(LogFailure) -> [Int64]

    /// Waits at most `timeoutMs` for records. The view is valid until the next call. `RecordView.topic` is 0.
    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> UnsafeBufferPointer<RecordView>

    /// For each partition the offset from which the next record would come, control markers skipped.
    func positions() throws(LogFailure) -> [Int64]

    func close()
}
