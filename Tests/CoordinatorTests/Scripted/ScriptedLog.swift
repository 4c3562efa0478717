import RecordLog
import Synchronization

@testable import Simulation

/// A lane's log over a `ScriptedBroker`: it does what it is asked, but for one call that the script says fails.
///
/// It also holds the lane to the order of calls that a log may rely on; what breaks it is kept in `violations`.
final class ScriptedLog: LaneLog {
    enum Call: Hashable, CaseIterable {
        case join, poll, assign, unassign, openReader, partitionCount, output, begin, produce, barrier, commit, abort
        case recycle, leave, watermarks, readerPoll, positions
    }

    enum Guarantee {
        case exactlyOnce, atLeastOnce
    }

    /// The call that fails, and what is true afterwards all the same.
    struct Fault {
        var call: Call
        /// Which of the calls from now on: 1 is the next.
        var number = 1
        var failure: LogFailure
        /// The call has done its work; only its answer was lost.
        var isDone = false
        /// At-least-once: which of the records on their way arrive although the flush failed, by their place.
        var arrives: @Sendable (Int) -> Bool = { _ in false }
    }

    enum Step: Equatable {
        case call(Call)
        case record(topic: String, key: String, isTombstone: Bool)
    }

    private enum Holding: Equatable {
        case nothing
        case offered([Int32])
        case assigned([Int32])
    }

    /// What the group does when a fault has taken the partitions away.
    enum GroupAnswer {
        case nothing, revokes, assignsAgain
    }

    private struct OnItsWay {
        var place: ScriptedBroker.Place
        var record: ScriptedBroker.Record
    }

    let broker: ScriptedBroker
    let guarantee: Guarantee
    let inputs: [String]
    /// Of its producer.
    let identity: String
    var faults: [Fault] = []
    var answersLoss = GroupAnswer.assignsAgain
    /// Polls that do not hear yet what the group has decided.
    var deafPolls = 0
    /// Called before the call does its work.
    var before: (Call) -> Void = { _ in }
    private(set) var steps: [Step] = []
    private(set) var violations: [String] = []
    private(set) var polls: [(maxRecords: Int, timeoutMs: Int, records: Int)] = []
    private(set) var hasLeft = false

    private var news: [(change: LanePoll, generation: Int)] = []
    /// Which of the group's decisions this member goes by.
    private var generation = 0
    private var holding = Holding.nothing
    private var positions: [ScriptedBroker.Place: Int64] = [:]
    private var outputs: [String] = []
    private var transaction: Int?
    private var isOpen = false
    private var mustRecycle = false
    private var onItsWay: [OnItsWay] = []
    private var epoch = 0
    private let lent = LentRecords()
    private let wakes = WakeCount()

    init(broker: ScriptedBroker, inputs: [String], guarantee: Guarantee, identity: String = "lane") {
        self.identity = identity
        self.broker = broker
        self.inputs = inputs
        self.guarantee = guarantee
    }

    /// What the group decides next.
    func tell(_ change: LanePoll) { news.append((change, broker.generation)) }

    func forgetSteps() { steps = [] }

    func violate(_ what: String) { violations.append(what) }

    /// Notes the call, and fails it where the script says so.
    func enter(_ call: Call, done: (Fault) -> Void = { _ in }) throws(LogFailure) {
        before(call)
        steps.append(.call(call))
        if hasLeft { violations.append("\(call) after leave") }
        guard let index = faults.firstIndex(where: { $0.call == call }) else { return }
        faults[index].number -= 1
        guard faults[index].number == 0 else { return }
        let fault = faults.remove(at: index)
        done(fault)
        if case .partitionsLost = fault.failure { goOnWithoutMember() }
        throw fault.failure
    }

    /// The group gave the partitions away, which the member hears next, and gives them back after that.
    private func goOnWithoutMember() {
        guard news.isEmpty, generation == broker.generation else { return }
        switch holding {
        case .nothing: return
        case .offered(let partitions), .assigned(let partitions):
            if answersLoss != .nothing { tell(.revoked(lost: true)) }
            if answersLoss == .assignsAgain { tell(.assigned(partitions)) }
        }
    }

