internal import CRdKafka
internal import RecordLog

/// An error as librdkafka gives it, copied out of its memory.
struct ClientError: Error {
    var code: rd_kafka_resp_err_t
    var text: String
    /// The client has raised a fatal error and can only be destroyed.
    var isFatal = false
    /// The same call may be made again.
    var isRetriable = false
    /// The open transaction must be aborted.
    var requiresAbort = false

    init(code: rd_kafka_resp_err_t, text: String? = nil) {
        self.code = code
        self.text = text ?? String(cString: rd_kafka_err2str(code))
    }

    /// Takes over an error object; nil is success.
    init?(taking error: OpaquePointer?) {
        guard let error else { return nil }
        code = rd_kafka_error_code(error)
        text = String(cString: rd_kafka_error_string(error))
        isFatal = rd_kafka_error_is_fatal(error) != 0
        isRetriable = rd_kafka_error_is_retriable(error) != 0
        requiresAbort = rd_kafka_error_txn_requires_abort(error) != 0
        rd_kafka_error_destroy(error)
    }

    /// The error that has made a client unusable, if there is one.
    static func fatal(of client: OpaquePointer) -> ClientError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            let code = rd_kafka_fatal_error(client, buffer.baseAddress, buffer.count)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            var error = ClientError(code: code, text: String(cString: buffer.baseAddress!))
            error.isFatal = true
            return error
        }
    }

    var name: String { String(cString: rd_kafka_err2name(code)) }

    func reason(_ operation: String) -> String { "\(operation): \(name): \(text)" }
}

/// What an error code says about who may go on, whatever call it came from.
enum ErrorMeaning {
    /// Another process has the same identity.
    case fenced
    /// The group went on without this member.
    case partitionsLost
    /// Neither waiting nor a new client would help.
    case hopeless
    /// May pass by itself, or with a new client.
    case passing
}

extension ClientError {
    var meaning: ErrorMeaning {
        switch code {
        case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
            RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
            .fenced
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
            RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
            .partitionsLost
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
            RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM,
            RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
            RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
            RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
            RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,
            RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
            .hopeless
        default:
            // An open set that grows with every broker version; what is not known to be hopeless is tried again.
            .passing
        }
    }

    /// What a call that changes nothing when it fails should answer.
    func failure(_ operation: String) -> LogFailure {
        switch meaning {
        case .fenced: .fenced(reason: reason(operation))
        case .partitionsLost: .partitionsLost(reason: reason(operation))
        case .hopeless: .fatal(reason: reason(operation))
        case .passing: isFatal ? .outcomeUnknown(reason: reason(operation)) : .retriable(reason: reason(operation))
        }
    }
}
