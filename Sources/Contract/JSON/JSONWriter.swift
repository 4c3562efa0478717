public import SagaKernel

/// Appends JSON text to a byte array.
///
/// It decides nothing: the caller writes the names and the braces in order, and separators follow from what was written
/// last. Made for the records that are written by the hundred thousand, where an encoder that builds a tree first
/// costs more than everything else the coordinator does.
public struct JSONWriter {
    public private(set) var bytes: [UInt8]
    /// True where the next value or name must be preceded by a comma.
    @usableFromInline var needsComma = false

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
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
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
    public mutating func string(plain value: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

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
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    public mutating func id(_ id: RequestID) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        id.forEachASCII { bytes.append($0) }
        bytes.append(UInt8(ascii: "\""))
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
        bytes.append(contentsOf: "\"hmac-sha256:".utf8)
        for word in [ref.words.0, ref.words.1, ref.words.2, ref.words.3] { appendHexadecimal(word) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// `<request id>/<path>`, the form of a task id, without building a string first.
    public mutating func taskID(_ id: RequestID, path: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        id.forEachASCII { bytes.append($0) }
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: path.utf8)
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

    private mutating func raw(_ text: StaticString) {
        separate()
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendHexadecimal(_ word: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            bytes.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15))
        }
    }

    private mutating func appendInteger(_ value: Int64) {
        if value >= 0, value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
        var clean = 0
        for (index, byte) in text.enumerated() where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == 0x5C {
            bytes.append(contentsOf: text[clean..<index])
            clean = index + 1
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
        bytes.append(contentsOf: text[clean..<text.count])
    }
}
