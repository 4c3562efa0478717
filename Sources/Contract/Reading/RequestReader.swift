public import RecordLog
public import SagaKernel

/// Reads requests (contract §2): bytes in, a validated and normalised `Request` or the reason why not out.
public struct RequestReader {
    /// How far the clock of whoever submits may be ahead of ours.
    public static let aheadMaximumMs = 24 * Milliseconds.hour

    private let limits: RequestLimits
    private let subjectKey: SubjectKey
    private let hubIsKnown: (String) -> Bool

    /// - Parameter hubIsKnown: asked with a host name in lower case.
    public init(limits: RequestLimits, subjectKey: SubjectKey, hubIsKnown: @escaping (String) -> Bool) {
        self.limits = limits
        self.subjectKey = subjectKey
        self.hubIsKnown = hubIsKnown
    }

    /// Faults are reported in a fixed order, whatever the order of the fields: size, envelope, JSON and types, id,
    /// type, regulation, time, identities, extensions, callbacks.
    public func read(
        value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>, now: Timestamp
    ) -> Result<Request, Refusal> {
        RecordReading.read(
            .request, value: value, headers: headers, bytesMaximum: limits.requestBytes, idField: "subject_request_id"
        ) { body, envelope throws(Refusal) in
            var request = try read(body, now)
            request.traceparent = envelope.traceparent
            return request
        }
        // One that is too large gets no status (contract §2), and hence no id.
        .mapError { $0.code == .tooLarge ? Refusal(code: $0.code, message: $0.message) : $0 }
    }

    private func read(_ bytes: UnsafeRawBufferPointer, _ now: Timestamp) throws(Refusal) -> Request {
        let body = try RequestBody(bytes, limits)
        let id = try body.id.required("subject_request_id", wrong: Reasons.notUUID)
        let type = try body.type.required("subject_request_type", wrong: Reasons.notAWord, code: .unknownType)
        let regulation = try body.regulation.optional("regulation", wrong: Reasons.notAWord) ?? .gdpr
        let submitted = try body.submitted.required("submitted_time", wrong: Reasons.notTime)
        guard submitted.milliseconds(since: now) <= Self.aheadMaximumMs else {
            throw Refusal(code: .malformed, message: "submitted_time is more than 24 hours ahead")
        }
        var people = SubjectList()
        for (index, identity) in body.identities.enumerated() {
            try people.add(identity, index: index, hubIsKnown: hubIsKnown)
        }
        let subjects = try people.finish()
        let excluded = try Self.excluded(body.excludedEndpoints)
        for (index, url) in body.callbackURLs.enumerated() where !WebAddress.isValid(url) {
            throw Refusal(code: .malformed, message: "status_callback_urls[\(index)] is not an http or https URL")
        }
        let sorted = IdentityBytes.sorted(people.identities)
        let refs = people.identities.map { subjectKey.reference($0) }
        let meaning = RequestMeaning(
            type: type, regulation: regulation, identities: sorted, dryRun: body.dryRun, excluded: excluded.sorted(),
            requestedBy: body.requestedBy, callbackURLs: body.callbackURLs)
        var request = Request(
            id: id, type: type, regulation: regulation, submitted: submitted, subjects: subjects,
            // One identity's is the same, and a digest costs.
            subjectRefs: refs, subjectRef: refs.count == 1 ? refs[0] : subjectKey.reference(ofSorted: sorted),
            meaning: subjectKey.fingerprint(meaning.bytes))
        request.dryRun = body.dryRun
        request.excludedEndpoints = excluded
        request.requestedBy = body.requestedBy
        request.callbackURLs = body.callbackURLs
        return request
    }

    /// Each once. They become disclosures of a public status, so nothing but an endpoint's id may be among them.
    private static func excluded(_ ids: [String]) throws(Refusal) -> [String] {
        var unique: [String] = []
        var seen: Set<String> = []
        for (index, id) in ids.enumerated() {
            guard EndpointName.isValid(id) else {
                throw Refusal(
                    code: .malformed, message: "extensions.habeas.exclude_endpoints[\(index)] is not an endpoint id")
            }
            if seen.insert(id).inserted { unique.append(id) }
        }
        return unique
    }
}
