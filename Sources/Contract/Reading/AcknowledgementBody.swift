import SagaKernel

/// An acknowledgement as it stands in the record: the types are right, the values are not judged yet.
///
/// Not copyable: there are eight to a request, each is looked at once, and a copy keeps hold of all its texts.
struct AcknowledgementBody: ~Copyable {
    enum Status {
        case completed, pending, failed
    }

    struct Failure {
        var code: TaskErrorCode?
        var retryable: Bool?
        var retryAfterMs: Judged<Int64> = .absent
        var detail: String?
    }

    /// Where the id lies; it is read against the request id.
    var taskID: JSONText?
    var requestID: RequestID?
    var epoch: Int?
    var attempt: Int?
    var homePartition: Int32?
    var status: Judged<Status> = .absent
    var outcome: Judged<Outcome> = .absent
    var recordCount: Int64?
    var method: String?
    var verified: Judged<Verified> = .absent
    var artifacts: [Artifact] = []
    var evidence: [Evidence] = []
    var reason: Judged<PendingReason> = .absent
    var resumeAt: Judged<Timestamp> = .absent
    var continuation: String?
    var failure: Failure?
    var worker: String?

    private enum Field: UInt8, KnownField {
        case taskID, requestID, epoch, attempt, homePartition, status, outcome, recordCount, method, verified
        case artifacts, evidence, reason, resumeAt, continuation, error, worker, time

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "task_id": .taskID
            case "request_id": .requestID
            case "epoch": .epoch
            case "attempt": .attempt
            case "home_partition": .homePartition
            case "status": .status
            case "outcome": .outcome
            case "record_count": .recordCount
            case "method": .method
            case "verified": .verified
            case "artifacts": .artifacts
            case "evidence": .evidence
            case "reason": .reason
            case "resume_at": .resumeAt
            case "continuation": .continuation
            case "error": .error
            case "worker": .worker
            case "time": .time
            default: nil
            }
        }
    }

    private enum ErrorField: UInt8, KnownField {
        case code, retryable, retryAfter, detail

        static func named(_ name: JSONText) -> ErrorField? {
            switch name {
            case "code": .code
            case "retryable": .retryable
            case "retry_after": .retryAfter
            case "detail": .detail
            default: nil
            }
        }
    }

    private enum ArtifactField: UInt8, KnownField {
        case uri, sha256, bytes, contentType

        static func named(_ name: JSONText) -> ArtifactField? {
            switch name {
            case "uri": .uri
            case "sha256": .sha256
            case "bytes": .bytes
            case "content_type": .contentType
            default: nil
            }
        }
    }

    init(_ bytes: UnsafeRawBufferPointer, _ limits: AcknowledgementLimits) throws(Refusal) {
        var cursor = RecordCursor(bytes)
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .taskID: taskID = try cursor.text()
            case .requestID: requestID = try cursor.requestID()
            case .epoch: epoch = try cursor.count()
            case .attempt: attempt = try cursor.count()
            case .homePartition: homePartition = try cursor.partition()
            case .status: status = Judged(Self.status(try cursor.text()))
            case .outcome: outcome = Judged(Outcome.named(try cursor.text()))
            case .recordCount: recordCount = try cursor.integer(0...Int64.max)
            case .method: method = try cursor.string(bytesMaximum: limits.stringBytes)
            case .verified: verified = Judged(Verified.named(try cursor.text()))
            case .artifacts: try readArtifacts(&cursor, limits)
            case .evidence:
                evidence = try cursor.evidence(maximum: limits.evidence, stringBytes: limits.stringBytes)
            case .reason: reason = Judged(PendingReason.named(try cursor.text()))
            case .resumeAt: resumeAt = Judged(try cursor.text().withUTF8 { TimeText.parse(bytes: $0) })
            case .continuation: continuation = try cursor.string(bytesMaximum: limits.stringBytes)
            case .error: failure = try Self.readFailure(&cursor, limits)
            case .worker: worker = try cursor.string(bytesMaximum: limits.stringBytes)
            case .time: _ = try cursor.time()
            }
        }
        try cursor.end()
    }

    private static func status(_ text: JSONText) -> Status? {
        switch text {
        case "completed": .completed
        case "pending": .pending
        case "failed": .failed
        default: nil
        }
    }

    private mutating func readArtifacts(
        _ cursor: inout RecordCursor, _ limits: AcknowledgementLimits
    ) throws(Refusal) {
        try cursor.beginArray()
        while try cursor.nextElement() {
            guard artifacts.count < limits.artifacts else {
                throw cursor.refusal(.tooLarge, "has more entries than the limit")
            }
            let outer = cursor.enter("artifacts", index: artifacts.count)
            artifacts.append(try Self.readArtifact(&cursor, limits))
            cursor.leave(to: outer)
        }
    }

    private static func readArtifact(
        _ cursor: inout RecordCursor, _ limits: AcknowledgementLimits
    ) throws(Refusal) -> Artifact {
        var uri: String?
        var artifact = Artifact(uri: "")
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(ArtifactField.self, seen: &seen) {
            switch field {
            case .uri: uri = try cursor.string(bytesMaximum: limits.stringBytes)
            case .sha256: artifact.sha256 = try cursor.sha256()
            case .bytes: artifact.bytes = try cursor.integer(0...Int64.max)
            case .contentType: artifact.contentType = try cursor.string(bytesMaximum: limits.stringBytes)
            }
        }
        guard let uri, !uri.isEmpty else { throw cursor.missing("uri") }
        artifact.uri = uri
        return artifact
    }

    private static func readFailure(
        _ cursor: inout RecordCursor, _ limits: AcknowledgementLimits
    ) throws(Refusal) -> Failure {
        let outer = cursor.enter("error")
        var failure = Failure()
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(ErrorField.self, seen: &seen) {
            switch field {
            // A code that is not known yet is an error all the same (contract §4).
            case .code: failure.code = TaskErrorCode.named(try cursor.text()) ?? .internal
            case .retryable: failure.retryable = try cursor.bool()
            case .retryAfter: failure.retryAfterMs = Judged(ISODuration.parse(try cursor.string(bytesMaximum: 64)))
            case .detail: failure.detail = try cursor.string(bytesMaximum: limits.stringBytes)
            }
        }
        cursor.leave(to: outer)
        return failure
    }
}

extension RecordCursor {
    /// 64 hexadecimal digits of either case; comes back in lower case.
    fileprivate mutating func sha256() throws(Refusal) -> String {
        let digits: String? = try text().withUTF8 { bytes in
            guard bytes.count == 64, bytes.allSatisfy({ Hexadecimal.value($0) != nil }) else { return nil }
            return String(unsafeUninitializedCapacity: 64) { buffer in
                for index in 0..<64 { buffer[index] = HeaderNames.folded(bytes[index]) }
                return 64
            }
        }
        guard let digits else { throw refusal(.malformed, "is not 64 hexadecimal digits") }
        return digits
    }
}
