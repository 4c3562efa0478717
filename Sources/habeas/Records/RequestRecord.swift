import Contract
import RecordLog
import SagaKernel

/// A request as a record of the topic `requests`: by its key, so that one id always comes to one partition.
enum RequestRecord {
    /// - Throws: `CommandFailure.usage` for what a coordinator would refuse whatever its catalogue and limits. The text
    ///   names no subject.
    static func make(_ draft: RequestDraft, topic: String, now: Timestamp) throws(CommandFailure) -> OutgoingRecord {
        var headers = EnvelopeHeaders(.request, source: RecordOrigin.source)
        headers.begin(subject: draft.id, path: "request", 1, 1, time: now)
        let record = OutgoingRecord(
            topic: topic, partition: nil, key: Array("\(draft.id)".utf8), value: RequestWriter.bytes(draft),
            headers: headers.block)
        try check(record, now: now)
        return record
    }

    /// Reads it as the coordinator will, but for hubs and limits, which it alone knows.
    private static func check(_ record: OutgoingRecord, now: Timestamp) throws(CommandFailure) {
        let key: SubjectKey
        do {
            // The references are of no interest here: any key does.
            key = try SubjectKey(bytes: Array(repeating: 0, count: SubjectKey.bytesMinimum))
        } catch {
            throw .internal(error.message)
        }
        let limits = RequestLimits(
            requestBytes: RequestLimits.requestBytesRange.upperBound,
            identities: RequestLimits.identitiesRange.upperBound)
        let reader = RequestReader(limits: limits, subjectKey: key, hubIsKnown: { _ in true })
        let result = HeaderViews.with(record.headers.headers) { headers in
            (record.value ?? []).withUnsafeBytes { reader.read(value: $0, headers: headers, now: now) }
        }
        if case .failure(let refusal) = result {
            throw .usage("the request would be refused as \(refusal.code.rawValue): \(refusal.message)")
        }
    }
}
