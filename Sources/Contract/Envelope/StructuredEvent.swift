import SagaKernel

/// A CloudEvent as one JSON object.
enum StructuredEvent {
    private enum Field: UInt8, KnownField {
        case version, type, id, trace, data, base64

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "specversion": .version
            case "type": .type
            case "id": .id
            case "traceparent": .trace
            case "data": .data
            case "data_base64": .base64
            default: nil
            }
        }
    }

    /// Headers stand above the attributes of the same meaning: whoever forwards a record may add headers, but does not
    /// open its value.
    static func open(
        _ expected: RecordType, _ headers: HeaderAttributes, _ value: UnsafeRawBufferPointer
    ) -> Result<EnvelopeContent, Refusal> {
        do throws(Refusal) {
            var attributes = headers
            let data = try read(expected, &attributes, value)
            return .success(EnvelopeContent(form: .structured, attributes, data: data))
        } catch {
            return .failure(error)
        }
    }

    private static func read(
        _ expected: RecordType, _ attributes: inout HeaderAttributes, _ value: UnsafeRawBufferPointer
    ) throws(Refusal) -> EnvelopeContent.Data {
        var cursor = RecordCursor(value)
        var seen: UInt32 = 0
        var data: EnvelopeContent.Data?
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .version:
                guard Envelope.isKnownVersion(try cursor.text()) else { throw cursor.refusal(.malformed, "is not 1.0") }
            case .type:
                guard try cursor.text().equals(expected.ceType) else {
                    throw cursor.refusal(.malformed, "is not that of this topic")
                }
            case .id:
                let id = try cursor.text()
                if attributes.id == nil { attributes.id = id }
            case .trace:
                let trace = try cursor.text()
                if attributes.trace == nil, !trace.hasEscapes { attributes.takeTrace(trace.raw) }
            case .data, .base64:
                guard data == nil else { throw cursor.refusal(.malformed, "is given beside another form of data") }
                data = field == .data ? try json(&cursor) : try base64(&cursor)
            }
        }
        try cursor.end()
        guard let data else { throw cursor.missing("data") }
        return data
    }

    /// An object, or a string that holds the text of one.
    private static func json(_ cursor: inout RecordCursor) throws(Refusal) -> EnvelopeContent.Data {
        switch try cursor.kind() {
        case .object: return .borrowed(try cursor.rawText())
        case .string: return .owned(try cursor.text().withUTF8 { Array($0) })
        case .array, .number, .boolean, .null: throw cursor.refusal(.malformed, "must be an object")
        }
    }

    private static func base64(_ cursor: inout RecordCursor) throws(Refusal) -> EnvelopeContent.Data {
        guard let bytes = try cursor.text().withUTF8({ Base64.decode($0) }) else {
            throw cursor.refusal(.malformed, "is not base64")
        }
        return .owned(bytes)
    }
}
