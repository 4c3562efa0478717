import Contract
import SagaKernel

/// What a turn has decided and nobody knows yet. It becomes memory only after the commit.
struct Overlay {
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

    /// In the order in which something first happened to them.
    private(set) var touched: [TouchedRequest] = []
    var deadLetters: [DeadLetter] = []
    var forwards: [Forward] = []
    /// Hub plans that sagas of a partition refer to for the first time.
    var newPlans: [(partition: Int32, plan: HubPlan)] = []
    /// Hub plans that nothing refers to any more.
    var droppedPlans: [(partition: Int32, fingerprint: Fingerprint)] = []
    /// Snapshots and statuses that a former owner overwrote, to be written again as they are.
    var repairs: [Key] = []
    private var items: [Key: TouchedRequest] = [:]

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
        items.removeAll(keepingCapacity: true)
    }

    /// The request, where something has happened to it in this turn.
    func item(of id: RequestID, in partition: Int32) -> TouchedRequest? { items[Key(partition: partition, id: id)] }

    /// Whether the turn itself writes a newer record, which memory's must not follow.
    func replaces(_ key: Key) -> Bool {
        guard let output = items[key]?.output else { return false }
        return output.snapshot != nil || output.forgets
    }

    /// What is both repaired and touched shows its status anew, whether or not that has changed.
    func republishRepaired() {
        for key in repairs { items[key]?.directives.republishes = true }
    }

    /// The touched, but the first of each partition, which opens it, before all others.
    ///
    /// A transaction learns of a partition with its first record. librdkafka asks for a millisecond's worth of them at
    /// once, spins for that millisecond, and keeps back the records of the others until they are in: partitions that
    /// all come in the beginning cost one request and one wait; those that come one after the other, one each.
    var openersFirst: [TouchedRequest] {
        var openers: [TouchedRequest] = []
        var others: [TouchedRequest] = []
        others.reserveCapacity(touched.count)
        var opened: Set<Int32> = []
        var last: Int32?
        for item in touched {
            // They come in long runs of one partition.
            if item.partition != last, opened.insert(item.partition).inserted {
                openers.append(item)
            } else {
                others.append(item)
            }
            last = item.partition
        }
        return openers + others
    }

    mutating func add(_ item: TouchedRequest) -> TouchedRequest {
        items[Key(partition: item.partition, id: item.id)] = item
        touched.append(item)
        return item
    }
}
