import SagaKernel

/// Why bytes that should be a snapshot are none. They come from our own topic, so this is never expected: whoever meets
/// it stops and says where.
public enum SnapshotError: Error, Hashable, Sendable {
    case truncated
    /// Written by a newer Habeas, or not by Habeas at all.
    case unknownFormat(UInt8)
    case badValue(field: StaticName)
    /// It refers to a hub plan that the partition does not hold.
    case missingPlan

    /// The name of a field; a type of its own, since a plain string could hold anything.
    public struct StaticName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        public let description: String

        public init(stringLiteral value: StaticString) {
            description = value.description
        }
    }
}

/// Appends values in the compact form of snapshots: integers as variable-length groups of seven bits, the sign folded
/// into the lowest bit, strings with their length in front.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63)) }

    mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    mutating func word(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { text in
            count(text.count)
            bytes.append(contentsOf: text)
        }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout ByteWriter, Value) -> Void) {
        byte(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    mutating func optionalString(_ value: String?) { optional(value) { $0.string($1) } }
}

/// Reads what `ByteWriter` wrote. Every read is checked against the end.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var next = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var restCount: Int { bytes.count - next }

    mutating func byte() throws(SnapshotError) -> UInt8 {
        guard next < bytes.count else { throw .truncated }
        defer { next += 1 }
        return bytes[next]
    }

    mutating func unsigned() throws(SnapshotError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 64 else { throw .badValue(field: "integer") }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(SnapshotError) -> Int64 {
        let folded = try unsigned()
        return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
    }

    /// A number of elements or bytes; never more than what is left could hold.
    mutating func count() throws(SnapshotError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(restCount) else { throw .truncated }
        return Int(value)
    }

    mutating func int() throws(SnapshotError) -> Int {
        guard let value = Int(exactly: try unsigned()) else { throw .badValue(field: "integer") }
        return value
    }

    mutating func word() throws(SnapshotError) -> UInt64 {
        guard restCount >= 8 else { throw .truncated }
        defer { next += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self))
    }

    mutating func string() throws(SnapshotError) -> String {
        let length = try count()
        defer { next += length }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[next..<next + length]), as: UTF8.self)
    }

    mutating func optional<Value>(
        _ read: (inout ByteReader) throws(SnapshotError) -> Value
    ) throws(SnapshotError) -> Value? {
        try byte() == 0 ? nil : try read(&self)
    }

    mutating func optionalString() throws(SnapshotError) -> String? {
        try optional { (reader) throws(SnapshotError) in try reader.string() }
    }

    mutating func array<Value>(
        _ read: (inout ByteReader) throws(SnapshotError) -> Value
    ) throws(SnapshotError) -> [Value] {
        let length = try count()
        var values: [Value] = []
        values.reserveCapacity(length)
        for _ in 0..<length { values.append(try read(&self)) }
        return values
    }

    mutating func raw<Value: RawRepresentable>(
        _ type: Value.Type, _ field: SnapshotError.StaticName
    ) throws(SnapshotError) -> Value where Value.RawValue == UInt8 {
        guard let value = Value(rawValue: try byte()) else { throw .badValue(field: field) }
        return value
    }

    /// A case of an enumeration, written as its place in `allCases`. New cases are only ever added at the end.
    mutating func place<Value: CaseIterable>(
        _ type: Value.Type, _ field: SnapshotError.StaticName
    ) throws(SnapshotError) -> Value where Value.AllCases == [Value] {
        let index = Int(try byte())
        guard index < Value.allCases.count else { throw .badValue(field: field) }
        return Value.allCases[index]
    }
}

extension ByteWriter {
    mutating func place<Value: CaseIterable & Equatable>(_ value: Value) where Value.AllCases == [Value] {
        byte(UInt8(Value.allCases.firstIndex(of: value) ?? 0))
    }

    mutating func time(_ value: Timestamp, since base: Timestamp) {
        signed(value.milliseconds &- base.milliseconds)
    }

    mutating func optionalTime(_ value: Timestamp?, since base: Timestamp) {
        optional(value) { $0.time($1, since: base) }
    }
}

extension ByteReader {
    mutating func time(since base: Timestamp) throws(SnapshotError) -> Timestamp {
        Timestamp(milliseconds: base.milliseconds &+ (try signed()))
    }

    mutating func optionalTime(since base: Timestamp) throws(SnapshotError) -> Timestamp? {
        try byte() == 0 ? nil : try time(since: base)
    }
}
