import RecordLog

/// Headers that are owned, as the borrowed views that readers of records take.
enum HeaderViews {
    /// - Parameter body: the views are valid until it returns.
    static func with<Result>(
        _ headers: [RecordHeader], _ body: (UnsafeBufferPointer<HeaderView>) -> Result
    ) -> Result {
        var bytes: [UInt8] = []
        var ranges: [(name: Range<Int>, value: Range<Int>?)] = []
        for header in headers {
            let start = bytes.count
            bytes += header.name.utf8
            let middle = bytes.count
            if let value = header.value { bytes += value }
            ranges.append((start..<middle, header.value == nil ? nil : middle..<bytes.count))
        }
        return bytes.withUnsafeBytes { buffer in
            let views = ranges.map { range in
                HeaderView(
                    name: UnsafeRawBufferPointer(rebasing: buffer[range.name]),
                    value: range.value.map { UnsafeRawBufferPointer(rebasing: buffer[$0]) })
            }
            return views.withUnsafeBufferPointer(body)
        }
    }
}

extension HeaderBlock {
    /// The headers one by one, in their order.
    var headers: [RecordHeader] {
        entries.map { entry in
            let name = bytes[Int(entry.nameStart)..<Int(entry.nameStart + entry.nameLength)]
            let value =
                entry.valueLength < 0
                ? nil : Array(bytes[Int(entry.valueStart)..<Int(entry.valueStart + entry.valueLength)])
            return RecordHeader(String(decoding: name, as: UTF8.self), value)
        }
    }
}
