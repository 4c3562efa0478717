import Contract
import SagaKernel

/// A request that something happened to in a turn: what it was, what it is by now, what has to be written of it.
///
/// A class, unlike most of what a turn handles. Half a dozen places change it one after the other, and a saga that
/// stays where it lies is not copied, with all that it refers to, by each of them.
final class TouchedRequest {
    let partition: Int32
    let id: RequestID
    /// The saga when the turn began; nil: there was none.
    let before: Saga?
    /// Whether the log held anything of the request when the turn began.
    let wasKnown: Bool
    /// The saga by now. Whatever happens to it happens in here: `item.happen { saga, directives in … }`.
    var saga: Saga?
    /// What is left of a saga, or of a request that never became one. Never beside a saga.
    private(set) var husk: Husk?
    /// What has come of all that happened in the turn.
    var directives = Directives()
    /// Events that the timeline has no room for. They are counted all the same.
    var unwritten: [TimelineEvent] = []
    /// Of a rejected request: why. Its status is not a saga's.
    var rejection: String?
    /// Filled when the turn is concluded.
    var output = Output()
    /// Of the subjects of the saga; made once for all that is said of it in a turn.
    private var madeRedactor: Redactor?

    /// What a concluded turn has to write about a request.
    struct Output {
        /// nil: the snapshot is the same as before.
        var snapshot: [UInt8]?
        var head: SnapshotCodec.Head?
        var writesStatus = false
        /// Both records become tombstones.
        var forgets = false
    }

    /// - Parameter content: what the partition's memory holds of it; nil: nothing.
    init(partition: Int32, id: RequestID, content: SnapshotCodec.Content?) {
        self.partition = partition
        self.id = id
        wasKnown = content != nil
        switch content {
        case .saga(let saga):
            before = saga
            self.saga = saga
        case .husk(let husk):
            before = nil
            self.husk = husk
        case nil:
            before = nil
        }
    }

    /// By cases: a comparison with nil copies the whole saga first.
    var hasSaga: Bool {
        switch saga {
        case .some: true
        case nil: false
        }
    }

    /// The same of when the turn began.
    var wasSaga: Bool {
        switch before {
        case .some: true
        case nil: false
        }
    }

    /// False also where it has been forgotten in this turn.
    var isKnown: Bool { hasSaga || husk != nil }

    /// - Parameter brought: what the saga's beginning has led to.
    func become(_ saga: consuming Saga, _ brought: Directives) {
        self.saga = saga
        husk = nil
        directives.append(brought)
    }

    func become(_ husk: Husk) {
        saga = nil
        self.husk = husk
    }

    func forget() {
        saga = nil
        husk = nil
    }

    /// Gives the saga its next version where its public face has changed.
    ///
    /// - Parameter isCompared: with how it was when the turn began; otherwise it counts as changed.
    /// - Returns: whether there is a new status to publish.
    func seal(isCompared: Bool, term: Int64, now: Timestamp) -> Bool {
        let hasNewFace =
            isCompared
            ? saga?.seal(since: before, term: term, now: now) : saga?.seal(since: nil, term: term, now: now)
        return hasNewFace ?? false
    }

    /// Keeps the subjects of the saga out of what is said of it; nil where there is no saga, so that nobody knows them.
    func redactor() -> Redactor? {
        guard hasSaga else { return nil }
        if let madeRedactor { return madeRedactor }
        guard let subjects = saga?.request.subjects else { return nil }
        let redactor = Redactor(subjects: subjects)
        madeRedactor = redactor
        return redactor
    }

    /// In many a turn all places of a request answer, which ends its stages and itself. To grow into that would move
    /// every event several times.
    private var expectedEvents: Int {
        min((saga?.tasks.count ?? 0) + (saga?.stages.count ?? 0) + 1, Self.expectedEventsMax)
    }

    /// A turn may touch many requests with many tasks, of which it hears one each.
    private static let expectedEventsMax = 16

    /// Lets something happen to the saga, in its place; nothing happens where there is none.
    func happen(_ body: (inout Saga, inout Directives) -> Void) {
        if directives.events.isEmpty { directives.events.reserveCapacity(expectedEvents) }
        lend { body(&$0, &directives) }
    }

    /// Lets the saga be looked at where it lies: taken out, it is copied with all that it refers to. Nothing is called
    /// where there is none.
    func look<Failure: Error>(_ body: (borrowing Saga) throws(Failure) -> Void) throws(Failure) {
        try lend { (saga) throws(Failure) in try body(saga) }
    }

    private func lend<Failure: Error>(_ body: (inout Saga) throws(Failure) -> Void) throws(Failure) {
        guard hasSaga else { return }
        try body(&saga!)
    }
}
