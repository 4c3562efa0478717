#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// A null field may be left out and an unknown one is ignored (contract), so every field that the contract shows as
// null, empty or false has that as its value where it is missing. Fields without which a status says nothing
// (id, version, state) are required.

extension StatusDocument {
    /// Decodes the value of a `status` record.
    /// - Throws: `DecodingError`.
    public static func decode(_ bytes: [UInt8]) throws -> StatusDocument {
        try JSONDecoder().decode(StatusDocument.self, from: Data(bytes))
    }

    public var rank: StatusRank { StatusRank(term: term, version: version) }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        requestID = try fields.decode(String.self, forKey: .requestID)
        term = try fields.decode(Int64.self, forKey: .term)
        version = try fields.decode(Int64.self, forKey: .version)
        homePartition = try fields.decode(Int32.self, forKey: .homePartition)
        dryRun = try fields.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
        requestType = try fields.decodeIfPresent(String.self, forKey: .requestType)
        regulation = try fields.decodeIfPresent(String.self, forKey: .regulation)
        subjectRef = try fields.decodeIfPresent(String.self, forKey: .subjectRef)
        subjectRefs = try fields.decodeIfPresent([String].self, forKey: .subjectRefs) ?? []
        state = try fields.decode(String.self, forKey: .state)
        reason = try fields.decodeIfPresent(String.self, forKey: .reason)
        planOutdated = try fields.decodeIfPresent(Bool.self, forKey: .planOutdated) ?? false
        submittedTime = try fields.decodeIfPresent(String.self, forKey: .submittedTime)
        receivedTime = try fields.decode(String.self, forKey: .receivedTime)
        updatedTime = try fields.decode(String.self, forKey: .updatedTime)
        finishedTime = try fields.decodeIfPresent(String.self, forKey: .finishedTime)
        sla = try fields.decodeIfPresent(SLA.self, forKey: .sla)
        stages = try fields.decodeIfPresent([StageDocument].self, forKey: .stages) ?? []
        tasks = try fields.decodeIfPresent([TaskDocument].self, forKey: .tasks) ?? []
        disclosures = try fields.decodeIfPresent([DisclosureDocument].self, forKey: .disclosures) ?? []
        artifacts = try fields.decodeIfPresent([ArtifactDocument].self, forKey: .artifacts) ?? []
    }
}

extension StatusDocument.SLA {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        status = try fields.decode(String.self, forKey: .status)
        dueTime = try fields.decode(String.self, forKey: .dueTime)
        extended = try fields.decodeIfPresent(Bool.self, forKey: .extended) ?? false
        expectedCompletionTime = try fields.decodeIfPresent(String.self, forKey: .expectedCompletionTime)
    }
}

extension StatusDocument.TaskDocument {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        taskID = try fields.decode(String.self, forKey: .taskID)
        endpointID = try fields.decode(String.self, forKey: .endpointID)
        kind = try fields.decode(String.self, forKey: .kind)
        action = try fields.decode(String.self, forKey: .action)
        stage = try fields.decode(String.self, forKey: .stage)
        state = try fields.decode(String.self, forKey: .state)
        reason = try fields.decodeIfPresent(String.self, forKey: .reason)
        epoch = try fields.decode(Int.self, forKey: .epoch)
        attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts) ?? 0
        nextAt = try fields.decodeIfPresent(String.self, forKey: .nextAt)
        since = try fields.decode(String.self, forKey: .since)
        outcome = try fields.decodeIfPresent(String.self, forKey: .outcome)
        verified = try fields.decodeIfPresent(String.self, forKey: .verified) ?? "none"
        recordCount = try fields.decodeIfPresent(Int64.self, forKey: .recordCount)
        method = try fields.decodeIfPresent(String.self, forKey: .method)
        evidence = try fields.decodeIfPresent([String: String].self, forKey: .evidence)
        error = try fields.decodeIfPresent(StatusDocument.ErrorDocument.self, forKey: .error)
    }
}

extension TimelineDocument {
    /// Decodes the value of a `timeline` record.
    /// - Throws: `DecodingError`.
    public static func decode(_ bytes: [UInt8]) throws -> TimelineDocument {
        try JSONDecoder().decode(TimelineDocument.self, from: Data(bytes))
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        requestID = try fields.decode(String.self, forKey: .requestID)
        version = try fields.decode(Int64.self, forKey: .version)
        events = try fields.decodeIfPresent([EventDocument].self, forKey: .events) ?? []
    }
}
