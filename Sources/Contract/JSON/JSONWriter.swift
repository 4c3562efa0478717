public import SagaKernel

/// Appends JSON text to a byte array.
///
/// It decides nothing: the caller writes the names and the braces in order, and separators follow from what was written
/// last. Made for the records that are written by the hundred thousand, where an encoder that builds a tree first
/// costs more than everything else the coordinator does. It owns its memory and cannot be copied, so that no write has
/// to find out first whether somebody else looks at the same bytes.
public struct JSONWriter: ~Copyable {
    /// Longer than the text: every value is written straight into it, and it grows only when it is full.
    private var storage: UnsafeMutableRawBufferPointer
    /// Bytes of the text so far.
    private(set) var count = 0
    /// True where the next value or name must be preceded by a comma.
    private var needsComma = false
    private var recentTimes = RecentTimes()
    private var recentID = RecentID()

    public init(capacity: Int = 1_024) {
        storage = .allocate(byteCount: max(capacity, 64), alignment: 1)
    }

    deinit { storage.deallocate() }

    /// A copy of the text so far.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The text so far, in place.
    public func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    /// Forgets the text and keeps the memory.
    public mutating func reset() {
        count = 0
        needsComma = false
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the next value. Names are ours: they hold nothing that needs escaping.
    public mutating func name(_ name: StaticString) {
        let text = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let place = token(text.count + 3)
        Self.quote(text, into: place, at: 0)
        place[text.count + 2] = UInt8(ascii: ":")
        needsComma = false
    }

    /// The name of the next value, where it comes from outside.
    public mutating func name(escaping name: String) {
        string(name)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ value: String) {
        Self.lend(value) { text in
            guard JSONScan.firstSpecial(text, from: 0) == text.count else { return escaped(text) }
            Self.quote(text, into: token(text.count + 2), at: 0)
        }
    }

    /// A string that is known to need no escaping.
    public mutating func string(plain value: StaticString) {
        let text = UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount)
        Self.quote(text, into: token(text.count + 2), at: 0)
    }

    public mutating func integer(_ value: Int64) {
        let length = DecimalText.length(value)
        DecimalText.write(value, length: length, into: token(length), at: 0)
    }

    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    public mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }
    public mutating func null() { raw("null") }

    /// The end of an object or an array that was written before in the same place, its separator and bracket included.
    mutating func ending(_ ending: [UInt8]) {
        needsComma = false
        ending.withUnsafeBytes { token($0.count).copyMemory(from: $0) }
    }

    /// A value that is JSON already.
    public mutating func json(_ text: String) {
        Self.lend(text) { token($0.count).copyMemory(from: $0) }
    }

    public mutating func id(_ id: RequestID) {
        let place = token(RequestID.textLength + 2)
        place[0] = UInt8(ascii: "\"")
        recentID.write(id, into: place, at: 1)
        place[RequestID.textLength + 1] = UInt8(ascii: "\"")
    }

    public mutating func time(_ time: Timestamp) {
        let (text, length) = recentTimes.text(of: time)
        let place = token(length + 2)
        Swift.withUnsafeBytes(of: text) { text in
            Self.quote(UnsafeRawBufferPointer(rebasing: text[..<length]), into: place, at: 0)
        }
    }

    public mutating func subjectRef(_ ref: SubjectRef) {
        let place = token(SubjectRef.textLength + 2)
        place[0] = UInt8(ascii: "\"")
        ref.write(into: place, at: 1)
        place[SubjectRef.textLength + 1] = UInt8(ascii: "\"")
    }

    /// `<request id>/<path>`, the form of a task id, without building a string first.
    public mutating func taskID(_ id: RequestID, path: String) {
        Self.lend(path) { text in
            // Paths are made of endpoint ids and actions; one that is not goes the long way.
            guard JSONScan.firstSpecial(text, from: 0) == text.count else { return string("\(id)/\(path)") }
            let place = token(text.count + RequestID.textLength + 3)
            let slash = RequestID.textLength + 1
            place[0] = UInt8(ascii: "\"")
            recentID.write(id, into: place, at: 1)
            Self.quote(text, into: place, at: slash)
            place[slash] = UInt8(ascii: "/")
        }
    }
}

extension JSONWriter {
    /// Lends the bytes of a string. A native one lies there as UTF-8; `withUTF8` needs a variable of its own, which
    /// holds on to the string and lets go of it each time.
    @inline(__always)
    private static func lend(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        if text.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) != nil { return }
        var text = text
        text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    private mutating func open(_ byte: UInt8) {
        token(1)[0] = byte
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        put(byte)
        needsComma = true
    }

    private mutating func raw(_ text: StaticString) {
        let text = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        token(text.count).copyMemory(from: text)
    }

    /// Where the next `length` bytes go, behind a comma where one is due. All of them must be written, before anything
    /// else is.
    @inline(__always)
    private mutating func token(_ length: Int) -> UnsafeMutableRawBufferPointer {
        if count + length + 1 > storage.count { grow(by: length + 1) }
        if needsComma {
            storage[count] = UInt8(ascii: ",")
            count += 1
        }
        let place = UnsafeMutableRawBufferPointer(rebasing: storage[count..<count + length])
        count += length
        needsComma = true
        return place
    }

    private mutating func put(_ byte: UInt8) {
        if count == storage.count { grow(by: 1) }
        storage[count] = byte
        count += 1
    }

    @inline(never)
    private mutating func grow(by length: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: storage.count + max(storage.count, length), alignment: 1)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        storage.deallocate()
        storage = larger
    }

    @inline(__always)
    private static func quote(_ text: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer, at start: Int)
    {
        buffer[start] = UInt8(ascii: "\"")
        UnsafeMutableRawBufferPointer(rebasing: buffer[(start + 1)...]).copyMemory(from: text)
        buffer[start + text.count + 1] = UInt8(ascii: "\"")
    }

    /// The long way, for texts with bytes that are not plain ASCII. An escape takes at most six bytes for one.
    private mutating func escaped(_ text: UnsafeRawBufferPointer) {
        if count + text.count * 6 + 3 > storage.count { grow(by: text.count * 6 + 3) }
        if needsComma { put(UInt8(ascii: ",")) }
        put(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            let next = JSONScan.firstSpecial(text, from: index)
            let clean = UnsafeRawBufferPointer(rebasing: text[index..<next])
            UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: clean)
            count += clean.count
            index = next
            guard next < text.count else { break }
            // UTF-8 stays as it is: the scan stops there for the cursor's sake.
            if text[next] < 0x80 { escape(text[next]) } else { put(text[next]) }
            index += 1
        }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func escape(_ byte: UInt8) {
        put(0x5C)
        switch byte {
        case UInt8(ascii: "\""), 0x5C: put(byte)
        case 0x0A: put(UInt8(ascii: "n"))
        case 0x0D: put(UInt8(ascii: "r"))
        case 0x09: put(UInt8(ascii: "t"))
        default:
            put(UInt8(ascii: "u"))
            put(0x30)
            put(0x30)
            put(Hexadecimal.digit(byte >> 4))
            put(Hexadecimal.digit(byte & 15))
        }
    }
}
