import RecordLog

/// Records lent as views. What was lent is overwritten when it is taken back, so that whoever kept a view reads
/// nonsense instead of getting away with it.
final class LentRecords {
    private var memory: [UnsafeMutableRawBufferPointer] = []
    private var headerLists: [UnsafeMutableBufferPointer<HeaderView>] = []
    private var views: UnsafeMutableBufferPointer<RecordView>?

    struct Item {
        var topic: Int
        var partition: Int32
        var entry: PartitionLog.Entry
    }

    deinit { takeBack() }

    func lend(_ items: [Item]) -> UnsafeBufferPointer<RecordView> {
        takeBack()
        let lent = UnsafeMutableBufferPointer<RecordView>.allocate(capacity: items.count)
        var count = 0
        for item in items {
            guard let record = item.entry.record else { continue }
            lent.initializeElement(at: count, to: view(of: record, item))
            count += 1
        }
        views = lent
        return UnsafeBufferPointer(rebasing: lent[..<count])
    }

    private func view(of record: SimulatedRecord, _ item: Item) -> RecordView {
        let headers = UnsafeMutableBufferPointer<HeaderView>.allocate(capacity: record.headers.count)
        for (place, header) in record.headers.enumerated() {
            headers.initializeElement(
                at: place, to: HeaderView(name: copy(header.name), value: header.value.map { copy($0) }))
        }
        headerLists.append(headers)
        return RecordView(
            topic: item.topic, partition: item.partition, offset: item.entry.offset,
            timestampMs: item.entry.timestampMs, key: record.key.map { copy($0) }, value: record.value.map { copy($0) },
            headers: UnsafeBufferPointer(headers))
    }

    func takeBack() {
        for piece in memory {
            piece.initializeMemory(as: UInt8.self, repeating: 0xEE)
            piece.deallocate()
        }
        for list in headerLists { list.deallocate() }
        views?.deallocate()
        memory = []
        headerLists = []
        views = nil
    }

    private func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        piece.copyBytes(from: bytes)
        memory.append(piece)
        return UnsafeRawBufferPointer(piece)
    }
}