    var wake: @Sendable () -> Void { { [wakes] in wakes.add() } }
    var wakeCount: Int { wakes.count }

    func join() throws(LogFailure) {
        try enter(.join)
        epoch = broker.takeOver(identity)
    }

    func poll(maxRecords: Int, timeoutMs: Int) throws(LogFailure) -> LanePoll {
        lent.takeBack()
        if isOpen { violations.append("poll within a turn") }
        try enter(.poll)
        if deafPolls > 0 {
            deafPolls -= 1
        } else if let next = news.first {
            return try take(next.change, next.generation)
        }
        guard case .assigned(let partitions) = holding else {
            polls.append((maxRecords, timeoutMs, 0))
            return .nothing
        }
        var records: [(topic: Int, partition: Int32, offset: Int64, record: ScriptedBroker.Record)] = []
        for (index, topic) in inputs.enumerated() {
            for partition in partitions {
                let place = ScriptedBroker.Place(topic: topic, partition: partition)
                while records.count < maxRecords {
                    let (found, position) = broker.next(place, from: positions[place] ?? 0)
                    positions[place] = position
                    guard let found else { break }
                    records.append((index, partition, found.offset, found.record))
                }
            }
        }
        polls.append((maxRecords, timeoutMs, records.count))
        return records.isEmpty ? .nothing : .records(lent.lend(records))
    }

    private func take(_ change: LanePoll, _ generation: Int) throws(LogFailure) -> LanePoll {
        switch change {
        case .assigned(let partitions):
            guard holding == .nothing else { return .revoked(lost: true) }
            holding = .offered(partitions)
            self.generation = generation
        case .revoked:
            if holding == .nothing {
                news.removeFirst()
                return .nothing
            }
        case .nothing, .records: violations.append("the script told something that is no change")
        }
        news.removeFirst()
        return change
    }

    func assign(partitions: [Int32]) throws(LogFailure) {
        try enter(.assign)
        switch holding {
        case .nothing: throw .partitionsLost(reason: "nothing is offered")
        case .offered(let offered), .assigned(let offered):
            if offered != partitions { violations.append("assign \(partitions) of \(offered)") }
        }
        if !news.isEmpty { throw .partitionsLost(reason: "the group went on") }
        holding = .assigned(partitions)
        positions = [:]
        for topic in inputs {
            for partition in partitions {
                let place = ScriptedBroker.Place(topic: topic, partition: partition)
                positions[place] = broker.committed[place] ?? 0
            }
        }
    }

    func unassign() throws(LogFailure) {
        try enter(.unassign)
        holding = .nothing
    }

    func openReader(topic: String, partitions: [Int32]) throws(LogFailure) -> any LogReader {
        try enter(.openReader)
        if isOpen { violations.append("openReader within a turn") }
        return ScriptedReader(log: self, topic: topic, partitions: partitions)
    }

    func partitionCount(topic: String) throws(LogFailure) -> Int? {
        try enter(.partitionCount)
        return broker.topics[topic]
    }

    func output(topic: String) throws(LogFailure) -> Int {
        try enter(.output)
        guard broker.topics[topic] != nil else { throw .fatal(reason: "no topic \(topic)") }
        if let known = outputs.firstIndex(of: topic) { return known }
        outputs.append(topic)
        return outputs.count - 1
    }

    func leave() {
        steps.append(.call(.leave))
        lent.takeBack()
        endTurn()
        hasLeft = true
    }
}

extension ScriptedLog {
    var isTransactional: Bool { guarantee == .exactlyOnce }

    func begin() throws(LogFailure) {
        try checkFenced()
        if isOpen { violations.append("begin within a turn") }
        if mustRecycle { violations.append("begin with a producer that must be thrown away") }
        try enter(.begin) { if case .outcomeUnknown = $0.failure { mustRecycle = true } }
        isOpen = true
        if guarantee == .exactlyOnce { transaction = broker.beginTransaction(of: identity) }
    }

