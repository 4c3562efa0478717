import RecordLog

@testable import Simulation

/// Topics, committed offsets and transactions in memory, as far as a lane can tell them from a broker's.
///
/// Used on one thread. A transaction that is open hides everything behind its first record from readers of committed
/// records, and leaves a marker in every partition that it wrote to, so that offsets have the holes that real ones
/// have.
final class ScriptedBroker {
    struct Record {
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: [(name: String, value: String)] = []

        var keyText: String { key.map { String(decoding: $0, as: UTF8.self) } ?? "" }
    }

    /// A record that is longer is refused for good, as the client does.
    var recordBytesMax = Int.max

    struct Place: Hashable {
        var topic: String
        var partition: Int32
    }

    private enum Slot {
        case record(Record, transaction: Int?)
        case marker
    }

    private enum Fate {
        case open, committed, aborted
    }

    private(set) var topics: [String: Int]
    private var slots: [Place: [Slot]] = [:]
    private var fates: [Fate] = []
    private var owners: [String] = []
    private(set) var committed: [Place: Int64] = [:]
    /// Of two producers with one identity the one that began last has the right to it.
    private(set) var producerEpochs: [String: Int] = [:]
    /// How often the group has given its partitions out anew.
    var generation = 0

    init(topics: [String: Int]) {
        self.topics = topics
    }

    func remove(topic: String) { topics[topic] = nil }

    /// Takes a producer's identity over: what the predecessor left open is aborted.
    func takeOver(_ owner: String) -> Int {
        for transaction in fates.indices where fates[transaction] == .open && owners[transaction] == owner {
            end(transaction, .aborted)
        }
        producerEpochs[owner, default: 0] += 1
        return producerEpochs[owner, default: 0]
    }

    func beginTransaction(of owner: String) -> Int {
        fates.append(.open)
        owners.append(owner)
        return fates.count - 1
    }

    /// - Parameter transaction: nil: visible at once.
    func append(_ record: Record, to place: Place, transaction: Int? = nil) {
        slots[place, default: []].append(.record(record, transaction: transaction))
    }

    func commit(_ transaction: Int, offsets: [Place: Int64] = [:]) {
        end(transaction, .committed)
        commit(offsets: offsets)
    }

    func abort(_ transaction: Int) { end(transaction, .aborted) }

    func commit(offsets: [Place: Int64]) { committed.merge(offsets) { _, new in new } }

    private func end(_ transaction: Int, _ fate: Fate) {
        fates[transaction] = fate
        for place in slots.keys {
            let wrote = slots[place]?.contains { slot in
                if case .record(_, transaction) = slot { true } else { false }
            }
            if wrote == true { slots[place]?.append(.marker) }
        }
    }

    func highWatermark(_ place: Place) -> Int64 { Int64(slots[place]?.count ?? 0) }

    /// The next committed record at or behind `position`, and how far reading has come without one: up to the first
    /// record whose fate is open.
    func next(_ place: Place, from position: Int64) -> (found: (offset: Int64, record: Record)?, position: Int64) {
        let all = slots[place] ?? []
        var offset = Int(position)
        while offset < all.count {
            switch all[offset] {
            case .marker: offset += 1
            case .record(let record, nil): return ((Int64(offset), record), Int64(offset + 1))
            case .record(let record, let transaction?):
                switch fates[transaction] {
                case .open: return (nil, Int64(offset))
                case .aborted: offset += 1
                case .committed: return ((Int64(offset), record), Int64(offset + 1))
                }
            }
        }
        return (nil, Int64(offset))
    }

    /// Every committed record of a topic, partition by partition.
    func records(_ topic: String) -> [(partition: Int32, record: Record)] {
        var all: [(Int32, Record)] = []
        for partition in 0..<Int32(topics[topic] ?? 0) {
            var position: Int64 = 0
            while let found = step(Place(topic: topic, partition: partition), &position) {
                all.append((partition, found))
            }
        }
        return all
    }

    private func step(_ place: Place, _ position: inout Int64) -> Record? {
        let (found, next) = next(place, from: position)
        position = next
        return found?.record
    }
}

extension LentRecords {
    /// The same for records of a script.
    func lend(
        _ records: [(topic: Int, partition: Int32, offset: Int64, record: ScriptedBroker.Record)]
    ) -> UnsafeBufferPointer<RecordView> {
        lend(
            records.map { item in
                let headers = item.record.headers.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
                let record = SimulatedRecord(key: item.record.key, value: item.record.value, headers: headers)
                let entry = PartitionLog.Entry(offset: item.offset, timestampMs: 0, record: record)
                return Item(topic: item.topic, partition: item.partition, entry: entry)
            })
    }
}
