/// How large an acknowledgement may be: what a worker says is kept in the saga and published, so it has an end.
public struct AcknowledgementLimits: Hashable, Sendable {
    public static let bytesRange = 1_024...1_048_576
    public static let artifactsRange = 0...1_000
    public static let evidenceRange = 0...1_000
    public static let stringBytesRange = 64...65_536

    /// Bytes of the record's value, envelope included where it is structured.
    public let bytes: Int
    public let artifacts: Int
    /// Named facts.
    public let evidence: Int
    /// UTF-8 bytes of any one string.
    public let stringBytes: Int

    /// All must lie in their ranges; settings are checked against these where they are read.
    public init(bytes: Int = 65_536, artifacts: Int = 32, evidence: Int = 32, stringBytes: Int = 4_096) {
        precondition(Self.bytesRange.contains(bytes), "bytes of an acknowledgement is out of range")
        precondition(Self.artifactsRange.contains(artifacts), "artifacts is out of range")
        precondition(Self.evidenceRange.contains(evidence), "evidence is out of range")
        precondition(Self.stringBytesRange.contains(stringBytes), "bytes of a string is out of range")
        self.bytes = bytes
        self.artifacts = artifacts
        self.evidence = evidence
        self.stringBytes = stringBytes
    }
}

/// How large a command may be.
public struct CommandLimits: Hashable, Sendable {
    public static let bytesRange = 1_024...1_048_576
    public static let tasksRange = 1...10_000
    public static let evidenceRange = 0...1_000
    public static let stringBytesRange = 64...65_536

    /// Bytes of the record's value, envelope included where it is structured.
    public let bytes: Int
    public let tasks: Int
    /// Named facts of an `attest`.
    public let evidence: Int
    /// UTF-8 bytes of any one string.
    public let stringBytes: Int

    /// All must lie in their ranges; settings are checked against these where they are read.
    public init(bytes: Int = 65_536, tasks: Int = 512, evidence: Int = 32, stringBytes: Int = 4_096) {
        precondition(Self.bytesRange.contains(bytes), "bytes of a command is out of range")
        precondition(Self.tasksRange.contains(tasks), "tasks is out of range")
        precondition(Self.evidenceRange.contains(evidence), "evidence is out of range")
        precondition(Self.stringBytesRange.contains(stringBytes), "bytes of a string is out of range")
        self.bytes = bytes
        self.tasks = tasks
        self.evidence = evidence
        self.stringBytes = stringBytes
    }
}
