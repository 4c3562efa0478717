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

    /// The index entries that the tasks come to, each once.
    var standings: [Standing] {
        var result: [Standing] = []
        result.reserveCapacity(entries.count)
        for entry in entries {
            let standing = Standing(endpoint: entry.endpoint, standing: entry.state.standing)
            if !result.contains(standing) { result.append(standing) }
        }
        return result
    }

    struct Standing: Hashable {
        var endpoint: Int32
        var standing: EndpointStanding
    }
}
