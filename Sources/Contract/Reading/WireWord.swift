import SagaKernel

/// A closed set of words that records use for the values of a field.
protocol WireWord {
    /// nil for a word that is none of them. Words are case-sensitive.
    static func named(_ text: JSONText) -> Self?
}

extension Outcome: WireWord {
    static func named(_ text: JSONText) -> Outcome? {
        switch text {
        case "erased": .erased
        case "already_absent": .alreadyAbsent
        case "exported": .exported
        case "no_data": .noData
        case "expired": .expired
        case "attested": .attested
        case "not_applicable": .notApplicable
        case "absent": .absent
        case "reappeared": .reappeared
        default: nil
        }
    }
}

extension PendingReason: WireWord {
    static func named(_ text: JSONText) -> PendingReason? {
        switch text {
        case "operation_running": .operationRunning
        case "retention": .retention
        case "awaiting_owner": .awaitingOwner
        case "throttled": .throttled
        default: nil
        }
    }
}

extension Verified: WireWord {
    static func named(_ text: JSONText) -> Verified? {
        switch text {
        case "none": Verified.none
        case "self_reported": .selfReported
        case "read_back": .readBack
        default: nil
        }
    }
}

extension TaskErrorCode: WireWord {
    static func named(_ text: JSONText) -> TaskErrorCode? {
        switch text {
        case "unauthorized": .unauthorized
        case "forbidden": .forbidden
        case "not_found": .notFound
        case "throttled": .throttled
        case "timeout": .timeout
        case "unavailable": .unavailable
        case "conflict": .conflict
        case "immutable": .immutable
        case "unsupported": .unsupported
        case "invalid_task": .invalidTask
        case "internal": .internal
        default: nil
        }
    }
}

extension TaskAction: WireWord {
    static func named(_ text: JSONText) -> TaskAction? {
        switch text {
        case "export": .export
        case "erase": .erase
        case "verify": .verify
        default: nil
        }
    }
}

extension Regulation: WireWord {
    static func named(_ text: JSONText) -> Regulation? {
        switch text {
        case "gdpr": .gdpr
        case "uk_gdpr": .ukGDPR
        case "ccpa": .ccpa
        default: nil
        }
    }
}

extension RequestType: WireWord {
    /// The names that the contract knows, aliases included.
    static func named(_ text: JSONText) -> RequestType? {
        switch text {
        case "erasure", "delete": .erasure
        case "access", "export": .access
        case "portability": .portability
        default: nil
        }
    }
}

extension Command.ReplayScope: WireWord {
    static func named(_ text: JSONText) -> Command.ReplayScope? {
        switch text {
        case "failed": .failed
        case "all": .all
        default: nil
        }
    }
}