    func produce(
        output: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?,
        headers: HeaderBlock
    ) throws(LogFailure) {
        try checkFenced()
        if !isOpen { violations.append("produce outside a turn") }
        let topic = outputs[output]
        try enter(.produce) { if case .outcomeUnknown = $0.failure { mustRecycle = true } }
        guard partition < Int32(broker.topics[topic] ?? 0) else {
            throw .fatal(reason: "produce to \(topic): no partition \(partition)")
        }
        let bytes = key.count + (value?.count ?? 0) + headers.wireBytes
        guard bytes <= broker.recordBytesMax else {
            throw .fatal(reason: "produce to \(topic): \(bytes) bytes are too many")
        }
        let record = ScriptedBroker.Record(
            key: Array(key), value: value.map { Array($0) }, headers: Self.texts(of: headers))
        steps.append(.record(topic: topic, key: record.keyText, isTombstone: value == nil))
        let place = ScriptedBroker.Place(topic: topic, partition: max(0, partition))
        if let transaction {
            broker.append(record, to: place, transaction: transaction)
        } else {
            onItsWay.append(OnItsWay(place: place, record: record))
        }
    }

    func barrier() throws(LogFailure) {
        try enter(.barrier) { fail($0) }
        if guarantee == .atLeastOnce { flush() }
    }

    func commit(positions inputs: [InputPosition]) throws(LogFailure) {
        try checkFenced()
        if !isOpen { violations.append("commit outside a turn") }
        if case .assigned = holding {} else if !inputs.isEmpty { violations.append("commit of what is not assigned") }
        var offsets: [ScriptedBroker.Place: Int64] = [:]
        for input in inputs {
            offsets[ScriptedBroker.Place(topic: self.inputs[input.topic], partition: input.partition)] = input.offset
        }
        // Without transactions only the offsets are checked against the group, and here there are none.
        let isStale = generation != broker.generation && !(guarantee == .atLeastOnce && inputs.isEmpty)
        try enter(.commit) { fault in
            if fault.isDone, !isStale { finish(offsets) } else { fail(fault) }
            if case .outcomeUnknown = fault.failure { mustRecycle = true }
        }
        guard isStale else { return finish(offsets) }
        // The group refuses the offsets. Without transactions the records have gone out before them.
        if guarantee == .atLeastOnce { flush() }
        throw .partitionsLost(reason: "another generation")
    }

    func abort() throws(LogFailure) {
        try checkFenced()
        try enter(.abort) { if case .outcomeUnknown = $0.failure { mustRecycle = true } }
        endTurn()
    }

    func recycleProducer() throws(LogFailure) {
        try checkFenced()
        try enter(.recycle)
        endTurn()
        epoch = broker.takeOver(identity)
        mustRecycle = false
    }

    private func checkFenced() throws(LogFailure) {
        guard epoch == broker.producerEpochs[identity] || guarantee == .atLeastOnce else {
            throw .fenced(reason: "another producer has this identity")
        }
    }

    private func finish(_ offsets: [ScriptedBroker.Place: Int64]) {
        if let transaction {
            broker.commit(transaction, offsets: offsets)
        } else {
            flush()
            broker.commit(offsets: offsets)
        }
        transaction = nil
        isOpen = false
    }

    /// A flush that failed: some of what was on its way may have arrived.
    private func fail(_ fault: Fault) {
        for (place, item) in onItsWay.enumerated() where fault.arrives(place) {
            broker.append(item.record, to: item.place)
        }
        onItsWay = []
        if case .outcomeUnknown = fault.failure { mustRecycle = true }
    }

    private func flush() {
        for item in onItsWay { broker.append(item.record, to: item.place) }
        onItsWay = []
    }

    private func endTurn() {
        if let transaction { broker.abort(transaction) }
        transaction = nil
        isOpen = false
        onItsWay = []
    }

    private static func texts(of block: HeaderBlock) -> [(name: String, value: String)] {
        block.entries.map { entry in
            let name = block.bytes[Int(entry.nameStart)...].prefix(Int(entry.nameLength))
            let value = block.bytes[Int(entry.valueStart)...].prefix(Int(max(0, entry.valueLength)))
            return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}

private final class WakeCount: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
