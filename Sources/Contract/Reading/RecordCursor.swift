import SagaKernel

/// The fields that a reader knows of one kind of object.
protocol KnownField: RawRepresentable where RawValue == UInt8 {
    /// nil for a name that is none of them. Names are case-sensitive.
    static func named(_ name: JSONText) -> Self?
}

/// A `JSONCursor` that knows where in the record it is, so that what it refuses says which field.
///
/// Contract rules that hold for every record live here: unknown fields are passed over, a null field is an absent one,
/// a known field may be given once.
struct RecordCursor {
    private var json: JSONCursor
    private var place = Place()

    /// Where in the record the cursor is.
    struct Place {
        fileprivate var path: StaticString = ""
        fileprivate var index = -1
        /// The name of the field that is being read. Only names that a reader knows get here.
        fileprivate var name: JSONText?
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        json = JSONCursor(bytes)
    }

    /// From here on faults are reported as being inside `path`. Returns where the cursor was, for `leave`.
    mutating func enter(_ path: StaticString, index: Int = -1) -> Place {
        let outer = place
        place = Place(path: path, index: index)
        return outer
    }

    mutating func leave(to outer: Place) { place = outer }

    mutating func beginObject() throws(Refusal) {
        do { try json.beginObject() } catch { throw refusal(error) }
    }

    /// The next known field that has a value; nil at the end of the object.
    ///
    /// - Parameter seen: the fields met so far, one bit each.
    @inline(__always)
    mutating func next<Field: KnownField>(_ type: Field.Type, seen: inout UInt32) throws(Refusal) -> Field? {
        while let name = try nextName() {
            guard let field = Field.named(name) else {
                try skipValue()
                continue
            }
            place.name = name
            let bit: UInt32 = 1 << UInt32(field.rawValue)
            guard seen & bit == 0 else { throw refusal(.malformed, "is given twice") }
            seen |= bit
            if try takeNull() { continue }
            return field
        }
        place.name = nil
        return nil
    }

    /// The next name of an object whose names are data; nil at its end.
    @inline(__always)
    mutating func nextName() throws(Refusal) -> JSONText? {
        do { return try json.nextName() } catch { throw refusal(error) }
    }

    mutating func beginArray() throws(Refusal) {
        do { try json.beginArray() } catch { throw refusal(error) }
    }

    @inline(__always)
    mutating func nextElement() throws(Refusal) -> Bool {
        do { return try json.nextElement() } catch { throw refusal(error) }
    }

    mutating func skipValue() throws(Refusal) {
        do { try json.skipValue() } catch { throw refusal(error) }
    }

    mutating func rawValue() throws(Refusal) -> Range<Int> {
        do { return try json.rawValue() } catch { throw refusal(error) }
    }

    /// The next value as it is written, in place.
    mutating func rawText() throws(Refusal) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: json.bytes[try rawValue()])
    }

    mutating func kind() throws(Refusal) -> JSONKind {
        do { return try json.kind() } catch { throw refusal(error) }
    }

    @inline(__always)
    mutating func takeNull() throws(Refusal) -> Bool {
        do { return try json.takeNull() } catch { throw refusal(error) }
    }

    @inline(__always)
    mutating func text() throws(Refusal) -> JSONText {
        do { return try json.text() } catch { throw refusal(error) }
    }

    mutating func bool() throws(Refusal) -> Bool {
        do { return try json.bool() } catch { throw refusal(error) }
    }

    mutating func int64() throws(Refusal) -> Int64 {
        do { return try json.int64() } catch { throw refusal(error) }
    }

    mutating func end() throws(Refusal) {
        do { try json.end() } catch { throw refusal(error) }
    }
}

// Values with the ranges and forms that several records share.
extension RecordCursor {
    /// A string that is not longer than a limit of the deployment's.
    mutating func string(bytesMaximum: Int) throws(Refusal) -> String {
        let text = try text()
        guard text.utf8CountBound <= bytesMaximum || text.withUTF8({ $0.count }) <= bytesMaximum else {
            throw refusal(.tooLarge, "is longer than the limit")
        }
        return text.string
    }

    mutating func string() throws(Refusal) -> String { try text().string }

    mutating func integer(_ range: ClosedRange<Int64>) throws(Refusal) -> Int64 {
        let value = try int64()
        guard range.contains(value) else { throw refusal(.malformed, "is out of range") }
        return value
    }

    /// From 1, as epochs and attempts are counted.
    mutating func count() throws(Refusal) -> Int { Int(try integer(1...Int64(Int32.max))) }

    mutating func partition() throws(Refusal) -> Int32 { Int32(truncatingIfNeeded: try integer(0...Int64(Int32.max))) }

    mutating func requestID() throws(Refusal) -> RequestID {
        guard let id = try text().withUTF8({ RequestID(bytes: $0) }) else { throw refusal(.malformed, Reasons.notUUID) }
        return id
    }

    mutating func time() throws(Refusal) -> Timestamp {
        guard let time = try text().withUTF8({ TimeText.parse(bytes: $0) }) else {
            throw refusal(.malformed, Reasons.notTime)
        }
        return time
    }

    /// One of the contract's words.
    mutating func word<Word: WireWord>(_ type: Word.Type) throws(Refusal) -> Word {
        guard let word = Word.named(try text()) else { throw refusal(.malformed, Reasons.notAWord) }
        return word
    }
}

extension RecordCursor {
    /// A refusal of the field that is being read.
    func refusal(_ code: RefusalCode, _ reason: StaticString) -> Refusal {
        Refusal(code: code, message: "\(whereabouts(place.name?.string)) \(reason)")
    }

    /// A refusal of a field of the object that is being read.
    func refusal(_ code: RefusalCode, field: StaticString, _ reason: StaticString) -> Refusal {
        Refusal(code: code, message: "\(whereabouts("\(field)")) \(reason)")
    }

    func missing(_ field: StaticString) -> Refusal { refusal(.missingField, field: field, "is missing") }

    private func refusal(_ fault: JSONFault) -> Refusal {
        let message =
            switch fault.reason {
            case .expected(let kind): "\(whereabouts(place.name?.string)) must be \(kind.article)"
            case .notAnInteger: "\(whereabouts(place.name?.string)) must be an integer"
            case .integerOutOfRange: "\(whereabouts(place.name?.string)) is out of range"
            case .unexpectedEnd, .unexpectedByte, .trailingBytes, .tooDeep, .controlCharacter, .invalidUTF8,
                .invalidEscape, .loneSurrogate, .invalidNumber:
                "the record is not JSON: \(fault)"
            }
        return Refusal(code: .malformed, message: message)
    }

    /// `subjects[2].device_id`, or `the record` for the whole.
    private func whereabouts(_ field: String?) -> String {
        var path = "\(place.path)"
        if place.index >= 0 { path += "[\(place.index)]" }
        guard let field else { return path.isEmpty ? "the record" : path }
        return path.isEmpty ? field : "\(path).\(field)"
    }
}
