internal import CPrefetch
import Contract
import RecordLog
import SagaKernel

/// Reads the records of one partition of `sagas`, in the order of the log, into its contents.
///
/// What it waits for is memory. Each record lies where another core has written it, and what is known of its request in
/// a table that fits into no cache. So a record is looked at three times: its bytes are fetched, then its id is read
/// and the place in the table fetched, then it is taken. What lies between is long enough for the waits to overlap, and
/// so short that what was fetched is still there.
struct PartitionReading: ~Copyable {
    private(set) var highestTerm: Int64 = 0
    /// The newest own claim that was read back.
    private(set) var claimed: Int64?
    /// The newest of them that counts: no term as high stands before it.
    private(set) var confirmed: Int64?
    /// When requests have to be looked at, as their records said one after the other; what a later one said otherwise
    /// stands here too, and heaps of timers bear with it.
    private var wakes: [TimerHeap.Entry] = []
    /// Whose claims are its own.
    private let owner: String
    /// The ids of the next records, each at its number in the run; nil where a key is none.
    private let ids = UnsafeMutableBufferPointer<RequestID?>.allocate(capacity: Self.ahead)

    /// Records from one look to the next. A power of two.
    private static let ahead = 32

    /// - Parameter owner: see `TermRecord`.
    init(owner: String) {
        self.owner = owner
        ids.initialize(repeating: nil)
    }

    deinit { ids.deallocate() }

    /// Takes records up to the first that cannot be used.
    mutating func take(
        _ run: UnsafeBufferPointer<RecordView>, into contents: inout PartitionContents
    ) throws(SnapshotError) {
        for index in 0..<min(2 * Self.ahead, run.count) { Self.fetch(run[index]) }
        for index in 0..<min(Self.ahead, run.count) { readID(run, index, contents) }
        for index in run.indices {
            let id = ids[index & (Self.ahead - 1)]
            if index + 2 * Self.ahead < run.count { Self.fetch(run[index + 2 * Self.ahead]) }
            if index + Self.ahead < run.count { readID(run, index + Self.ahead, contents) }
            try take(run[index], id, into: &contents)
        }
    }

    /// Makes room for so many requests at once, and some more: it is a guess, and the next one is a little different.
    mutating func makeRoom(forRequests expected: Int) {
        if expected > wakes.capacity { wakes.reserveCapacity(expected + expected / 8) }
    }

    /// When requests have to be looked at, by what was read so far; what is taken is not kept.
    ///
    /// A few that later records said otherwise may be among them. With more entries than requests there are, they are
    /// gathered anew, which waits for memory once more.
    mutating func takeWakes(_ contents: borrowing PartitionContents) -> [TimerHeap.Entry] {
        defer { wakes = [] }
        if wakes.count > contents.count { return contents.wakes }
        // It was a guess how much room they would need.
        return wakes.capacity > 2 * wakes.count ? Array(wakes[...]) : wakes
    }

    /// Has the key and the head of a record fetched, which lie one behind the other in the log's memory.
    private static func fetch(_ record: RecordView) {
        guard let key = record.key?.baseAddress else { return }
        habeas_prefetch(key)
        habeas_prefetch(key + SystemMemory.lineBytes)
    }

    private func readID(
        _ run: UnsafeBufferPointer<RecordView>, _ index: Int, _ contents: borrowing PartitionContents
    ) {
        let id = run[index].key.flatMap { RequestID(bytes: $0) }
        if let id { contents.fetch(id) }
        ids[index & (Self.ahead - 1)] = id
    }

    private mutating func take(
        _ record: RecordView, _ id: RequestID?, into contents: inout PartitionContents
    ) throws(SnapshotError) {
        guard let key = record.key else { return }
        if let id {
            try takeSaga(id, record.value, into: &contents)
        } else if key.starts(with: PlanCodec.keyPrefix.utf8) {
            try takePlan(key, record.value, into: &contents)
        } else if key.elementsEqual(TermRecord.key.utf8), let value = record.value {
            try takeClaim(try TermRecord(value))
        }
    }

    private mutating func takeSaga(
        _ id: RequestID, _ value: UnsafeRawBufferPointer?, into contents: inout PartitionContents
    ) throws(SnapshotError) {
        guard let value else {
            contents.remove(id)
            contents.overruled.remove(id)
            return
        }
        var head = try SnapshotCodec.head(of: value)
        if Mutant.forgetsTimersOnRestore.isOn { head.wake = nil }
        try raiseTerm(to: head.term)
        switch contents.put(value, of: id, head: head) {
        case .done(let oldWake):
            if let wake = head.wake, wake != oldWake { note(wake, of: id, contents) }
            if !contents.overruled.isEmpty { contents.overruled.remove(id) }
        case .outranked:
            // Written by an earlier owner that did not know yet that it had lost the partition.
            if !Mutant.leavesForeignWrites.isOn { contents.overruled.insert(id) }
        }
    }

    private mutating func note(_ wake: Timestamp, of id: RequestID, _ contents: borrowing PartitionContents) {
        wakes.append(TimerHeap.Entry(dueMs: wake.milliseconds, id: id))
        // A log that nobody has cleaned up holds many records of each request. To gather them anew is a walk through
        // all of the table, however few are in it.
        if wakes.count > max(1_024, contents.capacity, 3 * contents.count) { wakes = contents.wakes }
    }

    private func takePlan(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, into contents: inout PartitionContents
    ) throws(SnapshotError) {
        if let value {
            contents.hold(try PlanCodec.decode(value))
        } else if let fingerprint = PlanCodec.fingerprint(key: key) {
            contents.drop(plan: fingerprint)
        }
    }

    private mutating func takeClaim(_ claim: TermRecord) throws(SnapshotError) {
        if claim.owner == owner {
            claimed = claim.term
            let isFirst = highestTerm < claim.term || Mutant.keepsTermOfPredecessor.isOn
            if isFirst { confirmed = claim.term }
        }
        try raiseTerm(to: claim.term)
    }

    /// The next owner's term is one more: the last number there is belongs to no owner, and to a damaged record.
    private mutating func raiseTerm(to term: Int64) throws(SnapshotError) {
        guard term < .max else { throw .badValue(field: "term") }
        highestTerm = max(highestTerm, term)
    }
}
