/// The headers of records to be written: encoded once, used for many.
///
/// Values that differ from record to record are appended to a copy, or written over those of the record before; the
/// bytes lie in one array, so that a copy costs one allocation whatever the number of headers.
public struct HeaderBlock: Sendable {
    /// Where one header lies in `bytes`. Lengths in bytes; a value length of -1 is a header without a value.
    public struct Entry: Sendable {
        public var nameStart: Int32
        public var nameLength: Int32
        public var valueStart: Int32
        public var valueLength: Int32
    }

    /// Names are followed by a zero byte, which is not counted (librdkafka wants C strings). Longer than what the
    /// entries refer to, where there is room for more.
    public private(set) var bytes: [UInt8] = []
    public private(set) var entries: [Entry] = []
    /// How many of the bytes are taken.
    private var used = 0

    public init() {}

    /// A copy of a record's headers.
    public init(copying headers: UnsafeBufferPointer<HeaderView>) {
        for header in headers { append(name: header.name, value: header.value) }
    }

    public mutating func append(_ name: String, _ value: String) {
        append(name: name.utf8, value: value.utf8)
    }

    public mutating func append(name: some Collection<UInt8>, value: (some Collection<UInt8>)?) {
        append(nameLength: name.count, valueLength: value?.count) { nameBytes, valueBytes in
            nameBytes.copyBytes(from: name)
            if let value { valueBytes.copyBytes(from: value) }
        }
    }

    /// The same for bytes in memory: not generic, so that it costs a copy and nothing else in other modules too.
    public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        append(nameLength: name.count, valueLength: value?.count) { nameBytes, valueBytes in
            nameBytes.copyMemory(from: name)
            if let value { valueBytes.copyMemory(from: value) }
        }
    }

    /// A header whose value is written straight into its place.
    ///
    /// - Parameter write: must fill all of the `valueLength` bytes that it is lent, unless `rewrite` does so before the
    ///   block is used.
    public mutating func append(
        name: StaticString, valueLength: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        append(nameLength: name.utf8CodeUnitCount, valueLength: valueLength) { nameBytes, valueBytes in
            nameBytes.copyMemory(from: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            write(valueBytes)
        }
    }

    /// Puts another value in the place of one that was appended.
    ///
    /// - Parameters:
    ///   - entry: index of the header.
    ///   - length: bytes of the value that was appended there.
    ///   - write: is lent so many bytes, and returns how many of them it has written.
    public mutating func rewrite(entry: Int, length: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        let start = Int(entries[entry].valueStart)
        let written = bytes.withUnsafeMutableBytes {
            write(UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + length]))
        }
        entries[entry].valueLength = Int32(written)
    }

    @inline(__always)
    private mutating func append(
        nameLength: Int, valueLength: Int?,
        _ write: (_ name: UnsafeMutableRawBufferPointer, _ value: UnsafeMutableRawBufferPointer) -> Void
    ) {
        let valueStart = used + nameLength + 1
        let end = valueStart + (valueLength ?? 0)
        if end > bytes.count { grow(to: end) }
        bytes.withUnsafeMutableBytes { bytes in
            bytes[valueStart - 1] = 0
            write(
                UnsafeMutableRawBufferPointer(rebasing: bytes[used..<used + nameLength]),
                UnsafeMutableRawBufferPointer(rebasing: bytes[valueStart..<end]))
        }
        entries.append(
            Entry(
                nameStart: Int32(used), nameLength: Int32(nameLength), valueStart: Int32(valueStart),
                valueLength: valueLength.map { Int32($0) } ?? -1))
        used = end
    }

    private mutating func grow(to count: Int) {
        let room = max(count, 2 * bytes.count)
        bytes.append(contentsOf: repeatElement(0, count: room - bytes.count))
    }

    /// What the headers take in a record, at most: each of the two lengths of a header up to five bytes.
    public var wireBytes: Int {
        entries.reduce(0) { $0 + Int($1.nameLength) + max(0, Int($1.valueLength)) + 10 }
    }

    /// What client and broker count of a record with these headers, at most.
    public func recordBytes(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) -> Int {
        (key?.count ?? 0) + (value?.count ?? 0) + wireBytes + HeaderBlock.framingBytes
    }

    /// Beside key, value and headers, generously.
    private static let framingBytes = 1_024

    public mutating func reserve(bytes byteCount: Int, entries entryCount: Int) {
        if byteCount > bytes.count { grow(to: byteCount) }
        entries.reserveCapacity(entryCount)
    }

    /// Forgets every header behind the first `entryCount`, keeping the memory: the next record's own headers go there.
    public mutating func truncate(entries entryCount: Int) {
        guard entryCount < entries.count else { return }
        used = Int(entries[entryCount].nameStart)
        while entries.count > entryCount { entries.removeLast() }
    }
}
