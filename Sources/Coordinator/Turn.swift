public import Contract
public import RecordLog
import SagaKernel

/// Decides what a batch of records and the due timers mean, without doing anything about it.
///
/// Everything is decided on the overlay: the memory is only read. Whatever a turn decided can therefore be written
/// twice, or thrown away.
struct Turn {
    let settings: LaneSettings
    let acknowledgements: AcknowledgementReader
    let commands: CommandReader
    let directory: any RequestDirectory
    private let subjectKey: SubjectKey
    private(set) var requests: RequestReader
    private(set) var plans: LanePlans
    /// Of every co-partitioned topic; known once the lane has looked.
    var partitionCount: Int32 = 0

    init(
        settings: LaneSettings, subjectKey: SubjectKey, directory: any RequestDirectory, plans: LanePlans
    ) {
        self.settings = settings
        self.subjectKey = subjectKey
        self.directory = directory
        self.plans = plans
        acknowledgements = AcknowledgementReader(limits: settings.acknowledgementLimits)
        commands = CommandReader()
        requests = RequestReader(limits: settings.requestLimits, subjectKey: subjectKey) { plans.plans[$0] != nil }
    }

    /// Plans new requests with another catalogue.
    mutating func use(_ plans: LanePlans) {
        let partitionCount = partitionCount
        self = Turn(settings: settings, subjectKey: subjectKey, directory: directory, plans: plans)
        self.partitionCount = partitionCount
    }

    /// Indices of the input topics, in the order of `TopicNames.inputs`.
    enum Input: Int, CaseIterable {
        case requests, acks, commands
    }

    /// Reads one record and decides what it means. `index` is its place in the batch.
    func take(
        _ record: RecordView, from input: Input, at index: Int, store: PartitionStore, now: Timestamp,
        into overlay: inout Overlay
    ) throws(LaneFailure) {
        switch input {
        case .requests: try takeRequest(record, at: index, store: store, now: now, into: &overlay)
        case .acks: try takeAcknowledgement(record, at: index, store: store, now: now, into: &overlay)
        case .commands: try takeCommand(record, at: index, store: store, now: now, into: &overlay)
        }
    }

    /// The request, taken from memory when nothing has happened to it yet in this turn.
    func touch(
        _ id: RequestID, _ store: PartitionStore, _ overlay: inout Overlay
    ) throws(LaneFailure) -> TouchedRequest {
        if let item = overlay.item(of: id, in: store.partition) { return item }
        if let item = try remember(id, store, &overlay) { return item }
        return overlay.add(TouchedRequest(partition: store.partition, id: id, content: nil))
    }

    /// The request, where this partition knows it: from memory or from what was decided in this turn.
    func find(
        _ id: RequestID, _ store: PartitionStore, _ overlay: inout Overlay
    ) throws(LaneFailure) -> TouchedRequest? {
        guard let item = overlay.item(of: id, in: store.partition) else { return try remember(id, store, &overlay) }
        return item.isKnown ? item : nil
    }

    private func remember(
        _ id: RequestID, _ store: PartitionStore, _ overlay: inout Overlay
    ) throws(LaneFailure) -> TouchedRequest? {
        do throws(SnapshotError) {
            guard let content = try store.content(of: id) else { return nil }
            return overlay.add(TouchedRequest(partition: store.partition, id: id, content: content))
        } catch {
            throw .unreadableSnapshot(partition: store.partition, error)
        }
    }

    /// The request that an acknowledgement or a command is about. One that is not known here belongs to the partition
    /// that it names or that the directory knows, and the record is passed on; or it is refused.
    ///
    /// - Parameter home: the partition that the record names as the request's.
    func addressee(
        _ id: RequestID, home: Int32?, isForwarded: Bool, at index: Int, store: PartitionStore,
        into overlay: inout Overlay
    ) throws(LaneFailure) -> TouchedRequest? {
        if let item = try find(id, store, &overlay) { return item }
        if let home = elsewhere(id, stated: home, isForwarded: isForwarded, store: store) {
            overlay.forwards.append(Overlay.Forward(record: index, partition: home))
        } else {
            refuse(.unknownRequest(id), at: index, into: &overlay)
        }
        return nil
    }

    func refuse(_ refusal: Refusal, at index: Int, into overlay: inout Overlay) {
        overlay.deadLetters.append(Overlay.DeadLetter(record: index, refusal: refusal))
    }

    /// The partition to which a record must be passed on; nil where it is at home here, or was passed on once already.
    func elsewhere(_ id: RequestID, stated: Int32?, isForwarded: Bool, store: PartitionStore) -> Int32? {
        guard !isForwarded else { return nil }
        guard let home = existing(stated) ?? existing(directory.homePartition(of: id)), home != store.partition else {
            return nil
        }
        return home
    }

    /// Partitions that do not exist cannot be written to, and one bad record must not stop its partition; such a
    /// statement is treated as if it were not there.
    private func existing(_ partition: Int32?) -> Int32? {
        partition.flatMap { $0 >= 0 && $0 < partitionCount ? $0 : nil }
    }
}

/// Why a lane cannot go on. Every case ends the lane; the process says so with its exit code.
public enum LaneFailure: Error, Sendable {
    case log(LogFailure)
    /// A snapshot in the log cannot be read: written by a newer version, or torn.
    case unreadableSnapshot(partition: Int32, SnapshotError)
    /// Sagas refer to hub plans that the partition does not hold.
    case missingPlans(partition: Int32, count: Int)
    /// The restore read nothing new for too long.
    case restoreStalled(topic: String, remaining: Int64)
    case missingTopic(String)
    /// Topics that must have equally many partitions do not.
    case unequalPartitions([(topic: String, partitions: Int)])
    /// The log answered "try again" for longer than the lane tries.
    case unavailable(reason: String)
    /// The lane was asked to end while it waited for the log. Not a failure: `Lane.run` returns.
    case stopping
}
