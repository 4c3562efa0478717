public import SagaKernel

/// Appends JSON text to a byte array.
///
/// It decides nothing: the caller writes the names and the braces in order, and separators follow from what was written
/// last. Made for the records that are written by the hundred thousand, where an encoder that builds a tree first
/// costs more than everything else the coordinator does.
public struct JSONWriter {
    public private(set) var bytes: [UInt8]
    /// True where the next value or name must be preceded by a comma.
    private var needsComma = false

    public init(capacity: Int = 1_024) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Forgets the text and keeps the memory.
    public mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the next value. Names are ours: they hold nothing that needs escaping.
    public mutating func name(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        guard count <= 60 else {
            plain(name)
            bytes.append(UInt8(ascii: ":"))
            needsComma = false
            return
        }
        // Names are a third of every record: assembled beside the array, they cost it one append instead of five.
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            buffer[0] = UInt8(ascii: ",")
            buffer[1] = UInt8(ascii: "\"")
            buffer.baseAddress?.advanced(by: 2).copyMemory(from: name.utf8Start, byteCount: count)
            buffer[count + 2] = UInt8(ascii: "\"")
            buffer[count + 3] = UInt8(ascii: ":")
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[(needsComma ? 0 : 1)..<count + 4]))
        }
        needsComma = false
    }

    /// The name of the next value, where it comes from outside.
    public mutating func name(escaping name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string that is known to need no escaping.
    public mutating func string(plain value: StaticString) { plain(value) }

    public mutating func integer(_ value: Int64) {
        separate()
        appendInteger(value)
        needsComma = true
    }

    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    public mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }
    public mutating func null() { raw("null") }

    /// A value that is JSON already.
    public mutating func json(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    public mutating func id(_ id: RequestID) {
        separate()
        quoted(count: 36) { buffer in id.write(into: buffer, at: 0) }
        needsComma = true
    }

    public mutating func time(_ time: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        TimeText.append(time, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    public mutating func subjectRef(_ ref: SubjectRef) {
        separate()
        quoted(count: SubjectRef.textLength) { buffer in ref.write(into: buffer) }
        needsComma = true
    }

    /// `<request id>/<path>`, the form of a task id, without building a string first.
    public mutating func taskID(_ id: RequestID, path: String) {
        separate()
        withUnsafeTemporaryAllocation(byteCount: 38, alignment: 1) { buffer in
            buffer[0] = UInt8(ascii: "\"")
            id.write(into: buffer, at: 1)
            buffer[37] = UInt8(ascii: "/")
            bytes.append(contentsOf: UnsafeRawBufferPointer(buffer))
        }
        var path = path
        path.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0)) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    @inline(__always)
    private mutating func plain(_ text: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func raw(_ text: StaticString) {
        separate()
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    /// A string of exactly `count` bytes that need no escaping, assembled beside the array and appended at once.
    @inline(__always)
    private mutating func quoted(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: count + 2, alignment: 1) { buffer in
            buffer[0] = UInt8(ascii: "\"")
            fill(UnsafeMutableRawBufferPointer(rebasing: buffer[1...count]))
            buffer[count + 1] = UInt8(ascii: "\"")
            bytes.append(contentsOf: UnsafeRawBufferPointer(buffer))
        }
    }

    private mutating func appendInteger(_ value: Int64) {
        if value >= 0, value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        var clean = 0
        var index = 0
        while true {
            index = JSONScan.firstSpecial(text, from: index)
            guard index < text.count else { break }
            let byte = text[index]
            // UTF-8 stays as it is: the scan stops there for the cursor's sake.
            if byte < 0x80 {
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[clean..<index]))
                appendEscape(byte)
                clean = index + 1
            }
            index += 1
        }
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[clean...]))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(0x5C)
        switch byte {
        case UInt8(ascii: "\""), 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(Hexadecimal.digit(byte >> 4))
            bytes.append(Hexadecimal.digit(byte & 15))
        }
    }
}
