package import RecordLog

/// A record as it lies in a log, for handing to readers.
package struct Wire: Sendable {
    package var headers: [(name: String, value: [UInt8]?)] = []
    /// nil is a tombstone.
    package var value: [UInt8]?

    package init(_ text: String, headers: [(String, String)] = []) {
        self.init(bytes: Array(text.utf8), headers: headers)
    }

    package init(bytes: [UInt8]?, headers: [(String, String)] = []) {
        value = bytes
        self.headers = headers.map { ($0.0, Array($0.1.utf8)) }
    }

    package init(bytes: [UInt8]?, block: HeaderBlock) {
        value = bytes
        headers = block.entries.map { entry in
            let name = block.bytes[Int(entry.nameStart)..<Int(entry.nameStart + entry.nameLength)]
            guard entry.valueLength >= 0 else { return (String(decoding: name, as: UTF8.self), nil) }
            let value = block.bytes[Int(entry.valueStart)..<Int(entry.valueStart + entry.valueLength)]
            return (String(decoding: name, as: UTF8.self), Array(value))
        }
    }

    package func header(_ name: String) -> String? {
        headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Each part lies in memory of exactly its size, so that a sanitizer sees a read behind its end.
    package func read<Value>(
        _ body: (UnsafeRawBufferPointer?, UnsafeBufferPointer<HeaderView>) throws -> Value
    ) rethrows -> Value {
        var owned: [UnsafeMutableRawBufferPointer] = []
        func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            buffer.copyBytes(from: bytes)
            owned.append(buffer)
            return UnsafeRawBufferPointer(buffer)
        }
        defer { owned.forEach { $0.deallocate() } }
        let views = headers.map { HeaderView(name: copy(Array($0.name.utf8)), value: $0.value.map(copy)) }
        let value = value.map(copy)
        return try views.withUnsafeBufferPointer { try body(value, $0) }
    }
}
