import Contract
import SagaKernel

/// What a turn has decided and nobody knows yet. It becomes memory only after the commit.
struct Overlay {
    /// A request that something happened to.
    struct Touched {
        let partition: Int32
        let id: RequestID
        /// What it was when the turn began; nil: unknown.
        let before: SnapshotCodec.Content?
        /// What it is by now; nil: to be forgotten.
        var after: SnapshotCodec.Content?
        var events: [TimelineEvent] = []
        /// Events that the timeline has no room for. They are counted all the same.
        var unwritten: [TimelineEvent] = []
        var dispatches: [Dispatch] = []
        /// The last status is published again although nothing changed.
        var republishes = false
        /// Of a rejected request: why. Its status is not a saga's.
        var rejection: String?
        /// Filled when the turn is concluded.
        var output = Output()
        /// Of the subjects of the saga; made once for all that is said of it in a turn.
        private var redactor: Redactor?

        init(partition: Int32, id: RequestID, before: SnapshotCodec.Content?) {
            self.partition = partition
            self.id = id
            self.before = before
            after = before
        }

        mutating func redactor(for saga: Saga) -> Redactor {
            if let redactor { return redactor }
            let made = Redactor(subjects: saga.request.subjects)
            redactor = made
            return made
        }

        mutating func take(_ directives: [Directive]) {
            if events.isEmpty { events.reserveCapacity(directives.count) }
            for directive in directives {
                switch directive {
                case .dispatch(let dispatch): dispatches.append(dispatch)
                case .record(let event): events.append(event)
                case .republish: republishes = true
                }
            }
        }
    }

    /// What a concluded turn has to write about a request.
    struct Output {
        /// nil: the snapshot is the same as before.
        var snapshot: [UInt8]?
        var head: SnapshotCodec.Head?
        var writesStatus = false
        /// Both records become tombstones.
        var forgets = false
    }

    /// A record that cannot be used, to be written to the dead letters with the reason.
    struct DeadLetter {
        var record: Int
        var refusal: Refusal
    }

    /// A record that belongs to another partition.
    struct Forward {
        var record: Int
        var partition: Int32
    }

    struct Key: Hashable {
        var partition: Int32
        var id: RequestID
    }

    var touched: [Touched] = []
    var deadLetters: [DeadLetter] = []
    var forwards: [Forward] = []
    /// Hub plans that sagas of a partition refer to for the first time.
    var newPlans: [(partition: Int32, plan: HubPlan)] = []
    /// Hub plans that nothing refers to any more.
    var droppedPlans: [(partition: Int32, fingerprint: Fingerprint)] = []
    /// Snapshots and statuses that a former owner overwrote, to be written again as they are.
    var repairs: [Key] = []
    private var places: [Key: Int] = [:]

    var isEmpty: Bool {
        touched.isEmpty && deadLetters.isEmpty && forwards.isEmpty && newPlans.isEmpty && droppedPlans.isEmpty
            && repairs.isEmpty
    }

    mutating func clear() {
        touched.removeAll(keepingCapacity: true)
        deadLetters.removeAll(keepingCapacity: true)
        forwards.removeAll(keepingCapacity: true)
        newPlans.removeAll(keepingCapacity: true)
        droppedPlans.removeAll(keepingCapacity: true)
        repairs.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
    }

    func place(of id: RequestID, in partition: Int32) -> Int? { places[Key(partition: partition, id: id)] }

    /// Whether the turn itself writes a newer record, which memory's must not follow.
    func replaces(_ key: Key) -> Bool {
        guard let place = places[key] else { return false }
        return touched[place].output.snapshot != nil || touched[place].output.forgets
    }

    /// What is both repaired and touched shows its status anew, whether or not that has changed.
    mutating func republishRepaired() {
        for key in repairs {
            if let place = places[key] { touched[place].republishes = true }
        }
    }

    mutating func add(_ item: Touched) -> Int {
        places[Key(partition: item.partition, id: item.id)] = touched.count
        touched.append(item)
        return touched.count - 1
    }
}
