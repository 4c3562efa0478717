/// The tasks of a request as its row keeps them: five bytes each, the endpoint's number and the state, so that the next
/// status shows what changed without the old one being read again.
struct TaskList: Equatable {
    struct Entry: Hashable {
        var endpoint: Int32
        var state: TaskStatus
    }

    var entries: [Entry]

    init(entries: [Entry]) {
        self.entries = entries
    }

    init(bytes: UnsafeRawBufferPointer) {
        entries = []
        entries.reserveCapacity(bytes.count / 5)
        for start in stride(from: 0, to: bytes.count - 4, by: 5) {
            let endpoint = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self))
            // Written by this type alone; a file that says otherwise is damaged, and the next status mends the row.
            guard let state = TaskStatus(rawValue: bytes[start + 4]) else { continue }
            entries.append(Entry(endpoint: endpoint, state: state))
        }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * 5)
        for entry in entries {
            withUnsafeBytes(of: entry.endpoint.littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(entry.state.rawValue)
        }
        return bytes
    }

    /// The index entries that the tasks come to, each once, sorted.
    var standings: [Standing] {
        var result: [Standing] = []
        result.reserveCapacity(entries.count)
        for standing in entries.map({ Standing($0) }).sorted() where result.last != standing {
            result.append(standing)
        }
        return result
    }

    /// An endpoint and how the request stands with it.
    struct Standing: Hashable, Comparable {
        private var packed: Int64

        init(_ entry: Entry) {
            packed = Int64(entry.endpoint) << 2 | Int64(entry.state.standing.rawValue)
        }

        var endpoint: Int64 { packed >> 2 }
        /// A raw value of `EndpointStanding`.
        var standing: Int64 { packed & 3 }

        static func < (left: Standing, right: Standing) -> Bool { left.packed < right.packed }
    }

    /// What has to go and what has to come for `before` to become `after`; both sorted.
    static func difference(
        _ before: [Standing], _ after: [Standing]
    ) -> (gone: [Standing], come: [Standing]) {
        var gone: [Standing] = []
        var come: [Standing] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if new == after.count || old < before.count && before[old] < after[new] {
                gone.append(before[old])
                old += 1
            } else if old == before.count || after[new] < before[old] {
                come.append(after[new])
                new += 1
            } else {
                (old, new) = (old + 1, new + 1)
            }
        }
        return (gone, come)
    }
}
