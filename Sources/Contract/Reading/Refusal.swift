public import SagaKernel

/// Why a record was not taken. The codes are contract (§2, §4, §7): they are what dead letters and rejected statuses
/// carry.
public enum RefusalCode: String, CaseIterable, Sendable {
    /// Not JSON, a wrong type, a value outside of what the contract allows, a wrong `ce_type`.
    case malformed
    case missingField = "missing_field"
    /// A `subject_request_type` that the contract does not have.
    case unknownType = "unknown_type"
    case unknownIdentityType = "unknown_identity_type"
    /// A hub that the catalogue does not have.
    case unknownHub = "unknown_hub"
    /// More bytes, identities, artifacts … than the limits allow.
    case tooLarge = "too_large"
    /// The id of a known request with another meaning.
    case conflictingDuplicate = "conflicting_duplicate"
    /// An acknowledgement or a command for a request that nobody knows.
    case unknownRequest = "unknown_request"
}

/// A record that was not taken, with the reason.
public struct Refusal: Error, Hashable, Sendable {
    public var code: RefusalCode
    /// Names the field and the reason, never a value of the record: it may be logged and published.
    public var message: String
    /// The request that the record is about, where that much could be read from its body.
    public var requestID: RequestID?

    public init(code: RefusalCode, message: String, requestID: RequestID? = nil) {
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    /// A request whose id is known with another meaning.
    public static func conflictingDuplicate(_ id: RequestID) -> Refusal {
        Refusal(
            code: .conflictingDuplicate, message: "a request with this id and another meaning was taken before",
            requestID: id)
    }

    /// An acknowledgement or a command whose request nobody knows.
    public static func unknownRequest(_ id: RequestID) -> Refusal {
        Refusal(code: .unknownRequest, message: "no partition knows a request with this id", requestID: id)
    }
}
