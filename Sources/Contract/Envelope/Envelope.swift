public import RecordLog
import SagaKernel

/// Opening what a record came in: CloudEvents in binary mode (`ce_*` headers), in structured mode
/// (`content-type: application/cloudevents+json`), or bare JSON without headers.
///
/// Attributes that are there must be right; those that are missing are not missed, because the topic says what a record
/// is. Header names are compared without regard to case; of headers with the same name the last one counts.
public enum Envelope {
    /// Finds the JSON of a record, and what its envelope says about it.
    ///
    /// - Returns: the content, which borrows `headers` and `value` and is valid as long as they are; or a refusal
    ///   `malformed` (no value, another `ce_type`, a structured event that cannot be read) or `missing_field`
    ///   (a structured event without `data`).
    public static func open(
        _ expected: RecordType, headers: UnsafeBufferPointer<HeaderView>, value: UnsafeRawBufferPointer?
    ) -> Result<EnvelopeContent, Refusal> {
        guard let value else { return .failure(Refusal(code: .malformed, message: "the record has no value")) }
        var attributes = HeaderAttributes()
        attributes.take(headers)
        if let type = attributes.type, !type.equals(expected.ceType) {
            return .failure(Refusal(code: .malformed, message: "ce_type is not \(expected.ceType)"))
        }
        if let version = attributes.version, !isKnownVersion(version) {
            return .failure(Refusal(code: .malformed, message: "ce_specversion is not 1.0"))
        }
        switch form(attributes) {
        case .success(.structured): return StructuredEvent.open(expected, attributes, value)
        case .success(let form): return .success(EnvelopeContent(form: form, attributes, data: .borrowed(value)))
        case .failure(let refusal): return .failure(refusal)
        }
    }

    /// True where the record was already sent home once by a coordinator that is not its home: it must not be sent on
    /// again.
    public static func isForwarded(_ headers: UnsafeBufferPointer<HeaderView>) -> Bool {
        headers.contains { HeaderNames.equals($0.name, HeaderNames.forwarded) }
    }

    /// Any 1.x: minor versions only add.
    static func isKnownVersion(_ version: JSONText) -> Bool {
        version.withUTF8 { $0.count >= 3 && $0[0] == UInt8(ascii: "1") && $0[1] == UInt8(ascii: ".") }
    }

    private static func form(_ attributes: HeaderAttributes) -> Result<EnvelopeForm, Refusal> {
        guard let contentType = attributes.contentType, HeaderNames.hasPrefix(contentType, "application/cloudevents")
        else { return .success(attributes.hasEventHeaders ? .binary : .bare) }
        var mediaType = contentType
        if let semicolon = contentType.firstIndex(of: UInt8(ascii: ";")) {
            mediaType = UnsafeRawBufferPointer(rebasing: contentType[..<semicolon])
        }
        while let last = mediaType.last, last == 0x20 || last == 0x09 {
            mediaType = UnsafeRawBufferPointer(rebasing: mediaType.dropLast())
        }
        if HeaderNames.equals(mediaType, "application/cloudevents+json") { return .success(.structured) }
        return .failure(
            Refusal(code: .malformed, message: "content-type is a form of CloudEvents other than +json"))
    }
}

/// How a record was wrapped.
public enum EnvelopeForm: Hashable, Sendable {
    /// Attributes in `ce_*` headers, the value is the data.
    case binary
    /// One JSON object with the attributes and the data.
    case structured
    /// The value is the data, and nothing is said about it.
    case bare
}

/// A record's JSON and what its envelope said.
///
/// Borrows the record that it was opened from.
public struct EnvelopeContent {
    enum Data {
        case borrowed(UnsafeRawBufferPointer)
        /// Where the data was text inside JSON, and had to be unwrapped.
        case owned([UInt8])
    }

    public let form: EnvelopeForm
    /// True where a coordinator sent the record home once already.
    public let isForwarded: Bool
    private let data: Data
    private let idText: JSONText?
    private let traceText: JSONText?

    init(form: EnvelopeForm, _ attributes: HeaderAttributes, data: Data) {
        self.form = form
        isForwarded = attributes.isForwarded
        idText = attributes.id
        traceText = attributes.trace
        self.data = data
    }

    /// The event's `id`.
    public var eventID: String? { idText?.string }

    /// The trace context of whoever wrote the record, in valid form: the `traceparent` header, else `ce_traceparent`,
    /// else the event's attribute. One that is not valid is as good as none (W3C asks for a new trace then).
    public var traceparent: String? { traceText?.string }

    /// Calls `body` with the record's JSON.
    @inline(__always)
    public func withData<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        switch data {
        case .borrowed(let bytes): body(bytes)
        case .owned(let bytes): bytes.withUnsafeBytes(body)
        }
    }
}

/// What the headers of a record say, in place.
struct HeaderAttributes {
    var hasEventHeaders = false
    var isForwarded = false
    var type: JSONText?
    var version: JSONText?
    var id: JSONText?
    var contentType: UnsafeRawBufferPointer?
    /// In valid form.
    var trace: JSONText?
    private var traceIsHeader = false

    mutating func take(_ headers: UnsafeBufferPointer<HeaderView>) {
        for header in headers {
            guard let value = header.value else {
                isForwarded = isForwarded || HeaderNames.equals(header.name, HeaderNames.forwarded)
                continue
            }
            switch header.name.count {
            case 12 where HeaderNames.equals(header.name, "content-type"): contentType = value
            case 11 where HeaderNames.equals(header.name, "traceparent"): takeTrace(value, fromHeader: true)
            case 16 where HeaderNames.equals(header.name, HeaderNames.forwarded): isForwarded = true
            case 4... where HeaderNames.hasPrefix(header.name, "ce_"): takeEvent(header.name, value)
            default: continue
            }
        }
    }

    /// A trace context from somewhere less authoritative than a `traceparent` header.
    mutating func takeTrace(_ value: UnsafeRawBufferPointer, fromHeader: Bool = false) {
        guard fromHeader || !traceIsHeader, TraceParent.isValid(value) else { return }
        trace = JSONText(raw: value, hasEscapes: false)
        traceIsHeader = fromHeader
    }

    private mutating func takeEvent(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        hasEventHeaders = true
        let text = JSONText(raw: value, hasEscapes: false)
        switch name.count {
        case 5 where HeaderNames.equals(name, "ce_id"): id = text
        case 7 where HeaderNames.equals(name, "ce_type"): type = text
        case 14 where HeaderNames.equals(name, "ce_specversion"): version = text
        case 14 where HeaderNames.equals(name, "ce_traceparent"): takeTrace(value)
        default: return
        }
    }
}
