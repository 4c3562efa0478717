import SagaKernel

/// A value that is judged after the whole record was read, so that which fault is reported does not depend on the order
/// of the fields, and a field that means nothing where it stands does no harm.
enum Judged<Value> {
    case absent, wrong
    case right(Value)

    init(_ value: Value?) { self = value.map { .right($0) } ?? .wrong }

    /// The value, nil where there is none, or a refusal.
    func optional(
        _ field: StaticString, wrong reason: StaticString, code: RefusalCode = .malformed
    ) throws(Refusal) -> Value? {
        switch self {
        case .absent: return nil
        case .wrong: throw Refusal(code: code, message: "\(field) \(reason)")
        case .right(let value): return value
        }
    }

    func required(
        _ field: StaticString, wrong reason: StaticString, code: RefusalCode = .malformed
    ) throws(Refusal) -> Value {
        guard let value = try optional(field, wrong: reason, code: code) else { throw .missing(field) }
        return value
    }
}

extension Refusal {
    static func missing(_ field: StaticString) -> Refusal {
        Refusal(code: .missingField, message: "\(field) is missing")
    }

    /// The same with the request that the record is about, where it can be found.
    func naming(_ field: StaticString, in bytes: UnsafeRawBufferPointer) -> Refusal {
        guard requestID == nil else { return self }
        var refusal = self
        refusal.requestID = RequestIDScan.find(field, in: bytes)
        return refusal
    }
}

/// The reasons that several readers give for a value that is wrong.
enum Reasons {
    static let notUUID: StaticString = "is not a UUID"
    static let notTime: StaticString = "is not an RFC 3339 time in UTC such as 2026-11-02T15:00:00Z"
    static let notDuration: StaticString = "is not an ISO 8601 duration such as PT12M"
    static let notAWord: StaticString = "is none of the contract's values"
}

/// Finds the id of a record that is refused for another reason, also in one that stops being JSON further on.
enum RequestIDScan {
    /// - Returns: nil where there is none before the first fault, or where the field is given twice.
    static func find(_ field: StaticString, in bytes: UnsafeRawBufferPointer) -> RequestID? {
        var cursor = JSONCursor(bytes)
        var found: RequestID?
        var count = 0
        do throws(JSONFault) {
            try cursor.beginObject()
            while let name = try cursor.nextName() {
                guard name.equals(field) else {
                    try cursor.skipValue()
                    continue
                }
                count += 1
                if try cursor.kind() == .string {
                    found = try cursor.text().withUTF8 { RequestID(bytes: $0) }
                } else {
                    try cursor.skipValue()
                }
            }
        } catch {
            // The fault itself is what the record was refused for already.
            return count == 1 ? found : nil
        }
        return count == 1 ? found : nil
    }
}
